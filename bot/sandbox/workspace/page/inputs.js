// Form controls: how each input element is drawn, what it starts with, and what it hands to the app.

import { el, plainText } from "./dom.js";
import { plain, textNodes } from "./mrkdwn.js";

let lastId = 0;
const freshId = () => `field-${(lastId += 1)}`;

function textField(element, type, props = {}) {
  const multiline = element.type === "plain_text_input" && element.multiline;
  const node = el(multiline ? "textarea" : "input", {
    class: "input", type: multiline ? null : type, rows: multiline ? 4 : null, placeholder: plainText(element.placeholder) || null,
    minlength: element.min_length, maxlength: element.max_length, value: element.initial_value ?? "", autocomplete: "off", ...props,
  });
  return { node, read: () => ({ value: node.value === "" ? null : node.value }), reset: () => { node.value = element.initial_value ?? ""; } };
}

function pickerField(element, type, name) {
  const start = element[`initial_${name}`] ?? "";
  const node = el("input", { class: "input", type, value: start });
  return { node, read: () => ({ [`selected_${name}`]: node.value || null }), reset: () => { node.value = start; } };
}

const optionsOf = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);

function selectField(element) {
  const options = optionsOf(element);
  const index = (option) => options.findIndex((other) => other.value === option?.value);
  const item = (option) => el("option", { value: String(options.indexOf(option)) }, plainText(option.text));
  const node = el("select", { class: "input" },
    el("option", { value: "-1" }, plainText(element.placeholder) || "Select an option"),
    element.options ? element.options.map(item)
      : element.option_groups.map((group) => el("optgroup", { label: plainText(group.label) }, group.options.map(item))));
  const reset = () => { node.value = String(index(element.initial_option)); };
  reset();
  return { node, read: () => ({ selected_option: options[Number(node.value)] ?? null }), reset };
}

function choices(element, type, initial) {
  const name = freshId();
  const chosen = new Set(initial.map((option) => option.value));
  const boxes = element.options.map((option) => el("input", { type, name, checked: chosen.has(option.value) }));
  const row = (option, i) => el("label", { class: "choice" }, boxes[i],
    el("span", {}, textNodes(option.text), option.description && el("span", { class: "choice-note" }, textNodes(option.description))));
  const node = el("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group" }, element.options.map(row));
  const picked = () => element.options.filter((_, i) => boxes[i].checked);
  const reset = () => boxes.forEach((box, i) => { box.checked = chosen.has(element.options[i].value); });
  return { node, picked, reset };
}

function checkboxField(element) {
  const { node, picked, reset } = choices(element, "checkbox", element.initial_options ?? []);
  return { node, read: () => ({ selected_options: picked() }), reset };
}

function radioField(element) {
  const { node, picked, reset } = choices(element, "radio", element.initial_option ? [element.initial_option] : []);
  return { node, read: () => ({ selected_option: picked()[0] ?? null }), reset };
}

const CONTROLS = {
  plain_text_input: (element) => textField(element, "text"),
  number_input: (element) => textField(element, "number", { min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : "1" }),
  email_text_input: (element) => textField(element, "email"),
  url_text_input: (element) => textField(element, "url"),
  datepicker: (element) => pickerField(element, "date", "date"),
  timepicker: (element) => pickerField(element, "time", "time"),
  static_select: selectField,
  multi_static_select: checkboxField,
  checkboxes: checkboxField,
  radio_buttons: radioField,
};

/** {node, read, reset} for a control, or null for an element this page does not know. */
export const control = (element) => (Object.hasOwn(CONTROLS, element?.type) ? CONTROLS[element.type](element) : null);

// What a field holds, put back as its start value, so that an update of the view does not lose what was typed.
function withKept(element, kept) {
  if (kept === undefined) return element;
  const { value, selected_option, selected_options, selected_date, selected_time } = kept;
  return { ...element, initial_value: value ?? "", initial_option: selected_option ?? undefined,
    initial_options: selected_options, initial_date: selected_date ?? undefined, initial_time: selected_time ?? undefined };
}

const isEmpty = (value) => Object.values(value).every((part) => part === null || (Array.isArray(part) && part.length === 0));

/** The sentence to show under a field that cannot be sent, or null. */
function complaint(block, node, value) {
  if (isEmpty(value)) return block.optional ? null : "Please complete this required field.";
  if (node.validity && !node.validity.valid) return node.validationMessage;
  const { min_length: low, max_length: high } = block.element;
  if (low && value.value.length < low) return `Please enter at least ${low} characters.`;
  return high && value.value.length > high ? `Please enter at most ${high} characters.` : null;
}

/** An input block; registers itself in `ctx.fields` so that the form can read it and mark its errors. */
export function inputBlock(block, ctx) {
  const kept = ctx.kept?.[block.block_id]?.[block.element.action_id];
  const made = control(withKept(block.element, kept));
  if (made === null) return el("div", { class: "unsupported" }, `Unsupported element “${block.element.type}”`);
  const id = freshId();
  made.node.id = id;
  const error = el("div", { class: "field-error", id: `${id}-error`, hidden: true });
  const hint = block.hint && el("div", { class: "field-hint", id: `${id}-hint` }, textNodes(block.hint, ctx.store));
  const group = made.node.getAttribute("role") !== null;
  const label = el(group ? "div" : "label", { class: "field-label", id: `${id}-label`, for: group ? null : id }, plain(plainText(block.label)),
    block.optional && el("span", { class: "optional" }, " (optional)"));
  if (group) made.node.setAttribute("aria-labelledby", `${id}-label`);
  made.node.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-error`);
  if (!block.optional && !group) made.node.setAttribute("aria-required", "true");
  ctx.fields?.set(block.block_id, {
    node: made.node,
    actionId: block.element.action_id,
    read: () => ({ type: block.element.type, ...made.read() }),
    check: () => complaint(block, made.node, made.read()),
    mark: (text) => {
      error.textContent = text ?? "";
      error.hidden = !text;
      made.node.setAttribute("aria-invalid", String(Boolean(text)));
    },
  });
  return el("div", { class: "input-block" }, label, made.node, error, hint);
}
