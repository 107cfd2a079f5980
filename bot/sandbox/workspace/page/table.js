// Renders `table` and `data_table` blocks; a wide table scrolls inside its own box, never the channel.

import { el } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { richText } from "./richtext.js";

function cellNodes(cell, store) {
  if (cell?.type === "rich_text") return richText(cell, store);
  if (cell?.type === "raw_number") return [cell.text ?? String(cell.value)];
  return plain(cell?.text ?? "");
}

function cellNode(tag, cell, setting, store, scope) {
  const align = setting?.align ?? (cell?.type === "raw_number" ? "right" : "left");
  const className = `align-${align}${setting?.is_wrapped ? " wrapped" : ""}`;
  return el(tag, { class: className, scope }, cellNodes(cell, store));
}

function grid(rows, settings, caption, headed, store) {
  const [head, ...body] = rows;
  const row = (cells) => el("tr", {}, cells.map((cell, i) =>
    i === headed ? cellNode("th", cell, settings[i], store, "row") : cellNode("td", cell, settings[i], store)));
  return el("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": caption ?? "Table" },
    el("table", {}, caption && el("caption", {}, caption),
      el("thead", {}, el("tr", {}, head.map((cell, i) => cellNode("th", cell, settings[i], store, "col")))),
      el("tbody", {}, body.map(row))));
}

export const table = (block, ctx) => grid(block.rows, block.column_settings ?? [], null, -1, ctx.store);

export const dataTable = (block, ctx) => grid(block.rows, [], block.caption, block.row_header_column_index ?? -1, ctx.store);
