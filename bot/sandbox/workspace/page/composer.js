// The box to type in: Enter sends, the arrows bring back what was typed, and slash commands complete themselves.

import { el, icon } from "./dom.js";

const REMEMBERED = 50;

function recall(user) {
  try {
    return JSON.parse(sessionStorage.getItem(`typed:${user}`)) ?? [];
  } catch {
    return [];
  }
}

function remember(user, text) {
  const list = [...recall(user).filter((line) => line !== text), text].slice(-REMEMBERED);
  try {
    sessionStorage.setItem(`typed:${user}`, JSON.stringify(list));
  } catch {
    // Without storage the history is simply empty.
  }
}

const lines = (commands) => commands.flatMap(({ command, usage_hint: hint, completions: words }) => [
  { full: command, note: hint, words: [] },
  ...words.map(({ name, help, words: next }) => ({ full: `${command} ${name}`, note: help, words: next })),
]);

// After a whole command: the words that may follow it, but for those that stand there already.
function following(text, known) {
  const line = known.find(({ full, words }) => words.length > 0 && text.toLowerCase().startsWith(`${full} `));
  if (line === undefined) return [];
  const given = text.slice(line.full.length).split(/\s+/);
  const start = given.pop();
  const head = text.slice(0, text.length - start.length);
  return line.words.filter((word) => word.startsWith(start) && word !== start && !given.includes(word))
    .map((word) => ({ full: `${head}${word}`, shown: word, note: "" }));
}

/** What may follow `text`: {full, shown, note} of every known command that starts with it, else of the words after one. */
export function completions(text, commands) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const known = lines(commands);
  const wanted = text.toLowerCase();
  const named = known.filter(({ full }) => full.startsWith(wanted) && full !== text.trimEnd());
  return named.length > 0 ? named : following(text, known);
}

/** A composer; `send(text)` returns a promise, and the text comes back when it fails. */
export class Composer {
  constructor({ testid, sendId, label, send, commands, user }) {
    Object.assign(this, { send, commands, user, active: -1, at: null, draft: "" });
    const listId = `${testid}-options`;
    this.box = el("textarea", {
      class: "composer-box", rows: 1, testid, "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-controls": listId, "aria-haspopup": "listbox",
    });
    this.popup = el("ul", { class: "completions", id: listId, role: "listbox", "aria-label": "Commands", hidden: true });
    this.button = el("button", { type: "button", class: "send", testid: sendId, "aria-label": "Send", title: "Send" }, icon("send"));
    this.slash = el("button", { type: "button", class: "slash", title: "Type a command", "aria-label": "Type a command" }, "/");
    this.node = el("div", { class: "composer" }, this.popup, this.box,
      el("div", { class: "composer-foot" }, this.slash,
        el("span", { class: "composer-hint", "aria-hidden": "true" }, el("kbd", {}, "Enter"), " sends · ", el("kbd", {}, "↑"), " earlier commands · ", el("kbd", {}, "Tab"), " completes"), this.button));
    this.listen();
    this.typed();
  }

  listen() {
    this.box.addEventListener("input", () => { this.at = null; this.typed(); });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.hide());
    this.box.addEventListener("focus", () => this.typed());
    this.button.addEventListener("click", () => this.submit());
    this.slash.addEventListener("click", () => this.fill(`${this.commands()[0]?.command ?? "/"} `));
  }

  label(text) {
    this.box.placeholder = text;
    this.box.setAttribute("aria-label", text);
  }

  fill(text) {
    this.box.value = text;
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
    this.typed();
  }

  typed() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 180)}px`;
    this.button.disabled = this.box.value.trim() === "";
    this.options = this.at === null && document.activeElement === this.box ? completions(this.box.value, this.commands()) : [];
    this.active = -1;
    this.showOptions();
  }

  hide() {
    this.options = [];
    this.showOptions();
  }

  showOptions() {
    const shown = this.options.length > 0;
    this.popup.hidden = !shown;
    if (this.active >= 0) this.box.setAttribute("aria-activedescendant", `${this.popup.id}-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
    this.popup.replaceChildren(...this.options.map((option, i) => this.option(option, i)));
    this.popup.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  option({ full, shown, note }, i) {
    const choose = (event) => { event.preventDefault(); this.complete(i); };
    return el("li", { id: `${this.popup.id}-${i}`, role: "option", class: "completion", "aria-selected": String(i === this.active), on: { pointerdown: choose } },
      el("span", { class: "completion-name" }, shown ?? full), el("span", { class: "completion-note" }, note));
  }

  complete(i) {
    this.fill(`${this.options[Math.max(i, 0)].full} `);
  }

  move(step) {
    const count = this.options.length;
    this.active = this.active < 0 ? (step > 0 ? 0 : count - 1) : (this.active + step + count) % count;
    this.showOptions();
  }

  key(event) {
    if (event.isComposing) return;
    const open = this.options.length > 0;
    const run = { Enter: () => this.enter(event), Tab: () => this.tab(event), ArrowUp: () => this.arrow(event, -1, open), ArrowDown: () => this.arrow(event, 1, open),
      Escape: () => { if (open) { event.stopPropagation(); this.hide(); } } }[event.key];
    run?.();
  }

  enter(event) {
    if (event.shiftKey) return;
    event.preventDefault();
    // A command that is only begun is completed; what follows one is sent as it stands, unless an option was chosen.
    const begun = this.options.some(({ shown }) => shown === undefined) && !lines(this.commands()).some(({ full }) => full === this.box.value.trimEnd());
    if (this.options.length > 0 && (this.active >= 0 || begun)) this.complete(this.active);
    else this.submit();
  }

  tab(event) {
    if (this.options.length === 0 || event.shiftKey) return;
    event.preventDefault();
    this.complete(this.active);
  }

  arrow(event, step, open) {
    if (open) { event.preventDefault(); this.move(step); return; }
    const list = recall(this.user());
    const atEdge = step < 0 ? !this.box.value.slice(0, this.box.selectionStart).includes("\n") : this.at !== null;
    if (!atEdge || list.length === 0) return;
    event.preventDefault();
    if (this.at === null) this.draft = this.box.value;
    const next = (this.at ?? list.length) + step;
    this.at = next >= list.length ? null : Math.max(next, 0);
    this.fill(this.at === null ? this.draft : list[this.at]);
    if (this.at === null) this.hide();
  }

  async submit() {
    const text = this.box.value.trim();
    if (text === "") return;
    remember(this.user(), text);
    this.at = null;
    this.fill("");
    if (!(await this.send(text)) && this.box.value === "") this.fill(text);
  }
}
