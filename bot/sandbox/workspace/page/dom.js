// Builds and updates DOM nodes. Data only ever enters the page as text nodes and attributes,
// so a message can never become markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  close: "M5 5l10 10M15 5L5 15",
  hash: "M7.5 3L6 17M14 3l-1.5 14M3.5 7.5h14M2.5 12.5h14",
  lock: "M5.5 9h9v7.5h-9zM7.5 9V6.5a2.5 2.5 0 015 0V9",
  home: "M3 9.5L10 3.5l7 6M5 8.5V16.5h10V8.5M8.5 16.5v-4h3v4",
  send: "M3.5 4l13.5 6-13.5 6 2-6zM5.5 10H11",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  gauge: "M3.5 14.5a7 7 0 1113 0M10 12.5l3-4.5",
  theme: "M10 3.5a6.5 6.5 0 100 13zM10 3.5a6.5 6.5 0 010 13",
  eye: "M2.5 10s3-5 7.5-5 7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8.2a1.8 1.8 0 100 3.6 1.8 1.8 0 000-3.6z",
  chevron: "M7.5 5l5 5-5 5",
  down: "M10 4v12M5 11l5 5 5-5",
  reply: "M8 5L3.5 9.5 8 14M3.5 9.5H12a4.5 4.5 0 014.5 4.5v1.5",
  file: "M5.5 3h6l3.5 3.5V17h-9.5zM11.5 3v3.5H15",
  pending: "M10 4a6 6 0 100 12 6 6 0 000-12z",
  in_progress: "M10 4a6 6 0 016 6",
  complete: "M4.5 10.5l3.5 3.5 7.5-8",
  error: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  info: "M10 3.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM10 9.3v4M10 6.7h.01",
  warning: "M10 3.5l7.2 12.7H2.8zM10 8.3v3.6M10 14h.01",
  success: "M10 3.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM7 10.2l2.2 2.2L13.2 8",
};

/** Creates an element; `null`, `undefined` and `false` children and attributes are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "testid") node.dataset.testid = value;
    else if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function svg(viewBox, className, ...shapes) {
  const node = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox, class: className, "aria-hidden": "true" })) node.setAttribute(key, value);
  node.append(...shapes);
  return node;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** A line icon; decorative, so hidden from screen readers. */
export const icon = (name) => svg("0 0 20 20", `icon icon-${name}`, shape("path", { d: ICONS[name] ?? ICONS.info }));

/** A small picture of coloured layers (see emoji_art.js). */
export const layered = (layers) => svg("0 0 20 20", "art", ...layers.map(([color, d]) => (color.startsWith("line:")
  ? shape("path", { d, fill: "none", stroke: color.slice(5), "stroke-width": "2.2", "stroke-linecap": "round", "stroke-linejoin": "round" })
  : shape("path", { d, fill: color }))));

/** A line through the given numbers, scaled to its own box. */
export function sparkline(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const flat = values.every((value) => value === values[0]);
  const points = values.map((value, i) => {
    const x = (i / Math.max(values.length - 1, 1)) * 60;
    return `${x.toFixed(1)},${(flat ? 8 : 15 - ((value - low) / span) * 14).toFixed(1)}`;
  });
  return svg("0 0 60 16", "sparkline", shape("polyline", { points: points.join(" ") }));
}

/** The text of a string or of a Slack text object. */
export const plainText = (value) => (typeof value === "string" ? value : (value?.text ?? ""));

const rows = new WeakMap();

/**
 * Makes `container` hold exactly `items` ({key, sig, make}) in order, rebuilding only those whose `sig` changed,
 * so that a live region announces news only and the reader keeps focus and scroll position.
 */
export function reconcile(container, items) {
  const before = rows.get(container) ?? new Map();
  const after = new Map();
  let cursor = container.firstChild;
  for (const { key, sig, make } of items) {
    let row = before.get(key);
    if (row === undefined) row = { sig, node: make() };
    else if (row.sig !== sig) {
      const node = make();
      if (row.node === cursor) cursor = node;
      swap(row.node, node);
      row = { sig, node };
    }
    after.set(key, row);
    if (row.node === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(row.node, cursor);
  }
  for (const [key, row] of before) if (!after.has(key)) row.node.remove();
  rows.set(container, after);
}

function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (focused === null) return;
  const key = focused.dataset.focus;
  const same = fresh.dataset.focus === key ? fresh : fresh.querySelector(`[data-focus="${CSS.escape(key ?? "")}"]`);
  (same ?? fresh).focus({ preventScroll: true });
}
