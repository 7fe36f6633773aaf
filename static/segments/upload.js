// Uploading a file: its beginning (of a Parquet file: its end) is looked at first, so that one chooses columns and sees what is wrong before it
// travels; then it is sent with its progress shown. Without this script the form works by itself.
const form = document.querySelector("[data-upload]");
const texts = document.querySelector("[data-texts]").dataset;
const { file, encoding, mark_damaged: mark, key_attribute: key, updated_attribute: updated } = form.elements;
const preview = form.querySelector("[data-preview]");
const typed = form.elements.sheet; // its name, where a workbook is too large to be looked at
const wanted = { sheet: typed.value, key_attribute: key.value, updated_attribute: updated.value };
const choices = ["key_attribute", "updated_attribute"].map((name) => form.querySelector(`[data-field=${name}]`));
choices.forEach((choice) => { choice.hidden = true; }); // until the columns are known
const encodings = form.querySelector("[data-field=encoding]");
const marking = form.querySelector("[data-field=mark_damaged]");
const sheets = form.querySelector("[data-field=sheet]");
[encodings, marking, sheets].forEach((choice) => { choice.hidden = true; }); // until the file needs one
const NO_EVIDENCE = { piece: new Blob(), lines: 0, letters: 0 };
let looks = 0;
let evidence = NO_EVIDENCE; // of the chosen file: the lines around its first byte that is no UTF-8

function complain(field, sentences) {
  const place = form.querySelector(`[data-field=${field}]`) ?? form.querySelector("[data-field=file]");
  place.querySelectorAll("[data-complaint], .errorlist").forEach((old) => old.remove());
  for (const text of sentences) {
    const line = Object.assign(document.createElement("p"), { className: "cc-rule__error", textContent: text });
    line.dataset.complaint = "";
    line.setAttribute("role", "alert");
    (place.firstElementChild ?? place).append(line);
  }
  const control = place.querySelector("input, select");
  control?.toggleAttribute("aria-invalid", sentences.length > 0);
  if (sentences.length && document.activeElement?.tagName !== "SELECT") control?.focus(); // who chooses goes on choosing
}

async function lookAt(chosen) {
  encoding.value = "";
  mark.checked = false;
  [encodings, marking, sheets].forEach((choice) => { choice.hidden = true; });
  form.elements.sheet.replaceWith(typed);
  typed.value = wanted.sheet;
  evidence = NO_EVIDENCE;
  const told = await lookAtPiece(chosen);
  if (told?.encoding !== "utf-8" || chosen.size <= Number(form.dataset.headBytes)) return;
  const found = await firstDamage(chosen);
  if (!found || file.files[0] !== chosen) return;
  evidence = found;
  await lookAtPiece(chosen);
}

