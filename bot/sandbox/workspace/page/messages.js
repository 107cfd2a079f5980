// Draws messages as Slack does: who, when, what, and the bar that leads into the thread.

import { renderBlocks } from "./blocks.js";
import { dayName, fullTime, momentName, timeOfDay } from "./dates.js";
import { el, icon, reconcile } from "./dom.js";
import { fileNodes } from "./files.js";
import { mrkdwn } from "./mrkdwn.js";
import { isReply } from "./store.js";

const GROUPED_WITHIN = 300;
const PALETTE = ["1264a3", "2b7d54", "8f3d76", "a45a12", "5b4bb5", "b3365b"];
const signatures = new WeakMap();

function signature(message) {
  if (!signatures.has(message)) signatures.set(message, JSON.stringify(message));
  return signatures.get(message);
}

const hash = (text) => [...text].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) >>> 0, 7);

function initials(name) {
  const words = name.replace(/\(.*\)/, "").trim().split(/[\s._-]+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : (words[0] ?? "?").slice(0, 1)).toUpperCase();
}

/** A coloured square with a person's initials; decorative, because the name stands beside it. */
export function avatar(author, size = "") {
  const color = (author.color ?? "").replace("#", "") || PALETTE[hash(author.id ?? author.name) % PALETTE.length];
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  const light = red * 0.299 + green * 0.587 + blue * 0.114 > 145;
  const node = el("span", { class: `avatar ${size} ${light ? "on-light" : ""} ${author.bot ? "avatar-bot" : ""}`, "aria-hidden": "true" }, initials(author.name));
  node.style.backgroundColor = `#${color}`;
  return node;
}

function body(message, ctx) {
  const source = { channel: message.channel, message_ts: message.ts };
  const inner = { store: ctx.store, click: (detail) => ctx.click({ ...source, ...detail }) };
  return el("div", { class: "message-body" },
    message.blocks?.length ? renderBlocks(message.blocks, inner) : el("div", { class: "mrkdwn" }, mrkdwn(message.text ?? "", ctx.store)),
    fileNodes(message.files ?? [], inner),
    message.edited && el("span", { class: "edited", title: `Edited ${momentName(message.edited.ts)}` }, "(edited)"));
}

function threadBar(message, replies, ctx) {
  const authors = new Map(replies.map((reply) => [reply.user, ctx.store.author(reply)]));
  const count = Math.max(replies.length, message.reply_count ?? 0);
  if (count === 0) return null;
  return el("button", { type: "button", class: "thread-bar", testid: "thread-bar", data: { focus: `thread/${message.ts}` }, on: { click: () => ctx.openThread(message.ts) } },
    el("span", { class: "thread-faces" }, [...authors.values()].slice(0, 4).map((author) => avatar(author, "avatar-tiny"))),
    el("span", { class: "thread-count" }, count === 1 ? "1 reply" : `${count} replies`),
    replies.length > 0 && el("span", { class: "thread-last" }, `Last reply ${momentName(replies.at(-1).ts)}`),
    el("span", { class: "thread-view" }, "View thread"), icon("chevron"));
}

function broadcastNote(message, ctx, where) {
  if (!isReply(message) || !message.reply_broadcast) return null;
  if (where === "thread") return el("div", { class: "note" }, icon("reply"), "Also sent to the channel");
  const root = ctx.store.message(message.channel, message.thread_ts);
  const open = () => ctx.openThread(message.thread_ts);
  return el("div", { class: "note" }, icon("reply"), "replied to a thread:",
    el("button", { type: "button", class: "link-button", on: { click: open } }, root?.text ? mrkdwn(root.text.split("\n")[0].slice(0, 120), ctx.store) : "View thread"));
}

function privateNote(message, ctx) {
  if (!message.ephemeral) return null;
  return el("div", { class: "note note-private" }, icon("eye"), "Only visible to you",
    el("span", { "aria-hidden": "true" }, "·"),
    el("button", { type: "button", class: "link-button", on: { click: () => ctx.store.dismiss(message) } }, "Dismiss"));
}

const stamp = (message) => el("time", { class: "time", datetime: new Date(Number(message.ts) * 1000).toISOString(), title: fullTime(message.ts) }, timeOfDay(message.ts));

function head(author, message) {
  return el("div", { class: "message-head" }, el("span", { class: "author" }, author.name),
    author.bot && el("span", { class: "badge" }, "APP"), author.restricted && el("span", { class: "badge" }, "GUEST"), stamp(message));
}

