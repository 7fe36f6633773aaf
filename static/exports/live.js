// Keeps the page of an open run up to date. The part that comes when the run is over carries no data-poll: then it ends.
(() => {
  const EVERY = 2000;
  const LONGEST = 30000;
  const live = document.querySelector("[data-live]");
  const said = document.querySelector("[data-live-said]");
  if (!live) return;
  let pause = EVERY;

  const address = () => live.querySelector("[data-poll]")?.dataset.poll;
  const state = () => live.querySelector(".cc-badge")?.lastChild?.textContent.trim() ?? "";
  const reachable = () => [...live.querySelectorAll("a[href], button, summary")];

  // Whoever is on a button or has opened the details finds the new part as they left the old one.
  function replace(html) {
    const at = reachable().indexOf(document.activeElement);
    const text = at >= 0 ? document.activeElement.textContent : "";
    const opened = [...live.querySelectorAll("details[open]")].map((each) => each.id);
    live.innerHTML = html;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    const same = reachable()[at];
    if (same && same.textContent === text) same.focus({ preventScroll: true });
  }

  async function look() {
    const url = address();
    if (!url) return;
    const asksSomething = live.querySelector(":popover-open") !== null;
    if (!document.hidden && !asksSomething) {
      try {
        const answer = await fetch(url);
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const before = state();
        replace(await answer.text());
        if (state() !== before) said.textContent = state();
        pause = EVERY;
      } catch {
        pause = Math.min(pause * 2, LONGEST); // the server is away for a moment
      }
    }
    window.setTimeout(look, pause);
  }

  window.setTimeout(look, EVERY);
})();
