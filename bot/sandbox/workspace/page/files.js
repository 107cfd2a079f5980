// Draws the files of a message: an image to look at, any other as a row with its kind, its size and its download.

import { largeImage } from "./blocks.js";
import { el, icon } from "./dom.js";

const UNITS = [[1024 * 1024, "MB"], [1024, "KB"], [1, "bytes"]];

function sizeOf(bytes) {
  const [unit, name] = UNITS.find(([least]) => bytes >= least) ?? UNITS.at(-1);
  return `${(bytes / unit).toLocaleString("en-US", { maximumFractionDigits: unit === 1 ? 0 : 1 })} ${name}`;
}

function imageFile(file, ctx) {
  const title = file.title || file.name;
  return el("figure", { class: "image-block", testid: "file-image" }, el("figcaption", {}, title),
    largeImage({ image_url: file.url_private, alt_text: file.alt_txt || title }, ctx, title));
}

function fileRow(file) {
  const kind = [file.filetype?.toUpperCase(), file.size && sizeOf(file.size)].filter(Boolean).join(" · ");
  const title = file.title || file.name;
  return el("a", { class: "file-row", testid: "file-row", href: file.url_private, download: file.name, "aria-label": `Download ${title}, ${kind}` },
    el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-text" }, el("span", { class: "file-title" }, title), el("span", { class: "file-kind" }, kind)),
    icon("down"));
}

/** The files of a message as nodes. */
export const fileNodes = (files, ctx) => files.map((file) => (file.mimetype?.startsWith("image/") ? imageFile(file, ctx) : fileRow(file)));
