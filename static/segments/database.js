// "Test connection" without leaving the page: what was typed, the password too, stays in the form.
const form = document.querySelector("[data-database-form]");
const place = document.querySelector("[data-tested]");

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "test") return;
  event.preventDefault();
  button.disabled = true;
  const body = new FormData(form);
  body.set("test", "1");
  try {
    const answer = await fetch(location.href, { method: "POST", body, headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(answer.statusText);
    place.innerHTML = (await answer.json()).html; // rendered and escaped by the server
  } catch {
    place.textContent = form.dataset.failed;
  }
  button.disabled = false;
  place.scrollIntoView({ block: "nearest" });
});
