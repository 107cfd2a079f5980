// Renders Block Kit. Every block type the bot may send is drawn as Slack draws it; an unknown one is named, never hidden.

import { el, icon, plainText, reconcile } from "./dom.js";
import { button, interactive } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { enlarge } from "./lightbox.js";
import { markdown } from "./markdown.js";
import { link, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./table.js";

const TASK_WORDS = { pending: "Pending", in_progress: "In progress", complete: "Complete", error: "Failed" };
const ALERT_WORDS = { info: "Note", warning: "Warning", error: "Error", success: "Success", default: "Note" };

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

// The page may be open under another name of this machine than the one the server gives its files.
function localSource(url) {
  if (url.startsWith("data:image/")) return url;
  const { protocol, hostname, port, pathname } = new URL(url, location.href);
  return protocol === location.protocol && LOOPBACK.has(hostname) && port === location.port ? pathname : null;
}

/** An image from this workspace; a foreign address is shown as its alt text, because the page loads nothing from outside. */
export function image(source, ctx, className) {
  const url = source.image_url ?? ctx.store.fileUrl(source.slack_file ?? {});
  const alt = source.alt_text ?? "";
  const missing = () => el("span", { class: `${className} image-missing`, role: "img", "aria-label": alt }, alt || "image");
  const src = url && localSource(url);
  if (!src) return missing();
  const img = el("img", { class: className, src, alt });
  img.addEventListener("error", () => (img.closest(".image-open") ?? img).replaceWith(missing()), { once: true });
  return img;
}

/** An image that can be looked at larger. */
export function largeImage(source, ctx, title) {
  const shown = image(source, ctx, "image-large");
  if (shown.tagName !== "IMG") return shown;
  const open = () => enlarge({ src: shown.src, alt: shown.alt, title: title || shown.alt });
  return el("button", { type: "button", class: "image-open", testid: "image-open", title: "Enlarge", on: { click: open } }, shown);
}

function section(block, ctx) {
  const fields = (block.fields ?? []).map((field) => el("div", { class: "field mrkdwn" }, textNodes(field, ctx.store)));
  const main = el("div", { class: "section-main" },
    block.text && el("div", { class: "mrkdwn" }, textNodes(block.text, ctx.store)),
    fields.length > 0 && el("div", { class: "fields" }, fields));
  const { accessory } = block;
  if (!accessory) return main;
  const side = accessory.type === "image" ? image(accessory, ctx, "accessory-image") : interactive(accessory, block.block_id, ctx);
  return el("div", { class: "section" }, main, el("div", { class: "accessory" }, side));
}

function context(block, ctx) {
  return el("div", { class: "context" }, block.elements.map((part) =>
    part.type === "image" ? image(part, ctx, "context-image") : el("span", { class: "mrkdwn" }, textNodes(part, ctx.store))));
}

function imageBlock(block, ctx) {
  const caption = plainText(block.title);
  return el("figure", { class: "image-block" }, caption && el("figcaption", {}, caption), largeImage(block, ctx, caption));
}

function task(card, ctx) {
  const status = Object.hasOwn(TASK_WORDS, card.status) ? card.status : "pending";
  const sources = (card.sources ?? []).map((source) => link(source.url, source.text ?? source.url));
  return el("div", { class: `task-card task-${status}`, role: "listitem", data: { status } },
    el("span", { class: "task-icon" }, icon(status)),
    el("div", { class: "task-body" },
      el("div", { class: "task-head" }, el("span", { class: "task-title" }, card.title), el("span", { class: "task-word" }, TASK_WORDS[status])),
      card.details && el("div", { class: "task-details mrkdwn" }, richText(card.details, ctx.store)),
      card.output && el("div", { class: "task-output mrkdwn" }, richText(card.output, ctx.store)),
      sources.length > 0 && el("div", { class: "task-sources" }, sources)));
}

function plan(block, ctx) {
  const tasks = block.tasks ?? [];
  const count = (status) => tasks.filter((card) => card.status === status).length;
  return el("div", { class: "plan" },
    el("div", { class: "plan-head" }, el("span", { class: "plan-title" }, plainText(block.title)),
      el("span", { class: "plan-count" }, `${count("complete")} of ${tasks.length} complete${count("error") ? `, ${count("error")} failed` : ""}`)),
    el("div", { class: "plan-tasks", role: "list", "aria-label": plainText(block.title) }, tasks.map((card) => task(card, ctx))));
}

function alert(block, ctx) {
  const level = Object.hasOwn(ALERT_WORDS, block.level) ? block.level : "default";
  return el("div", { class: `alert alert-${level}`, role: "note", "aria-label": ALERT_WORDS[level] },
    icon(level === "default" ? "info" : level), el("div", { class: "mrkdwn" }, textNodes(block.text, ctx.store)));
}

function card(block, ctx) {
  const part = (name) => block[name] && el("div", { class: `card-${name} mrkdwn` }, textNodes(block[name], ctx.store));
  return el("div", { class: "card" },
    block.hero_image && image(block.hero_image, ctx, "card-hero"),
    el("div", { class: "card-inner" },
      el("div", { class: "card-top" }, block.icon && image(block.icon, ctx, "card-icon"), el("div", {}, part("title"), part("subtitle"))),
      part("body"),
      block.actions && el("div", { class: "actions" }, block.actions.map((action) => button(action, block.block_id, ctx)))));
}

function container(block, ctx) {
  const title = block.rich_text_title ? richText(block.rich_text_title, ctx.store) : textNodes(block.title, ctx.store);
  const head = el("div", { class: "container-head" }, block.icon && image(block.icon, ctx, "card-icon"),
    el("div", {}, el("div", { class: "container-title" }, title),
      block.subtitle && el("div", { class: "container-subtitle mrkdwn" }, textNodes(block.subtitle, ctx.store))));
  const body = el("div", { class: "blocks container-body" }, block.child_blocks.map((child) => renderBlock(child, ctx)));
  const className = `container width-${block.width ?? "standard"}${block.has_header_divider ? " with-divider" : ""}`;
  if (!block.is_collapsible) return el("div", { class: className }, head, body);
  return el("details", { class: className, open: !block.default_collapsed }, el("summary", {}, icon("chevron"), head), body);
}

function file(block) {
  return el("div", { class: "file-chip" }, icon("file"), `File ${block.external_id ?? ""}`.trim());
}

const actions = (block, ctx) => el("div", { class: "actions" }, block.elements.map((part) => interactive(part, block.block_id, ctx)));

const BLOCKS = {
  header: (block, ctx) => el("h3", { class: "header" }, textNodes(block.text, ctx.store)),
  section,
  context,
  divider: () => el("hr", { class: "divider" }),
  actions,
  context_actions: actions,
  image: imageBlock,
  input: inputBlock,
  rich_text: (block, ctx) => el("div", { class: "mrkdwn" }, richText(block, ctx.store)),
  table,
  data_table: dataTable,
  markdown: (block) => el("div", { class: "mrkdwn markdown" }, markdown(block.text)),
  plan,
  task_card: (block, ctx) => el("div", { class: "plan-tasks", role: "list" }, task(block, ctx)),
  alert,
  card,
  carousel: (block, ctx) => el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, block.elements.map((one) => card(one, ctx))),
  container,
  file,
};

const unsupported = (block) => el("div", { class: "unsupported" }, icon("info"), `Unsupported block “${block?.type ?? "unknown"}”`);

/** One block as a node; a malformed block is named instead of taking its neighbours down. */
export function renderBlock(block, ctx) {
  if (!block || !Object.hasOwn(BLOCKS, block.type)) return unsupported(block);
  try {
    return BLOCKS[block.type](block, ctx);
  } catch (error) {
    console.warn("A block could not be drawn", block, error);
    return unsupported(block);
  }
}

/** All blocks of a message or view. */
export const renderBlocks = (blocks, ctx) => el("div", { class: "blocks" }, blocks.map((block) => renderBlock(block, ctx)));

/** Draws the blocks of a view into `container`, rebuilding only the ones that changed. */
export function updateBlocks(container, blocks, ctx) {
  reconcile(container, blocks.map((block, i) => ({
    key: `${block.block_id ?? i}:${block.type}`,
    sig: JSON.stringify(block),
    make: () => renderBlock(block, ctx),
  })));
}
