// The app's own place: its Home tab as the bot published it, and About, with what one may type.

import { updateBlocks } from "./blocks.js";
import { el, reconcile } from "./dom.js";

const find = (id) => document.getElementById(id);
const TABS = ["home", "about"];

function choose(name, focus = false) {
  for (const tab of TABS) {
    const chosen = tab === name;
    find(`tab-${tab}`).setAttribute("aria-selected", String(chosen));
    find(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
    find(`panel-${tab}`).hidden = !chosen;
  }
  if (focus) find(`tab-${name}`).focus();
}

function moved(event) {
  const at = TABS.indexOf(event.target.id?.replace("tab-", ""));
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: TABS.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  choose(TABS.at(next % TABS.length), true);
}

/** Makes the tabs work: a click, and the arrow keys within them. */
export function startHome() {
  for (const tab of TABS) find(`tab-${tab}`).addEventListener("click", () => choose(tab));
  find("home-tabs").addEventListener("keydown", moved);
}

const commandRows = (store) => store.commands.flatMap(({ command, completions }) => completions.map(({ name, help }) => ({
  key: `${command} ${name}`, sig: help, make: () => el("li", {}, el("code", {}, `${command} ${name}`), el("span", {}, help)),
})));

/** Draws what the bot published for this person. */
export function renderHome(store, click) {
  const view = store.home;
  find("home-empty").hidden = view !== null;
  updateBlocks(find("home-blocks"), view?.blocks ?? [], { store, click: (detail) => click({ view_id: view?.id, ...detail }) });
  reconcile(find("about-commands"), commandRows(store));
}
