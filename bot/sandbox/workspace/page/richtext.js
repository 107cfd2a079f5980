// Renders `rich_text` blocks, which plan tasks, table cells and composed messages are made of.

import { el } from "./dom.js";
import { emojiNode, withEmoji } from "./emoji.js";
import { dateNode, link, mention, nameOf } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]];

const styled = (nodes, style = {}) =>
  STYLES.reduce((inner, [name, tag]) => (style[name] ? [el(tag, {}, inner)] : inner), nodes);

const broken = (text) => text.split("\n").flatMap((line, i) => (i === 0 ? withEmoji(line) : [el("br"), ...withEmoji(line)]));

function colorLeaf(leaf) {
  const swatch = el("span", { class: "swatch" });
  swatch.style.backgroundColor = leaf.value;
  return el("span", {}, swatch, leaf.value);
}

const LEAVES = {
  text: (leaf) => styled(broken(leaf.text), leaf.style),
  link: (leaf) => styled([link(leaf.url, leaf.text ?? leaf.url)], leaf.style),
  emoji: (leaf) => [emojiNode(leaf.name, leaf.unicode)],
  user: (leaf, store) => [mention(nameOf("@", leaf.user_id, store))],
  channel: (leaf, store) => [mention(nameOf("#", leaf.channel_id, store))],
  usergroup: () => [mention("@group")],
  team: () => [mention("@team")],
  broadcast: (leaf) => [mention(`@${leaf.range}`)],
  color: (leaf) => [colorLeaf(leaf)],
  date: (leaf) => [dateNode(leaf.timestamp, leaf.format, leaf.fallback, leaf.url)],
};

const leaves = (elements, store) => (elements ?? []).flatMap((leaf) => LEAVES[leaf.type]?.(leaf, store) ?? []);

const CONTAINERS = {
  rich_text_section: (part, store) => el("div", { class: "rich-section" }, leaves(part.elements, store)),
  rich_text_quote: (part, store) => el("blockquote", {}, leaves(part.elements, store)),
  rich_text_preformatted: (part, store) => el("pre", { tabindex: "0" }, leaves(part.elements, store)),
  rich_text_list: (part, store) =>
    el(part.style === "ordered" ? "ol" : "ul", { class: `indent-${Math.min(part.indent ?? 0, 5)}`, start: part.offset ? part.offset + 1 : null },
      part.elements.map((row) => el("li", {}, leaves(row.elements, store)))),
};

/** A rich_text block (or table cell) as nodes. */
export const richText = (block, store) => (block?.elements ?? []).map((part) => CONTAINERS[part.type]?.(part, store)).filter(Boolean);
