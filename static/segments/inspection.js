// How many profiles the rules mean, and some of them: asked a moment after the last change. Only the latest question
// counts; the server stops an older one of this page as soon as a newer one arrives.
const PAUSE = 350; // milliseconds

export function makeInspection(form, address, showCounts) {
  const box = document.querySelector("[data-live-count]");
  const sample = form.querySelector("[data-sample]");
  const [value, share, note] = ["value", "share", "note"].map((name) => box.querySelector(`[data-count-${name}]`));
  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
  const page = crypto.randomUUID?.() ?? String(Math.random());
  let timer = null;
  let asked = null; // the request under way
  let last = "";
  let count = 0; // of questions

  function show(text, told, part = 0) {
    value.textContent = text;
    note.textContent = told;
    share.value = part;
    box.removeAttribute("aria-busy");
  }

  function showNothing(told) {
    show("–", told);
    showCounts(null, number.format);
    sample.hidden = true;
  }

  function showSample({ attributes, rows }) {
    const cell = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });
    const heads = attributes.map((each) => Object.assign(cell("th", each), { scope: "col" }));
    sample.querySelector("[data-sample-head]").replaceChildren(...heads);
    const lines = rows.map((row) => {
      const line = document.createElement("tr");
      line.append(...row.map((each) => cell("td", each)));
      return line;
    });
    sample.querySelector("[data-sample-rows]").replaceChildren(...lines);
    sample.hidden = !rows.length;
  }

  function showAnswer(told) {
    if (told.incomplete) showNothing(box.dataset.incomplete);
    else if (told.count === undefined) showNothing(told.problem ?? box.dataset.failed);
    else {
      const all = box.dataset.of.replace("%(profiles)s", number.format(told.profiles));
      show(number.format(told.count), all, told.profiles ? told.count / told.profiles : 0);
      showCounts(told.rules, number.format);
      showSample(told);
    }
  }

  async function request(source, rules) {
    const mine = (asked = new AbortController());
    box.setAttribute("aria-busy", "true");
    count += 1;
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ source, rules: JSON.parse(rules), page, number: count }),
        signal: mine.signal,
      });
      const told = answer.ok ? await answer.json() : {};
      if (!told.superseded) showAnswer(told);
    } catch (error) {
      if (error.name !== "AbortError") showNothing(box.dataset.failed);
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
