// Which segments are selected, how many profiles that is, and whether one export may have so many.
// Tells the rest of the form with the event "segments:changed" (detail: the ids of the selected segments' sources).
(() => {
  const box = document.querySelector("[data-segments]");
  const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
  if (!box || !box.querySelector("[name=segments]")) return;

  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
  const picks = [...box.querySelectorAll("[name=segments]")];
  const all = box.querySelector("[data-select-all]");
  const filter = box.querySelector("[data-filter]");
  const most = Number(box.dataset.most);
  const nearMost = Number(box.dataset.near);

  const shown = () => picks.filter((pick) => !pick.closest("li").hidden);

  function changed() {
    const chosen = picks.filter((pick) => pick.checked);
    const members = chosen.reduce((sum, pick) => sum + Number(pick.dataset.members || 0), 0);
    const text = chosen.length ? texts.sum : texts.sumNone;
    box.querySelector("[data-sum-text]").textContent = text
      .replace("{segments}", number.format(chosen.length))
      .replace("{members}", number.format(members));
    const bar = box.querySelector("[data-sum-bar]");
    const over = members > most;
    const near = !over && members >= nearMost;
    bar.value = Math.min(members, most);
    bar.classList.toggle("cc-tone-warning", near);
    bar.classList.toggle("cc-tone-danger", over);
    box.querySelector("[data-sum-near]").hidden = !near;
    box.querySelector("[data-sum-over]").hidden = !over;
    const visible = shown();
    all.checked = visible.length > 0 && visible.every((pick) => pick.checked);
    all.indeterminate = !all.checked && visible.some((pick) => pick.checked);
    const sources = [...new Set(chosen.map((pick) => pick.dataset.source))];
    document.dispatchEvent(new CustomEvent("segments:changed", { detail: sources }));
  }

  box.addEventListener("change", (event) => {
    if (event.target === all) for (const pick of shown()) pick.checked = all.checked;
    changed();
  });
  filter?.addEventListener("input", () => {
    const words = filter.value.toLowerCase();
    for (const pick of picks) {
      const row = pick.closest("li");
      row.hidden = !row.textContent.toLowerCase().includes(words);
    }
    changed();
  });
  // Enter in the filter means "look", not "save".
  filter?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

  for (const part of [box.querySelector("[data-sum]"), filter]) if (part) part.hidden = false;
  box.querySelector("[data-all]").hidden = picks.length < 2;
  // After the other scripts of the form are there to hear it.
  window.addEventListener("DOMContentLoaded", changed);
})();
