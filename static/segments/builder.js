// The rules of a segment, kept as JSON in the hidden field `rules`, and counted while somebody builds.
import { makeGroup } from "./group.js";
import { makeInspection } from "./inspection.js";

const form = document.querySelector("[data-segment-form]");
const element = form?.querySelector("[data-builder]");

if (element) {
  const field = form.elements.rules;
  const source = form.elements.source;
  const root = element.querySelector("[data-root]");
  const data = (id) => JSON.parse(document.getElementById(id).textContent);
  const builder = { element, attributes: [], operators: data("operators"), pattern, changed };
  const inspection = makeInspection(form, element.dataset.inspect, showCounts);
  const rules = () => [...root.children];
  let isReady = false;

  function pattern(name) {
    return element.querySelector(`template[data-pattern=${name}]`).content.firstElementChild?.cloneNode(true);
  }

  function read() {
    if (!isReady) return JSON.parse(field.value || "{}");
    const [first, ...later] = rules();
    const then = later.map((each) => ({ operation: each.querySelector("[data-operation]").value, ...each.group.rule.read() }));
    return then.length ? { ...first.group.rule.read(), then } : first.group.rule.read();
  }

  function changed() {
    field.value = JSON.stringify(read());
    inspection.ask(source.value, field.value);
  }

  // The first rule is the root of the tree, the others say how they are combined with those before.
  function build({ then = [], ...first }) {
    root.replaceChildren();
    for (const tree of [first, ...then]) addRule(tree);
    isReady = true;
    changed();
  }

  function addRule(tree) {
    const rule = pattern("rule");
    const operation = rule.querySelector("[data-operation]");
    rule.group = makeGroup(builder, tree);
    rule.querySelector("[data-group-place]").append(rule.group);
    operation.value = tree.operation || "union";
    operation.addEventListener("change", () => say(rule));
    rule.querySelector("[data-remove-rule]").addEventListener("click", () => removeRule(rule));
    rule.querySelector("[data-up]").addEventListener("click", () => moveUp(rule));
    root.append(rule);
    number();
    return rule;
  }

  function say(rule) {
    const says = rule.querySelector("[data-operation-says]");
    says.textContent = says.dataset[rule.querySelector("[data-operation]").value];
  }

  function number() {
    for (const [place, rule] of rules().entries()) {
      const title = rule.querySelector("[data-rule-title]");
      title.textContent = title.dataset.ruleTitle.replace("%(number)s", place + 1);
      rule.querySelector("[data-operation-place]").hidden = !place;
      rule.querySelector("[data-rule-buttons]").hidden = rules().length < 2;
      rule.querySelector("[data-up]").hidden = !place;
      rule.querySelector("[data-rule-counts]").replaceChildren();
      rule.group.rule.isFirst(!place);
      say(rule);
    }
  }

  function removeRule(rule) {
    const near = rule.previousElementSibling ?? rule.nextElementSibling;
    rule.remove();
    number();
    near.group.rule.focus();
    changed();
  }

  function moveUp(rule) {
    rule.previousElementSibling.before(rule);
    number();
    const up = rule.querySelector("[data-up]");
    (up.hidden ? rule.querySelector("[data-remove-rule]") : up).focus();
    changed();
  }

  function showCounts(counts, format) {
    for (const [place, rule] of rules().entries()) {
      const box = rule.querySelector("[data-rule-counts]");
      const told = counts?.[place];
      const text = (name, count) => Object.assign(document.createElement("span"), { textContent: box.dataset[name].replace("%(count)s", format(count)) });
      if (!told || rules().length < 2) box.replaceChildren();
      else box.replaceChildren(text("alone", told.alone), ...(place ? [text("soFar", told.soFar)] : []));
    }
  }

  // Attributes belong to a source: another source means other attributes for the same conditions.
  async function chooseSource(tree) {
    const chosen = source.value;
    element.querySelector("[data-no-source]").hidden = Boolean(chosen);
    show(chosen && isReady); // before the first attributes are known there is nothing to build with
    const attributes = chosen ? await attributesOf(chosen) : [];
    if (source.value !== chosen) return; // another one was chosen since
    element.querySelectorAll("datalist").forEach((list) => list.remove());
    builder.attributes = attributes;
    build(tree()); // what it says by now: somebody may have gone on building
    show(chosen);
  }

  function show(it) {
    root.hidden = element.querySelector("[data-add-place]").hidden = !it;
  }

  async function attributesOf(id) {
    const answer = await fetch(element.dataset.attributes.replace("/0/", `/${encodeURIComponent(id)}/`));
    return answer.ok ? (await answer.json()).attributes : [];
  }

  function complain() {
    for (const { rule, path, text } of data("problems")) rules()[rule]?.group.rule.at(path)?.rule.complain(text);
    root.querySelector("[aria-invalid=true]")?.focus();
  }

  element.querySelector("[data-add-rule]").addEventListener("click", () => {
    addRule({ op: "and", rules: [{}] }).querySelector("[data-operation]").focus();
    changed();
  });
  element.addEventListener("input", changed);
  element.addEventListener("change", changed);
  source.addEventListener("change", () => chooseSource(read));
  form.querySelector("[autofocus]")?.focus(); // the theme has scripts of its own, which take it away
  chooseSource(() => JSON.parse(field.value)).then(complain);
}
