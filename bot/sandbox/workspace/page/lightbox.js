// An image over the whole page, as Slack shows it after a click.

import { openDialog } from "./dialogs.js";
import { el, icon } from "./dom.js";

/** Shows an image as large as the page allows. */
export function enlarge({ src, alt, title }) {
  const quit = () => close();
  const heading = el("h2", { class: "dialog-title", id: "lightbox-title" }, title);
  const dialog = el("dialog", { class: "dialog lightbox", testid: "lightbox", "aria-modal": "true", "aria-labelledby": heading.id },
    el("div", { class: "dialog-head" }, heading,
      el("a", { class: "btn-plain", href: src, download: "", "aria-label": "Download" }, icon("down")),
      el("button", { type: "button", class: "btn-plain", "aria-label": "Close", autofocus: true, on: { click: quit } }, icon("close"))),
    el("div", { class: "lightbox-stage" }, el("img", { src, alt })));
  const close = openDialog(dialog, quit);
}
