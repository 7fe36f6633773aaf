// Opens a menu beside its button. The browser opens and closes it; it only doesn't know where.
(() => {
  const gap = 4;

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches(".cc-menu") || event.newState !== "open") return;
    const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
    if (!button) return;
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = at.bottom + gap + height <= window.innerHeight;
    menu.style.left = `${Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8))}px`;
    menu.style.top = `${below ? at.bottom + gap : Math.max(8, at.top - gap - height)}px`;
    menu.querySelector("a, button")?.focus({ preventScroll: true });
  }, true);

  // A menu that stays where its button was before the page scrolled would point at another row.
  window.addEventListener("scroll", () => {
    for (const menu of document.querySelectorAll(".cc-menu:popover-open")) menu.hidePopover();
  }, { passive: true, capture: true });

  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element && event.target.closest(".cc-menu:popover-open");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll("a, button")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  });
})();
