// The left column: the workspace, its channels and the app, with what is unread.

import { el, icon } from "./dom.js";
import { avatar } from "./messages.js";

function row({ key, label, mark, unread, current, testid, open }) {
  const count = unread > 0 ? el("span", { class: "unread", "aria-label": `${unread} unread` }, String(unread)) : null;
  const make = () => el("button", {
    type: "button", class: `side-row${unread > 0 ? " has-unread" : ""}`, testid, "aria-current": current ? "page" : null,
    data: { focus: `side/${key}` }, on: { click: open },
  }, mark(), el("span", { class: "side-label" }, label), count);
  return { key, sig: `${label}|${unread}|${current}`, make };
}

/** The rows of the channel list. */
export const channelRows = (store, ui, open) => store.channels.map((channel) => row({
  key: channel.id, label: channel.name, mark: () => icon(channel.is_private ? "lock" : "hash"),
  unread: ui.unread.get(channel.id) ?? 0, current: ui.place === channel.id, testid: `channel-${channel.name}`, open: () => open(channel.id),
}));

/** The rows of the apps: the bot's Home. */
export function appRows(store, ui, open) {
  const bot = store.bot();
  if (!bot) return [];
  const author = { id: bot.id, name: bot.real_name || bot.name, color: bot.color, bot: true };
  return [row({ key: "home", label: author.name, mark: () => avatar(author, "avatar-tiny"), unread: 0, current: ui.place === "home", testid: "home-tab", open: () => open("home") })];
}

/** The switch between the people of the workspace. */
export const personRows = (store, choose) => store.people().map((user) => {
  const current = user.id === store.me?.id;
  const author = { id: user.id, name: user.real_name || user.name, color: user.color };
  const short = author.name.replace(/\s*\(.*\)/, "");
  const make = () => el("button", {
    type: "button", class: "person", testid: `person-${user.id}`, "aria-pressed": String(current), "aria-label": `Act as ${author.name}`, title: author.name,
    data: { focus: `person/${user.id}` }, on: { click: () => choose(user.id) },
  }, avatar(author, "avatar-small"), el("span", { class: "person-name" }, short), el("span", { class: "person-role" }, user.role ?? ""));
  return { key: user.id, sig: `${author.name}|${user.role}|${current}`, make };
});
