// How many profiles the conditions mean: asked a moment after the last change, and only the latest answer counts.
const PAUSE = 350; // milliseconds

export function liveCount(form, address) {
  const box = document.querySelector("[data-live-count]");
  const [value, share, note] = ["value", "share", "note"].map((name) => box.querySelector(`[data-count-${name}]`));
  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
  let timer = null;
  let asked = null; // the request under way
  let last = "";

  function show(text, told, part = 0) {
    value.textContent = text;
    note.textContent = told;
    share.value = part;
    box.removeAttribute("aria-busy");
  }

  async function request(source, rules) {
    asked?.abort();
    const mine = (asked = new AbortController());
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ source, rules: JSON.parse(rules) }),
        signal: mine.signal,
      });
      const told = answer.ok ? await answer.json() : {};
      if (told.incomplete) show("–", box.dataset.incomplete);
      else if (told.count === undefined) show("–", told.problem ?? box.dataset.failed);
      else {
        const all = box.dataset.of.replace("%(profiles)s", number.format(told.profiles));
        show(number.format(told.count), all, told.profiles ? told.count / told.profiles : 0);
      }
    } catch (error) {
      if (error.name !== "AbortError") show("–", box.dataset.failed);
    }
  }

  return {
    ask(source, rules) {
      const question = `${source} ${rules}`;
      if (question === last) return;
      last = question;
      box.hidden = !source;
      clearTimeout(timer);
      asked?.abort();
      if (source) timer = setTimeout(() => request(source, rules), PAUSE);
    },
  };
}
