// One condition: an attribute, a comparison that fits its type, and a value as that comparison takes it.
// `builder` gives the patterns of the page, the attributes of the chosen source and the operators by type.

export function makeCondition(builder, rule = {}) {
  const element = builder.pattern("condition");
  const attribute = element.querySelector("[data-attribute]");
  const operator = element.querySelector("[data-operator]");
  const place = element.querySelector("[data-value-place]");
  const ignoreCase = element.querySelector("[data-ignore-case]");
  let editor = null;

  function offerAttributes(chosen) {
    const names = builder.attributes.map((each) => each.name);
    // A name the source no longer has stays to be seen, and is refused on saving.
    const offered = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
    attribute.append(...offered.map((name) => new Option(name, name, false, name === chosen)));
  }

  const known = () => builder.attributes.find((each) => each.name === attribute.value);
  const operators = () => (known() ? builder.operators[known().type] : []);
  const current = () => operators().find((each) => each.code === operator.value);

  function offerOperators(chosen) {
    const codes = operators().map((each) => each.code);
    operator.replaceChildren(...operators().map((each) => new Option(each.label, each.code)));
    operator.value = codes.includes(chosen) ? chosen : (likely(codes) ?? "");
    operator.disabled = !codes.length;
    offerValue();
  }

  // Where there are few different values, one most often wants some of them.
  const likely = (codes) => (known()?.values.length && codes.includes("isIn") ? "isIn" : codes[0]);

  // What was entered stays where the next comparison can use it.
  function offerValue(value = editor?.keep ? editor.read() : undefined) {
    editor = makeEditor(builder, current()?.takes, known(), value);
    place.replaceChildren(...editor.elements);
    element.querySelector("[data-case-place]").hidden = !current()?.mayIgnoreCase;
  }

  attribute.addEventListener("change", () => offerOperators(operator.value));
  operator.addEventListener("change", () => offerValue());
  element.addEventListener("input", () => element.rule.complain(""));

  element.rule = {
    read() {
      const read = { attribute: attribute.value, operator: operator.value };
      const value = editor.read();
      if (value !== null) read.value = value;
      if (current()?.mayIgnoreCase) read.ignore_case = ignoreCase.checked;
      return read;
    },
    complain(text) {
      const problem = element.querySelector("[data-problem]");
      problem.textContent = text;
      problem.hidden = !text;
      element.classList.toggle("cc-rule--wrong", Boolean(text));
      for (const control of element.querySelectorAll("select, input")) {
        if (text) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
    },
    isBlank: () => !attribute.value,
    focus: () => attribute.focus(),
  };

  offerAttributes(rule.attribute);
  offerOperators(rule.operator);
  offerValue(rule.value);
  ignoreCase.checked = rule.ignore_case ?? true;
  return element;
}

// Returns {elements, read(), keep}: the controls for a value, what they hold now, and whether the next one can use it.
function makeEditor(builder, takes, attribute, value) {
  if (takes === "many") return makeChips(builder, attribute, value);
  const element = builder.pattern(takes && takes !== "nothing" ? takes : "none");
  if (!element) return { elements: [], read: () => null, keep: false };
  const controls = element.matches("[data-value]") ? [element] : [...element.querySelectorAll("[data-value]")];
  if (takes !== "choice" && takes !== "days") controls.forEach((control) => suit(builder, control, attribute));
  const given = Array.isArray(value) ? value : [value];
  controls.forEach((control, index) => {
    if (given[index] !== undefined && given[index] !== null) control.value = String(given[index]);
  });
  const read = () => (takes === "two" ? controls.map((control) => control.value) : controls[0].value);
  return { elements: [element], read, keep: takes !== "choice" };
}

function suit(builder, control, attribute) {
  if (!attribute) return;
  if (attribute.type === "date" || attribute.type === "moment") control.type = "date";
  else {
    if (attribute.type === "whole" || attribute.type === "number") control.inputMode = "decimal";
    if (attribute.values.length) control.setAttribute("list", suggestions(builder, attribute));
  }
}

function suggestions(builder, attribute) {
  const id = `values-${builder.attributes.indexOf(attribute)}`;
  if (!document.getElementById(id)) {
    const list = Object.assign(document.createElement("datalist"), { id });
    list.append(...attribute.values.map((each) => Object.assign(document.createElement("option"), { value: each })));
    builder.element.append(list);
  }
  return id;
}

// Several values, a chip each. Enter makes one of what is typed; what is typed and no chip yet counts too. It does not
// become one when the box is left: that would move the button under the pointer that is about to click it.
function makeChips(builder, attribute, value) {
  const element = builder.pattern("many");
  const input = element.querySelector("[data-chip-input]");
  suit(builder, input, attribute);

  const chips = () => [...element.querySelectorAll("[data-chip]")];
  const values = () => chips().map((chip) => chip.querySelector("[data-chip-text]").textContent);
  const told = () => element.dispatchEvent(new Event("input", { bubbles: true }));

  function add(text) {
    if (!text.trim() || values().includes(text)) return;
    const chip = builder.pattern("chip");
    const remove = chip.querySelector("[data-chip-remove]");
    chip.querySelector("[data-chip-text]").textContent = text;
    remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace("%(value)s", text));
    remove.addEventListener("click", () => {
      chip.remove();
      input.focus();
      told();
    });
    input.before(chip);
    input.placeholder = "";
  }

  function take() {
    add(input.value);
    input.value = "";
    told();
  }

  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !input.value) {
      chips().at(-1)?.remove();
      told();
    }
  });
  input.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/);
    if (lines.length < 2) return;
    event.preventDefault();
    lines.forEach(add);
    told();
  });
  element.addEventListener("click", (event) => event.target === element && input.focus());

  (Array.isArray(value) ? value : [value ?? ""]).forEach((each) => add(String(each)));
  return { elements: [element], read: () => [...values(), ...(input.value.trim() ? [input.value] : [])], keep: true };
}
