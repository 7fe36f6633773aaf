// Schedules: times in the zone of whoever reads, the zone of a new schedule, and one more time of day.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const language = document.documentElement.lang || undefined;
  const format = (timeZone) => new Intl.DateTimeFormat(language, {
    timeZone, weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit",
  });

  // An empty data-zone means the reader's own, which is worth a line only where it is another one.
  for (const time of document.querySelectorAll("time[data-zone]")) {
    time.textContent = format(time.dataset.zone || zone).format(new Date(time.dateTime));
    const mine = time.dataset.zone ? null : time.parentElement;
    if (mine) mine.hidden = time.textContent === mine.parentElement.querySelector("time").textContent;
  }

  const guessed = document.querySelector("[data-guess-zone] input");
  const known = guessed && [...guessed.list.options].some((option) => option.value === zone);
  if (known) guessed.value = zone;

  for (const group of document.querySelectorAll("[data-times]")) {
    const inputs = [...group.querySelectorAll("input[type=time]")];
    const button = group.querySelector("[data-add-time]");
    const show = () => { button.hidden = !inputs.some((input) => input.hidden); };
    for (const input of inputs.slice(1)) input.hidden = !input.value;
    button.addEventListener("click", () => {
      const next = inputs.find((input) => input.hidden);
      next.hidden = false;
      next.focus();
      show();
    });
    show();
  }
})();