async function lookAtPiece(chosen) {
  const look = ++looks;
  complain("file", []);
  preview.hidden = true;
  choices.forEach((choice) => { choice.hidden = true; });
  if (!chosen) return;
  const name = form.elements.name;
  if (name && !name.value) name.value = chosen.name.replace(/\.\w+$/, "").replace(/[_-]+/g, " ");
  if (chosen.size > Number(form.dataset.maxBytes)) return complain("file", [texts.tooLarge]);
  const piece = await pieceToLookAt(chosen);
  if (piece.size > Number(form.dataset.maxEndBytes)) return typeNames(piece);
  const query = new URLSearchParams({
    encoding: encoding.value, mark_damaged: Number(mark.checked), head: piece.size, lines: evidence.lines, letters: evidence.letters,
    sheet: form.elements.sheet.value,
  });
  const answer = await fetch(`${form.dataset.columns}?${query}`, {
    method: "POST",
    headers: { "Content-Type": piece.type, "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: new Blob([piece, evidence.piece]),
  });
  if (!answer.ok) return complain("file", [texts.failed]);
  const told = await answer.json();
  if (look !== looks) return; // something else was chosen meanwhile
  encodings.hidden = !told.encodings;
  marking.hidden = !told.damaged;
  if (told.names?.length === 0) return typeNames(piece);
  offerSheets(told);
  if (told.problem) return complain("file", [told.problem]);
  offer("key_attribute", told.names, texts.choose, told.key);
  offer("updated_attribute", told.names, texts.none, told.updated);
  choices.forEach((choice) => { choice.hidden = false; });
  showPreview(told);
  return told;
}

// What is too long to look at has its names typed.
function typeNames(piece) {
  choices.forEach((choice) => { choice.hidden = false; });
  sheets.hidden = !piece.type.includes("spreadsheet");
}

function offerSheets(told) {
  sheets.hidden = !told.sheets;
  if (told.sheets) offer("sheet", told.sheets, null, told.sheet);
  else typed.value = "";
}

// The whole lines around the first byte that is no UTF-8, with the number of lines before them; null where there is
// none. The import reads all of the file, so this does too, here where the file is.
async function firstDamage(chosen) {
  const [size, step] = [4 * 1024 * 1024, 64 * 1024];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [lines, letters] = [0, 0];
  for (let start = 0; start < chosen.size; start += size) {
    if (file.files[0] !== chosen) return null;
    const bytes = new Uint8Array(await chosen.slice(start, start + size).arrayBuffer());
    for (let at = 0; at < bytes.length; at += step) {
      const part = bytes.subarray(at, at + step);
      try {
        const text = decoder.decode(part, { stream: start + at + part.length < chosen.size });
        if (text.length < part.length) letters = 1;
      } catch {
        return evidenceAround(chosen, start + at, lines, letters);
      }
      for (const byte of part) if (byte === 10) lines += 1;
    }
  }
  return null;
}

async function evidenceAround(chosen, at, linesBefore, letters) {
  const margin = 64 * 1024;
  const begin = Math.max(0, at - margin);
  const bytes = new Uint8Array(await chosen.slice(begin, at + 2 * margin).arrayBuffer());
  const first = begin ? bytes.indexOf(10) + 1 : 0;
  const after = bytes.indexOf(10, at - begin + margin);
  let lines = linesBefore;
  for (const byte of bytes.subarray(first, at - begin)) if (byte === 10) lines -= 1;
  return { piece: new Blob([bytes.subarray(first, after < 0 ? bytes.length : after + 1)]), lines, letters };
}

// The beginning of a CSV file; all of a workbook; of a Parquet file its end, where its columns are described. The last eight bytes say how
// long that is.
async function pieceToLookAt(chosen) {
  const mark = await chosen.slice(0, 4).text();
  if (mark === "PK\u0003\u0004") {
    return chosen.slice(0, chosen.size, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  }
  if (mark !== "PAR1" && mark !== "PARE") return chosen.slice(0, Number(form.dataset.headBytes), "application/octet-stream");
  const end = new DataView(await chosen.slice(-8).arrayBuffer());
  const length = end.byteLength === 8 ? end.getUint32(0, true) + 8 : 8;
  return chosen.slice(length > chosen.size ? -8 : -length, chosen.size, "application/vnd.apache.parquet");
}

// The names of the columns are known now: choose among them instead of typing one.
function offer(name, columns, empty, likely) {
  const old = form.elements[name];
  const select = document.createElement("select");
  for (const attribute of ["id", "name", "class", "aria-describedby"]) {
    if (old.hasAttribute(attribute)) select.setAttribute(attribute, old.getAttribute(attribute));
  }
  if (empty !== null) select.append(new Option(empty, ""));
  select.append(...columns.map((column) => new Option(column, column)));
  const isInUse = document.activeElement === old;
  const before = [old.value, wanted[name], likely].find((value) => value && columns.includes(value));
  select.value = before ?? "";
  old.replaceWith(select);
  if (isInUse) select.focus();
}

function showPreview(told) {
  const table = Object.assign(document.createElement("table"), { className: "cc-table" });
  const row = (cells, tag) => {
    const line = document.createElement("tr");
    line.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
    return line;
  };
  table.createTHead().append(row(told.names, "th"));
  table.createTBody().append(...told.rows.map((cells) => row(cells, "td")));
  for (const line of table.tBodies[0].rows) [...line.cells].forEach((cell, at) => { cell.dataset.label = told.names[at] ?? ""; });
  const lead = Object.assign(document.createElement("p"), {
    className: told.proposal || told.damaged ? "cc-note cc-tone-warning" : "cc-subtle cc-small",
    textContent: told.recognised,
  });
  const scroll = Object.assign(document.createElement("div"), { className: "cc-scroll", tabIndex: 0 });
  scroll.append(table);
  preview.replaceChildren(lead, scroll, ...confirmation(told.proposal));
  preview.hidden = false;
}

// Letters that nothing proves are confirmed by the person who sees them.
function confirmation(proposal) {
  if (!proposal) return [];
  const button = Object.assign(document.createElement("button"), {
    type: "button", className: "cc-button cc-button--small", textContent: texts.confirm,
  });
  button.addEventListener("click", () => {
    encoding.value = proposal;
    encoding.dispatchEvent(new Event("change", { bubbles: true }));
    encoding.focus();
  });
  const line = Object.assign(document.createElement("p"), { className: "cc-row" });
  line.append(Object.assign(document.createElement("span"), { textContent: texts.check }), button);
  return [line];
}

function send() {
  const place = form.querySelector("[data-sending]");
  const [text, percent, bar] = ["[data-sending-text]", "[data-sending-percent]", "progress"].map((part) => place.querySelector(part));
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest(); // fetch cannot tell how much of a body has been sent
  const stop = (text) => {
    place.hidden = true;
    button.disabled = false;
    complain("file", text ? [text] : []);
  };
  for (const field of ["name", "file", "sheet", "encoding", "key_attribute", "updated_attribute"]) if (form.elements[field]) complain(field, []);
  place.hidden = false;
  button.disabled = true;
  text.textContent = texts.uploading;
  request.upload.addEventListener("progress", (event) => {
    const share = event.lengthComputable ? Math.floor((event.loaded * 100) / event.total) : 0;
    bar.value = share;
    percent.textContent = `${share}%`;
    if (share === 100) text.textContent = texts.arrived;
  });
  request.addEventListener("error", () => stop(texts.failed));
  request.addEventListener("load", () => {
    const told = [200, 503].includes(request.status) ? request.response : null;
    if (told?.location) return location.assign(told.location);
    stop(told ? "" : texts.failed);
    for (const [field, sentences] of Object.entries(told?.errors ?? {}).reverse()) complain(field, sentences);
  });
  request.open("POST", location.href);
  request.responseType = "json";
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.send(new FormData(form));
}

file.hasChangeListener = true; // the theme's own listener looks for a box of the theme's own file widget
file.addEventListener("change", () => lookAt(file.files[0]));
[encoding, mark].forEach((choice) => choice.addEventListener("change", () => lookAtPiece(file.files[0])));
form.addEventListener("change", (event) => { // whichever control it is by now
  if (event.target.name === "sheet" && event.target !== typed) lookAtPiece(file.files[0]);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
if (file.files[0]) lookAt(file.files[0]); // the browser came back to the page with its file
