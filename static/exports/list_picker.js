// Choosing a list: type to search the account's lists, or paste an ID or an address. Asks the account once per connection.
(() => {
  const box = document.querySelector("[data-list-picker]");
  const connection = document.querySelector("[name=connection]");
  if (!box || !connection) return;
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
  const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;
  const MOST = 50;

  const input = box.querySelector("[name=list_id]");
  const options = box.querySelector("#list-options");
  const chosen = box.querySelector("[data-chosen]");
  const problem = box.querySelector("[data-problem]");
  let lists = null; // null: not known (yet)
  let active = -1;
  let asked = null; // the request under way

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", options.id);
  input.setAttribute("aria-autocomplete", "list");

  const show = (element, text) => { element.hidden = !text; element.textContent = text; };
  const members = (list) => (list.members === null ? "" : texts.members.replace("{count}", number.format(list.members)));

  async function load() {
    asked?.abort();
    lists = null;
    show(problem, "");
    if (!connection.value) return describe();
    const request = (asked = new AbortController());
    show(chosen, texts.loading);
    try {
      const answer = await fetch(`${box.dataset.account}?connection=${encodeURIComponent(connection.value)}`, { signal: request.signal });
      if (!answer.ok) throw new Error(answer.status);
      const account = await answer.json();
      if (account.problem) show(problem, account.problem);
      else {
        lists = account.lists;
        document.dispatchEvent(new CustomEvent("account:loaded", { detail: account }));
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      show(problem, texts.offline);
    }
    describe();
    if (document.activeElement === input) open();
  }

  // The line below the box: which list the ID is.
  function describe() {
    const id = input.value.match(UUID)?.[0].toLowerCase();
    const list = id && lists?.find((each) => each.list_id === id);
    chosen.classList.remove("cc-chosen--found");
    if (list) {
      chosen.hidden = false;
      chosen.replaceChildren(icon("check_circle"), strong(list.name), ` · ${members(list)}`);
      chosen.classList.add("cc-chosen--found");
      if (list.exports.length) warnOfOthers(list.exports);
    } else if (id && lists) {
      show(chosen, texts.unknown);
    } else if (id && box.dataset.name) {
      chosen.hidden = false;
      chosen.replaceChildren(icon("check_circle"), strong(box.dataset.name));
      chosen.classList.add("cc-chosen--found");
    } else {
      show(chosen, connection.value || !input.value ? "" : texts.chooseConnection);
    }
  }

  function warnOfOthers(names) {
    const own = document.querySelector("[name=name]").value;
    const others = names.filter((name) => name !== own);
    if (others.length) chosen.append(Object.assign(document.createElement("span"), {
      className: "cc-chosen__others", textContent: texts.usedBy.replace("{names}", others.join("”, “")),
    }));
  }

  const icon = (name) => Object.assign(document.createElement("span"), { className: "material-symbols-outlined", ariaHidden: "true", textContent: name });
  const strong = (text) => Object.assign(document.createElement("span"), { className: "cc-strong", textContent: text });

  function matching() {
    if (UUID.test(input.value)) return lists;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    return lists.filter((list) => words.every((word) => list.name.toLowerCase().includes(word)));
  }

  function open() {
    if (!connection.value) return show(chosen, texts.chooseConnection);
    if (!lists) return;
    const found = matching();
    options.replaceChildren(...found.slice(0, MOST).map(option));
    if (!found.length) options.append(Object.assign(document.createElement("li"), {
      className: "cc-options__none", textContent: lists.length ? texts.noMatch : texts.noLists,
    }));
    active = -1;
    options.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function option(list, index) {
    const row = Object.assign(document.createElement("li"), { id: `list-option-${index}`, className: "cc-options__option" });
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(list.list_id === input.value));
    row.append(strong(list.name), Object.assign(document.createElement("span"), { className: "cc-subtle cc-small", textContent: members(list) }));
    row.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(list); });
    row.list = list;
    return row;
  }

  function close() {
    options.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(list) {
    input.value = list.list_id;
    close();
    describe();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function move(step) {
    const rows = [...options.querySelectorAll("[role=option]")];
    if (!rows.length) return;
    active = (active + step + rows.length) % rows.length;
    rows.forEach((row, index) => row.classList.toggle("cc-options__option--active", index === active));
    rows[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", rows[active].id);
  }

  input.addEventListener("focus", () => { input.select(); open(); });
  input.addEventListener("click", () => { if (options.hidden) open(); });
  input.addEventListener("blur", close);
  input.addEventListener("input", () => {
    // An address shrinks to the ID in it, so that one sees what was understood.
    const pasted = input.value.match(/(?:contacts|lists?)[/=#]([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})/i);
    if (pasted) input.value = pasted[1].toLowerCase();
    describe();
    if (UUID.test(input.value)) close(); else open();
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = !options.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) move(event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1); else open();
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      const rows = [...options.querySelectorAll("[role=option]")];
      const row = rows[active] ?? (rows.length === 1 ? rows[0] : null);
      if (row) choose(row.list);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    }
  });
  connection.addEventListener("change", load);

  // Creating a list: a change at Constant Contact, so it is asked for in a dialog and posted.
  const opener = document.querySelector("[data-create-open]");
  const dialog = document.querySelector("[data-create-dialog]");
  const name = dialog.querySelector("#create-name");
  const refusal = dialog.querySelector("[data-create-problem]");
  const confirm = dialog.querySelector("[data-create-confirm]");

  async function create() {
    if (!name.value.trim()) return show(refusal, texts.nameNeeded);
    confirm.disabled = true;
    const body = new FormData();
    body.set("connection", connection.value);
    body.set("name", name.value);
    try {
      const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
      const answer = await fetch(box.dataset.create, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (!answer.ok) throw new Error(answer.status);
      const made = await answer.json();
      if (made.problem) return show(refusal, made.problem);
      const list = { ...made.list, exports: [] };
      lists = [...(lists ?? []), list];
      dialog.close();
      choose(list);
    } catch {
      show(refusal, texts.offline);
    } finally {
      confirm.disabled = false;
    }
  }

  opener.addEventListener("click", () => {
    if (!connection.value) {
      show(chosen, texts.chooseConnection);
      return connection.focus();
    }
    show(refusal, "");
    name.value = UUID.test(input.value) ? "" : input.value;
    dialog.showModal();
    name.focus();
  });
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); create(); }
  });
  confirm.addEventListener("click", create);
  dialog.querySelector("[data-create-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => input.focus({ preventScroll: true }));
  opener.hidden = false;

  load();
})();
