// The conditions of a segment: groups of conditions, kept as JSON in the hidden field `rules`, counted while one builds.
import { makeCondition } from "./condition.js";
import { liveCount } from "./live_count.js";

const form = document.querySelector("[data-segment-form]");
const element = form?.querySelector("[data-builder]");

if (element) {
  const field = form.elements.rules;
  const source = form.elements.source;
  const root = element.querySelector("[data-root]");
  const data = (id) => JSON.parse(document.getElementById(id).textContent);
  const builder = { element, attributes: [], operators: data("operators"), pattern };
  const count = liveCount(form, element.dataset.count);

  function pattern(name) {
    return element.querySelector(`template[data-pattern=${name}]`).content.firstElementChild?.cloneNode(true);
  }

  const rules = () => root.firstElementChild?.rule.read() ?? JSON.parse(field.value);

  function changed() {
    field.value = JSON.stringify(rules());
    count.ask(source.value, field.value);
  }

  function build(tree) {
    root.replaceChildren(makeGroup(tree));
    changed();
  }

  // Attributes belong to a source: another source means other attributes for the same conditions.
  async function chooseSource(tree) {
    element.querySelectorAll("datalist").forEach((list) => list.remove());
    element.querySelector("[data-no-source]").hidden = Boolean(source.value);
    root.hidden = !source.value;
    builder.attributes = source.value ? await attributesOf(source.value) : [];
    build(tree);
  }

  async function attributesOf(id) {
    const answer = await fetch(element.dataset.attributes.replace("/0/", `/${encodeURIComponent(id)}/`));
    return answer.ok ? (await answer.json()).attributes : [];
  }

  function makeGroup(tree, remove = null) {
    const group = pattern("group");
    const [op, list] = [group.querySelector("[data-op]"), group.querySelector("[data-rules]")];
    const children = () => [...list.children].map((item) => item.firstElementChild);

    function show() {
      const number = list.children.length;
      group.querySelector(".cc-group__head").hidden = !remove && number < 2;
      group.querySelector("[data-everybody]").hidden = Boolean(remove) || number > 0;
    }

    function add(child) {
      const item = document.createElement("li");
      item.append(child);
      list.append(item);
      show();
    }

    function drop(item) {
      const near = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      show();
      (near?.querySelector("[data-attribute]") ?? group.querySelector("[data-add-condition]")).focus();
      changed();
    }

    function addCondition(rule) {
      const child = makeCondition(builder, rule);
      child.querySelector("[data-remove]").addEventListener("click", () => drop(child.parentElement));
      add(child);
      return child;
    }

    function addGroup(rule) {
      const child = makeGroup(rule, () => drop(child.parentElement));
      add(child);
      return child;
    }

    group.classList.toggle("cc-group--inner", Boolean(remove));
    group.querySelector("[data-remove-group]").hidden = !remove;
    group.querySelector("[data-remove-group]").addEventListener("click", () => remove());
    group.querySelector("[data-add-condition]").addEventListener("click", () => {
      addCondition().rule.focus();
      changed();
    });
    group.querySelector("[data-add-group]").addEventListener("click", () => {
      addGroup({ op: op.value === "and" ? "or" : "and", rules: [{}] }).querySelector("[data-attribute]").focus();
      changed();
    });

    group.rule = {
      read: () => ({ op: op.value, rules: children().map((child) => child.rule.read()) }),
      at: (path) => (path.length ? children()[path[0]]?.rule.at?.(path.slice(1)) ?? children()[path[0]] : group),
      complain(text) {
        const problem = group.querySelector(":scope > [data-problem]");
        problem.textContent = text;
        problem.hidden = !text;
      },
    };
    op.value = tree.op === "or" ? "or" : "and";
    for (const rule of tree.rules ?? []) (rule.rules ? addGroup : addCondition)(rule);
    show();
    return group;
  }

  function complain() {
    const problems = data("problems");
    for (const { path, text } of problems) root.firstElementChild.rule.at(path)?.rule.complain(text);
    root.querySelector("[aria-invalid=true]")?.focus();
  }

  element.addEventListener("input", changed);
  element.addEventListener("change", changed);
  source.addEventListener("change", () => chooseSource(rules()));
  chooseSource(JSON.parse(field.value || '{"op": "and", "rules": []}')).then(complain);
}
