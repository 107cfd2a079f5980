// Interactive elements outside a form: buttons, menus and pickers that act at once, through a confirm where the app asks for one.

import { confirmed } from "./dialogs.js";
import { el, icon, plainText } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { control } from "./inputs.js";
import { plain } from "./mrkdwn.js";

/** Sends one action, after its confirm dialog when there is one; true when it was sent. */
async function act(element, blockId, ctx, detail, asked = element.confirm) {
  if (asked && !(await confirmed(asked, ctx.store))) return false;
  await ctx.click({ block_id: blockId, action_id: element.action_id, ...detail, ...(asked ? { confirmed: true } : {}) });
  return true;
}

/** A button; while its action is under way a second press does nothing. */
export function button(element, blockId, ctx) {
  const style = ["primary", "danger"].includes(element.style) ? ` btn-${element.style}` : "";
  const node = el("button", {
    type: "button", class: `btn${style}`, "aria-label": element.accessibility_label,
    data: { actionId: element.action_id ?? "", focus: `${blockId}/${element.action_id}` },
  }, plain(plainText(element.text)));
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    try {
      const sent = await act(element, blockId, ctx, { value: element.value });
      if (sent && /^https?:/i.test(element.url ?? "")) window.open(element.url, "_blank", "noopener");
    } finally {
      node.removeAttribute("aria-busy");
    }
  });
  return node;
}

function picker(element, blockId, ctx) {
  const { node, read, reset } = control(element);
  node.dataset.focus = `${blockId}/${element.action_id}`;
  node.addEventListener("change", async () => {
    const chosen = read();
    const empty = Object.values(chosen).every((part) => part === null);
    if (empty || !(await act(element, blockId, ctx, { value: chosen.selected_date ?? chosen.selected_time, ...chosen }))) reset();
  });
  return el("span", { class: "picker" }, node);
}

function menuItem(element, option, blockId, ctx, close) {
  const run = () => {
    close();
    if (/^https?:/i.test(option.url ?? "")) window.open(option.url, "_blank", "noopener");
    act(element, blockId, ctx, { selected_option: option });
  };
  return el("button", { type: "button", role: "menuitem", class: "menu-item", tabindex: "-1", on: { click: run } }, plain(plainText(option.text)));
}

function moveIn(menu, event) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

function overflow(element, blockId, ctx) {
  const wrap = el("span", { class: "overflow" });
  const opener = el("button", { type: "button", class: "btn btn-icon", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions", data: { focus: `${blockId}/${element.action_id}` } }, icon("more"));
  const close = () => { menu.hidden = true; opener.setAttribute("aria-expanded", "false"); opener.focus(); };
  const menu = el("div", { class: "menu", role: "menu", hidden: true }, element.options.map((option) => menuItem(element, option, blockId, ctx, close)));
  opener.addEventListener("click", () => {
    menu.hidden = !menu.hidden;
    opener.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.firstElementChild.focus();
  });
  wrap.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !menu.hidden) { event.preventDefault(); event.stopPropagation(); close(); }
    else if (!menu.hidden) moveIn(menu, event);
  });
  wrap.addEventListener("focusout", (event) => { if (!wrap.contains(event.relatedTarget)) { menu.hidden = true; opener.setAttribute("aria-expanded", "false"); } });
  wrap.append(opener, menu);
  return wrap;
}

function feedback(element, blockId, ctx) {
  const one = (choice, name) => {
    const label = choice.accessibility_label ?? plainText(choice.text);
    return el("button", { type: "button", class: "btn btn-icon", "aria-label": label, on: { click: () => act(element, blockId, ctx, { value: choice.value }) } }, emojiNode(name));
  };
  return el("span", { class: "feedback" }, one(element.positive_button, "+1"), one(element.negative_button, "-1"));
}

/** Any element of an actions block or a section's side. */
export function interactive(element, blockId, ctx) {
  if (element.type === "button" || element.type === "workflow_button" || element.type === "icon_button") return button(element, blockId, ctx);
  if (element.type === "overflow") return overflow(element, blockId, ctx);
  if (element.type === "feedback_buttons") return feedback(element, blockId, ctx);
  return control(element) === null ? el("span", { class: "unsupported" }, `Unsupported element “${element.type}”`) : picker(element, blockId, ctx);
}
