// Turns Slack's mrkdwn into DOM nodes: the same marks, mentions, dates and emoji that Slack shows.

import { formatDate } from "./dates.js";
import { el } from "./dom.js";
import { emojiNode, withEmoji } from "./emoji.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    ":(?<emoji>[a-z0-9_+'-]+):",
    "(?<![\\p{L}\\p{N}*])\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?<italic>[^\\s_](?:[^\\n]*?[^\\s_])?)_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\p{L}\\p{N}~])",
  ].join("|"),
  "gu",
);
const SAFE_LINK = /^(https?:|mailto:)/i;
const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);

/** A link that opens beside the page; a target that is not http(s) or mail stays text. */
export function link(url, label) {
  if (!SAFE_LINK.test(url)) return el("span", {}, label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

export const mention = (label) => el("span", { class: "mention" }, label);

/** An instant in the reader's time, with UTC on hover. */
export function dateNode(unix, format, fallback, url) {
  const shown = formatDate(unix, format);
  if (shown === null) return document.createTextNode(fallback ?? "");
  const iso = new Date(Number(unix) * 1000).toISOString();
  const time = el("time", { datetime: iso, title: `${iso.slice(0, 16).replace("T", " ")} UTC` }, shown);
  return url ? link(url, time) : time;
}

/** What an id is called here; an unknown id is shown as it is. */
export function nameOf(kind, id, store) {
  if (kind === "#") return `#${store.channels.find((channel) => channel.id === id)?.name ?? id}`;
  const user = store.users.get(id);
  return `@${user?.real_name ?? user?.name ?? id}`;
}

function angle(body, store) {
  const [target, label] = splitOnce(body, "|");
  if (target.startsWith("!date^")) {
    const [, unix, format, url] = target.split("^");
    return dateNode(unix, format ?? "", label, url);
  }
  if (target.startsWith("!subteam^")) return mention(label ?? "@group");
  if (target.startsWith("!")) return mention(`@${(label ?? target.slice(1)).replace(/^@/, "")}`);
  if (target[0] === "@" || target[0] === "#") return mention(nameOf(target[0], target.slice(1), store));
  if (!SAFE_LINK.test(target)) return document.createTextNode(`<${unescape(body)}>`);
  return link(unescape(target), unescape(label ?? target.replace(/^mailto:/, "")));
}

function splitOnce(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function inlineNode(groups, store) {
  if (groups.code !== undefined) return el("code", {}, unescape(groups.code));
  if (groups.angle !== undefined) return angle(groups.angle, store);
  if (groups.emoji !== undefined) return emojiNode(groups.emoji);
  if (groups.bold !== undefined) return el("strong", {}, inline(groups.bold, store));
  if (groups.italic !== undefined) return el("em", {}, inline(groups.italic, store));
  return el("s", {}, inline(groups.strike, store));
}

/** One line of mrkdwn as nodes. */
export function inline(text, store) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(unescape(text.slice(end, match.index))), inlineNode(match.groups, store));
    end = match.index + match[0].length;
  }
  return [...nodes, ...withEmoji(unescape(text.slice(end)))];
}

const KINDS = [
  ["quote", /^(?:&gt;|>) ?(.*)$/],
  ["bullet", /^\s*[•◦▪-] +(.*)$/],
  ["number", /^\s*(?:\d+)[.)] +(.*)$/],
];

function kindOf(line) {
  for (const [kind, pattern] of KINDS) {
    const match = pattern.exec(line);
    if (match) return [kind, match[1]];
  }
  return ["text", line];
}

const lines = (list, store) => list.flatMap((line, i) => (i === 0 ? inline(line, store) : [el("br"), ...inline(line, store)]));

function group(kind, list, first, store) {
  if (kind === "quote") return el("blockquote", {}, lines(list, store));
  if (kind === "bullet") return el("ul", {}, list.map((line) => el("li", {}, inline(line, store))));
  if (kind === "number") return el("ol", { start: Number.parseInt(first, 10) }, list.map((line) => el("li", {}, inline(line, store))));
  return el("span", { class: "lines" }, lines(list, store));
}

function flow(text, store) {
  const groups = [];
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const [kind, body] = kindOf(line);
    const last = groups.at(-1);
    if (last?.kind === kind) last.list.push(body);
    else groups.push({ kind, list: [body], first: line.trim() });
  }
  return groups.map(({ kind, list, first }) => group(kind, list, first, store));
}

/** A whole mrkdwn text as nodes: preformatted parts, quotes, lists and lines. */
export function mrkdwn(text, store) {
  return text.split("```").flatMap((piece, i, all) => {
    if (i % 2 === 1 && i < all.length - 1) return [el("pre", { tabindex: "0" }, unescape(piece.replace(/^\n/, "")))];
    if (i % 2 === 1) return flow("```" + piece, store);
    return piece.trim() === "" ? [] : flow(piece, store);
  });
}

/** Plain text: only emoji and line breaks. */
export function plain(text) {
  return text.split("\n").flatMap((line, i) => {
    const nodes = line.split(/(:[a-z0-9_+'-]+:)/).flatMap((bit, j) => (j % 2 === 1 ? emojiNode(bit.slice(1, -1)) : withEmoji(bit)));
    return i === 0 ? nodes : [el("br"), ...nodes];
  });
}

/** A Slack text object (or bare string) as nodes. */
export function textNodes(object, store) {
  if (object === undefined || object === null) return [];
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn" ? mrkdwn(object.text, store) : plain(object.text ?? "");
}
