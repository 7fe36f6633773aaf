// A group of conditions: all or any of them must be met. Groups lie within groups; the outermost one is a rule.
import { makeCondition } from "./condition.js";

// `remove` takes away a group that lies in another one.
export function makeGroup(builder, tree, remove = null) {
  const group = builder.pattern("group");
  const [op, list] = [group.querySelector("[data-op]"), group.querySelector("[data-rules]")];
  const children = () => [...list.children].map((item) => item.firstElementChild);
  let isFirst = false; // rule: without a condition it means everybody

  // A single condition that nobody has begun is an offer, and no condition.
  const isUntouched = () => !remove && children().length === 1 && Boolean(children()[0].rule.isBlank?.());

  function show() {
    const number = list.children.length;
    group.querySelector(".cc-group__head").hidden = !remove && number < 2;
    group.querySelector("[data-everybody]").hidden = Boolean(remove) || !isFirst || (number > 0 && !isUntouched());
  }

  function add(child) {
    const item = document.createElement("li");
    item.append(child);
    list.append(item);
    show();
    return child;
  }

  function drop(item) {
    const near = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    show();
    (near?.querySelector("[data-attribute]") ?? group.querySelector("[data-add-condition]")).focus();
    builder.changed();
  }

  function addCondition(rule) {
    const child = makeCondition(builder, rule);
    child.querySelector("[data-remove]").addEventListener("click", () => drop(child.parentElement));
    return add(child);
  }

  function addGroup(rule) {
    const child = makeGroup(builder, rule, () => drop(child.parentElement));
    return add(child);
  }

  group.classList.toggle("cc-group--inner", Boolean(remove));
  group.querySelector("[data-remove-group]").hidden = !remove;
  group.querySelector("[data-remove-group]").addEventListener("click", () => remove());
  group.querySelector("[data-add-condition]").addEventListener("click", () => {
    addCondition().rule.focus();
    builder.changed();
  });
  group.querySelector("[data-add-group]").addEventListener("click", () => {
    addGroup({ op: op.value === "and" ? "or" : "and", rules: [{}] }).querySelector("[data-attribute]").focus();
    builder.changed();
  });
  group.addEventListener("input", show);
  group.addEventListener("change", show);

  group.rule = {
    read: () => ({ op: op.value, rules: isUntouched() ? [] : children().map((child) => child.rule.read()) }),
    at: (path) => (path.length ? children()[path[0]]?.rule.at?.(path.slice(1)) ?? children()[path[0]] : group),
    focus: () => (group.querySelector("[data-attribute]") ?? group.querySelector("[data-add-condition]")).focus(),
    isFirst(it) {
      isFirst = it;
      show();
    },
    complain(text) {
      const problem = group.querySelector(":scope > [data-problem]");
      problem.textContent = text;
      problem.hidden = !text;
    },
  };
  op.value = tree.op === "or" ? "or" : "and";
  const rules = tree.rules?.length || remove ? tree.rules : [{}];
  for (const rule of rules) (rule.rules ? addGroup : addCondition)(rule);
  show();
  return group;
}
