// Rows of the data matching: add, remove, suggest, and offer only what the selected segments have.
(() => {
  const box = document.querySelector("[data-matching]");
  if (!box) return;
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const sources = JSON.parse(document.getElementById("sources").textContent);
  const pattern = box.querySelector("template[data-pattern]");
  const list = box.querySelector("[data-rows]");
  const email = box.querySelector("[name=email]");
  const consent = document.querySelector("[name=consent_attribute]");
  const suggestions = box.querySelector("[data-suggestions]");
  const add = box.querySelector("[data-add]");
  const storedAs = JSON.parse(document.getElementById("stored-as").textContent);
  let chosen = [];
  let others = []; // exports of the account, with the fields they fill

  const rows = () => [...list.querySelectorAll("[data-row]")];
  const target = (row) => row.querySelector("[data-target]");
  const attribute = (row) => row.querySelector("[data-attribute]");
  const say = (text) => { box.querySelector("[data-said]").textContent = text; };

  function addRow(name = "", value = "") {
    list.append(pattern.content.cloneNode(true));
    const row = rows().at(-1);
    target(row).value = name;
    attribute(row).value = value;
    return row;
  }

  function removeRow(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    say(texts.removed);
    refresh();
    (next?.querySelector("[data-remove]") ?? add).focus();
  }

  // The sources whose attributes count: of the selected segments, or of all while none is selected.
  const inQuestion = () => (chosen.length ? chosen : Object.keys(sources)).map((id) => sources[id]).filter(Boolean);

  function offered() {
    const known = inQuestion().map((source) => new Set(source.attributes));
    return (name) => (chosen.length ? known.every((names) => names.has(name)) : known.some((names) => names.has(name)));
  }

  function suggested() {
    const [first, ...others] = inQuestion().map((source) => source.suggested);
    return (first ?? []).filter(([name, value]) => others.every((each) => each.some(([n, v]) => n === name && v === value)));
  }

  function markAttributes() {
    const isOffered = offered();
    for (const select of [email, consent, ...rows().map(attribute)]) {
      for (const option of select.options) {
        if (!option.value) continue;
        const lacking = !isOffered(option.value);
        option.disabled = lacking && !option.selected;
        option.textContent = lacking ? `${option.value} (${texts.lacking})` : option.value;
      }
    }
  }

  function markTargets() {
    const used = rows().map((row) => target(row).value);
    for (const row of rows()) {
      const own = target(row).value;
      for (const option of target(row).options) {
        option.disabled = option.value !== "" && option.value !== "new" && option.value !== own && used.includes(option.value);
      }
      const label = row.querySelector("[data-new-label]");
      label.hidden = own !== "new";
      if (own !== "new") label.value = "";
      const type = row.querySelector("[data-new-type]");
      type.hidden = own !== "new";
      offerTypes(type.querySelector("select"), attribute(row).value, own === "new");
    }
  }

  // The types that fit the attribute in each source that has it; the first of them is its own.
  function offerTypes(select, name, isNew) {
    const known = inQuestion().map((source) => source.field_types[name]).filter(Boolean);
    const fitting = known.length ? known[0].filter((type) => known.every((types) => types.includes(type))) : ["string"];
    const own = known.every((types) => types[0] === known[0][0]) && fitting.length ? fitting[0] : "string";
    for (const option of select.options) {
      if (option.value) option.hidden = option.disabled = option.value === own || !fitting.includes(option.value);
    }
    if (!isNew || select.selectedOptions[0]?.disabled) select.value = "";
    const ownLabel = [...select.options].find((option) => option.value === own).textContent;
    const asAttribute = select.options[0];
    asAttribute.dataset.label ??= asAttribute.textContent;
    asAttribute.textContent = name ? texts.typeOfAttribute.replace("{type}", ownLabel) : asAttribute.dataset.label;
  }

  function showSuggestions() {
    const used = new Set(rows().map((row) => target(row).value));
    const open = suggested().filter(([name]) => name !== "email" && !used.has(name));
    suggestions.replaceChildren();
    suggestions.hidden = open.length === 0;
    if (!open.length) return;
    suggestions.append(Object.assign(document.createElement("span"), { textContent: texts.suggested }));
    for (const [name, value, label] of open) suggestions.append(chip(label, value, () => take([[name, value]])));
    if (open.length > 1) {
      suggestions.append(chip(texts.addAll.replace("{count}", open.length), "", () => take(open)));
    }
  }

  function chip(label, value, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "cc-chip" });
    button.append(label);
    if (value) button.append(Object.assign(document.createElement("span"), { className: "cc-subtle", textContent: `← ${value}` }));
    button.addEventListener("click", act);
    return button;
  }

  function take(pairs) {
    let last;
    for (const [name, value] of pairs) last = addRow(name, value);
    say(texts.added);
    refresh();
    attribute(last).focus();
  }

  // Another export that fills the same field of a contact, whatever its list: the later one overwrites it.
  function showShared() {
    const labels = new Map(rows().map(target).filter((select) => select.value && select.value !== "new")
      .map((select) => [select.value, select.selectedOptions[0]])
      .map(([field, option]) => [storedAs[field] ?? field, option.dataset.label ?? option.textContent]));
    const sharing = others.filter((other) => other.fields.some((field) => labels.has(field)));
    const fields = [...labels].filter(([field]) => sharing.some((other) => other.fields.includes(field))).map(([, label]) => label);
    const note = box.querySelector("[data-shared]");
    note.hidden = !sharing.length;
    note.textContent = sharing.length
      ? texts.sharedWith.replace("{names}", sharing.map((other) => other.name).join("”, “")).replace("{fields}", fields.join(texts.comma))
      : "";
  }

  function refresh() {
    markTargets();
    markAttributes();
    showSuggestions();
    showShared();
  }

  add.addEventListener("click", () => {
    const row = addRow();
    say(texts.added);
    refresh();
    target(row).focus();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (button) removeRow(button.closest("[data-row]"));
  });
  list.addEventListener("change", (event) => {
    refresh();
    if (event.target.value === "new") event.target.closest("[data-row]").querySelector("[data-new-label]").focus();
  });
  email.addEventListener("change", refresh);
  consent.addEventListener("change", refresh);

  document.addEventListener("segments:changed", (event) => {
    chosen = event.detail;
    const match = suggested().find(([name]) => name === "email");
    if (!email.value && match) email.value = match[1];
    refresh();
  });

  // The account's own fields, once we know them.
  document.addEventListener("account:loaded", (event) => {
    others = event.detail.exports.filter((other) => String(other.id) !== box.dataset.export);
    for (const select of [pattern.content.querySelector("[data-target]"), ...rows().map(target)]) {
      const group = select.querySelector("[data-custom]");
      const newField = group.querySelector("option[value=new]");
      for (const [value, label, type] of event.detail.custom_fields) {
        const option = [...group.children].find((each) => each.value === value) ?? new Option("", value);
        option.textContent = type ? `${label} · ${type}` : label;
        option.dataset.label = label;
        if (!option.parentElement) newField.before(option);
      }
    }
    refresh();
  });
})();
