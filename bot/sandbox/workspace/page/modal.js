// Shows the views an app opened: the top one as a dialog with its inputs, errors and buttons.

import { updateBlocks } from "./blocks.js";
import { openDialog } from "./dialogs.js";
import { el, icon, plainText } from "./dom.js";

/** The modal stack of one person. `submit(view, values)` resolves to {ok, errors}; `close(view)` tells the server. */
export class Modals {
  constructor({ store, submit, close, click }) {
    Object.assign(this, { store, submit, close, click, shown: null, kept: new Map() });
  }

  /** Brings the dialog in line with the stack. */
  update(views) {
    const top = views.at(-1);
    if (this.shown && this.shown.view.id !== top?.id) this.leave(views);
    if (top && !this.shown) this.enter(top);
    else if (top && top !== this.shown.view) this.fill(top);
  }

  leave(views) {
    if (views.some((view) => view.id === this.shown.view.id)) this.kept.set(this.shown.view.id, this.values());
    else this.kept.delete(this.shown.view.id);
    this.shown.end();
    this.shown = null;
  }

  enter(view) {
    const title = el("h2", { class: "dialog-title", id: `title-${view.id}` });
    const quit = () => this.dismiss();
    const cross = el("button", { type: "button", class: "btn-plain", "aria-label": "Close", on: { click: quit } }, icon("close"));
    const blocks = el("div", { class: "blocks" });
    const foot = el("div", { class: "dialog-foot" });
    const form = el("form", { class: "dialog-form", novalidate: true, on: { submit: (event) => { event.preventDefault(); this.send(); } } },
      el("div", { class: "dialog-head" }, title, cross), el("div", { class: "dialog-body", tabindex: "-1" }, blocks), foot);
    const dialog = el("dialog", { class: "dialog modal", testid: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": title.id }, form);
    this.shown = { view, title, blocks, foot, fields: new Map(), kept: this.kept.get(view.id) };
    this.fill(view);
    this.shown.end = openDialog(dialog, quit);
    (blocks.querySelector("input, textarea, select") ?? foot.querySelector("button"))?.focus();
  }

  fill(view) {
    const { shown } = this;
    if (shown.fields.size > 0) shown.kept = this.values();
    shown.view = view;
    shown.title.textContent = plainText(view.title);
    const ctx = { store: this.store, fields: shown.fields, kept: shown.kept, click: (detail) => this.click({ view_id: view.id, ...detail }) };
    const inputs = new Set(view.blocks.filter((block) => block.type === "input").map((block) => block.block_id));
    for (const id of shown.fields.keys()) if (!inputs.has(id)) shown.fields.delete(id);
    updateBlocks(shown.blocks, view.blocks, ctx);
    shown.foot.replaceChildren(...this.buttons(view));
    this.mark(view.errors ?? {});
  }

  buttons(view) {
    const close = el("button", { type: "button", class: "btn", testid: "modal-close", on: { click: () => this.dismiss() } }, plainText(view.close) || "Close");
    const label = plainText(view.submit) || (view.blocks.some((block) => block.type === "input") ? "Submit" : "");
    return label ? [close, el("button", { type: "submit", class: "btn btn-primary", testid: "modal-submit" }, label)] : [close];
  }

  values() {
    return Object.fromEntries([...this.shown.fields].map(([block, field]) => [block, { [field.actionId]: field.read() }]));
  }

  /** Writes each error under its field and goes to the first. */
  mark(errors) {
    for (const [block, field] of this.shown.fields) field.mark(errors[block]);
    const [first] = [...this.shown.fields].filter(([block]) => errors[block]).map(([, field]) => field.node);
    (first?.matches("input, textarea, select") ? first : first?.querySelector("input"))?.focus();
  }

  async send() {
    const { view, fields, foot } = this.shown;
    const errors = Object.fromEntries([...fields].map(([block, field]) => [block, field.check()]).filter(([, text]) => text));
    this.mark(errors);
    const button = foot.querySelector("[type=submit]");
    if (Object.keys(errors).length > 0 || button?.getAttribute("aria-busy") === "true") return;
    button?.setAttribute("aria-busy", "true");
    const answer = await this.submit(view, this.values());
    button?.removeAttribute("aria-busy");
    if (answer.errors && this.shown?.view.id === view.id) this.mark(answer.errors);
  }

  dismiss() {
    this.close(this.shown.view);
  }
}
