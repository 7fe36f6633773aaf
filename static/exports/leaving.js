// Asks before what was entered is lost: by leaving the page, or by running the export without having saved.
(() => {
  for (const form of document.querySelectorAll("[data-warn-on-leave]")) {
    let changed = form.querySelector("[aria-invalid=true], .errors") !== null;
    let sent = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("click", (event) => { if (event.target.closest("[data-remove], .cc-chip")) changed = true; });
    form.addEventListener("submit", () => { sent = true; });
    window.addEventListener("beforeunload", (event) => { if (changed && !sent) event.preventDefault(); });
  }
})();
