// What the theme made clickable without making it a button or a link gets a place in the tab order,
// and Enter and Space act on it like a click. Its icons are words of a font: nobody wants to hear them read aloud.
(() => {
  const handler = '[x-on\\:click]:not(button, a[href], input, select, textarea, label, [role="button"])';

  function reach(root) {
    for (const element of root.querySelectorAll(handler)) {
      if (element.id === "changelist-filter-close") continue; // the dimmed page behind a drawer; Escape closes it
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
    }
    for (const icon of root.querySelectorAll(".material-symbols-outlined")) icon.setAttribute("aria-hidden", "true");
  }

  document.addEventListener("DOMContentLoaded", () => {
    reach(document);
    document.body.addEventListener("htmx:load", (event) => reach(event.target));
  });

  // The theme's scroll bars call what they surround a region, "scrollable content", in English, whatever the language.
  window.addEventListener("load", () => {
    for (const area of document.querySelectorAll(".simplebar-content-wrapper")) {
      area.removeAttribute("aria-label");
      area.removeAttribute("role");
    }
  });

  document.addEventListener("keydown", (event) => {
    const element = event.target;
    if ((event.key !== "Enter" && event.key !== " ") || !(element instanceof Element)) return;
    if (!element.matches('[x-on\\:click][role="button"]:not(button)')) return;
    event.preventDefault();
    element.click();
  });
})();