function messageNode(row, ctx) {
  const { message, compact, replies, where } = row;
  const author = ctx.store.author(message);
  const testid = message.ephemeral ? "ephemeral" : { channel: "message", thread: "thread-reply", root: "thread-root" }[where];
  return el("article", {
    class: `message${compact ? " compact" : ""}${message.ephemeral ? " ephemeral" : ""}`, testid, tabindex: "-1",
    data: { ts: message.ts }, "aria-label": `${author.name}, ${timeOfDay(message.ts)}`, on: { keydown: (event) => openedByKey(event, row, ctx) },
  },
    el("div", { class: "gutter" }, compact ? stamp(message) : avatar(author)),
    el("div", { class: "message-main" }, privateNote(message, ctx), broadcastNote(message, ctx, where),
      !compact && head(author, message), body(message, ctx), where === "channel" && threadBar(message, replies, ctx)),
    where === "channel" && !message.ephemeral && replyButton(message, ctx));
}

const threadOf = (message) => (isReply(message) ? message.thread_ts : message.ts);

// Enter on a message itself, not on what is in it, opens its thread.
function openedByKey(event, { message, where }, ctx) {
  if (event.key !== "Enter" || event.target !== event.currentTarget || where !== "channel" || message.ephemeral) return;
  event.preventDefault();
  ctx.openThread(threadOf(message));
}

function replyButton(message, ctx) {
  const open = () => ctx.openThread(threadOf(message));
  return el("button", { type: "button", class: "hover-action", "aria-label": "Reply in thread", title: "Reply in thread", on: { click: open } }, icon("reply"));
}

function grouped(message, previous) {
  if (!previous || previous.ephemeral || message.ephemeral || message.reply_broadcast) return false;
  const same = previous.user === message.user && (previous.username ?? "") === (message.username ?? "");
  return same && Number(message.ts) - Number(previous.ts) < GROUPED_WITHIN && dayName(previous.ts) === dayName(message.ts);
}

function divider(message) {
  const name = dayName(message.ts);
  return { key: `day:${name}`, sig: name, make: () => el("div", { class: "day", role: "separator", "aria-label": name }, el("span", {}, name)) };
}

/** The rows of a list of messages for `reconcile`; `where` is channel, thread or root. */
export function messageRows(messages, where, ctx, threads = new Map()) {
  return messages.flatMap((message, i) => {
    const previous = messages[i - 1];
    const newDay = where === "channel" && (!previous || dayName(previous.ts) !== dayName(message.ts));
    const replies = (isReply(message) ? [] : threads.get(message.ts)) ?? [];
    const row = { message, where, replies, compact: !newDay && grouped(message, previous) && !(threads.get(previous.ts)?.length > 0) };
    const sig = `${signature(message)}|${row.compact}|${replies.length}|${replies.at(-1)?.ts ?? ""}`;
    const item = { key: `${message.ephemeral ? "only:" : ""}${message.ts}`, sig, make: () => messageNode(row, ctx) };
    return newDay ? [divider(message), item] : [item];
  });
}

/** A scrolling list of messages that stays at its end while the reader is there, and says so when they are not. */
export class Log {
  constructor(list, scroller, jump) {
    Object.assign(this, { list, scroller, jump, pinned: true });
    scroller.addEventListener("scroll", () => this.noticed());
    scroller.addEventListener("keydown", (event) => this.walk(event));
    new ResizeObserver(() => this.settle()).observe(list);
    new ResizeObserver(() => this.settle()).observe(scroller);
    jump?.addEventListener("click", () => this.toEnd());
  }

  noticed() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.pinned = scrollHeight - scrollTop - clientHeight < 60;
    if (this.pinned && this.jump) this.jump.hidden = true;
  }

  /** The arrows go from message to message, Home and End to the first and the last. */
  walk(event) {
    const rows = [...this.scroller.querySelectorAll(".message")];
    const at = rows.indexOf(event.target);
    if (at < 0 && event.target !== this.scroller) return;
    const last = rows.length - 1;
    const next = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(next, 0), last)]?.focus();
  }

  settle() {
    if (this.pinned) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  toEnd() {
    this.pinned = true;
    this.settle();
    if (this.jump) this.jump.hidden = true;
  }

  show(rows) {
    const last = rows.at(-1)?.key;
    reconcile(this.list, rows);
    if (last !== this.last && !this.pinned && this.jump) this.jump.hidden = false;
    this.last = last;
    this.settle();
  }
}
