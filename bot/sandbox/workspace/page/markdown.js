// Renders the standard Markdown of a `markdown` block (headings, lists, tables, code), which is not Slack's mrkdwn.

import { el } from "./dom.js";
import { emojiNode, withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`]+)`",
    "\\[(?<label>[^\\]]+)\\]\\((?<url>[^)\\s]+)\\)",
    "\\*\\*(?<bold>.+?)\\*\\*",
    "~~(?<strike>.+?)~~",
    "(?<!\\w)[*_](?<italic>[^\\s*_](?:[^*_]*[^\\s*_])?)[*_](?!\\w)",
    ":(?<emoji>[a-z0-9_+'-]+):",
    "(?<bare>https?://[^\\s<>)]+)",
  ].join("|"),
  "gu",
);

function node(groups) {
  if (groups.code !== undefined) return el("code", {}, groups.code);
  if (groups.url !== undefined) return link(groups.url, inline(groups.label));
  if (groups.bold !== undefined) return el("strong", {}, inline(groups.bold));
  if (groups.strike !== undefined) return el("s", {}, inline(groups.strike));
  if (groups.italic !== undefined) return el("em", {}, inline(groups.italic));
  if (groups.emoji !== undefined) return emojiNode(groups.emoji);
  return link(groups.bare, groups.bare);
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(text.slice(end, match.index)), node(match.groups));
    end = match.index + match[0].length;
  }
  return [...nodes, ...withEmoji(text.slice(end))];
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function alignment(mark) {
  if (/^:-+:$/.test(mark)) return "align-center";
  return /-:$/.test(mark) ? "align-right" : "align-left";
}

function table(lines) {
  const align = cells(lines[1]).map(alignment);
  const row = (line, tag) => el("tr", {}, cells(line).map((cell, i) => el(tag, { class: align[i], scope: tag === "th" && "col" }, inline(cell))));
  const body = lines.slice(2).map((line) => row(line, "td"));
  return el("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    el("table", {}, el("thead", {}, row(lines[0], "th")), el("tbody", {}, body)));
}

function item(line) {
  const task = /^\[([ xX])\] (.*)$/.exec(line);
  if (task === null) return el("li", {}, inline(line));
  return el("li", { class: "task" }, task[1] === " " ? "☐ " : "☑ ", inline(task[2]));
}

// Each rule: what its first line looks like, whether a further line still belongs to it, and what it becomes.
const RULES = [
  [/^```/, (line, taken) => taken.length === 1 || !/^```/.test(taken.at(-1)),
    (lines) => el("pre", { tabindex: "0" }, lines.slice(1).filter((line) => !/^```/.test(line)).join("\n"))],
  [/^#{1,6} /, () => false, ([line]) => el("p", { class: `md-heading md-h${/^#+/.exec(line)[0].length}` }, inline(line.replace(/^#+ /, "")))],
  [/^(-{3,}|\*{3,})$/, () => false, () => el("hr")],
  [/^>/, (line) => /^>/.test(line), (lines) => el("blockquote", {}, render(lines.map((line) => line.replace(/^> ?/, ""))))],
  [/^\s*[-*+] /, (line) => /^\s*[-*+] /.test(line), (lines) => el("ul", {}, lines.map((line) => item(line.replace(/^\s*[-*+] /, ""))))],
  [/^\s*\d+\. /, (line) => /^\s*\d+\. /.test(line), (lines) => el("ol", {}, lines.map((line) => item(line.replace(/^\s*\d+\. /, ""))))],
  [/^\|.*\|$/, (line) => /^\|/.test(line), (lines) => (lines.length > 1 ? table(lines) : el("p", {}, inline(lines[0])))],
];
const PROSE = [/./, (line) => line.trim() !== "" && !RULES.some(([start]) => start.test(line)), (lines) => el("p", {}, inline(lines.join(" ")))];

function render(lines) {
  const nodes = [];
  for (let i = 0; i < lines.length; ) {
    if (lines[i].trim() === "") { i += 1; continue; }
    const [, goesOn, make] = RULES.find(([start]) => start.test(lines[i])) ?? PROSE;
    const taken = [lines[i++]];
    while (i < lines.length && goesOn(lines[i], taken)) taken.push(lines[i++]);
    nodes.push(make(taken));
  }
  return nodes;
}

/** Markdown text as nodes. */
export const markdown = (text) => render(text.split("\n"));
