// While a file is being imported: shows how far it is, and loads the page again once it is done.
const PAUSE = 1500; // milliseconds
const place = document.querySelector("[data-progress]");

async function look() {
  try {
    const answer = await fetch(place.dataset.progress);
    const told = answer.ok ? await answer.json() : { open: true };
    if (!told.open) return location.reload();
    if (told.html) place.innerHTML = told.html; // rendered and escaped by the server
  } catch {
    // The network is away for a moment: ask again.
  }
  setTimeout(look, PAUSE);
}

if (place) setTimeout(look, PAUSE);
