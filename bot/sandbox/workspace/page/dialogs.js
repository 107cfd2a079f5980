// The native dialog with the few things it lacks: Tab stays inside, and focus goes back to where it came from.

import { el, plainText } from "./dom.js";
import { textNodes } from "./mrkdwn.js";

const FOCUSABLE = "button:not([disabled]), input, select, textarea, a[href], [tabindex='0'], summary";

function keepInside(event, dialog) {
  if (event.key !== "Tab") return;
  const nodes = [...dialog.querySelectorAll(FOCUSABLE)].filter((node) => node.offsetParent !== null);
  const edge = event.shiftKey ? nodes[0] : nodes.at(-1);
  if (document.activeElement !== edge && dialog.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? nodes.at(-1) : nodes[0])?.focus();
}

/** Opens `dialog` over the page; returns how to close it, which gives focus back to `fallback` when the opener is gone. */
export function openDialog(dialog, onCancel) {
  const opener = document.activeElement;
  const message = opener?.closest("[data-ts]")?.dataset.ts;
  dialog.addEventListener("keydown", (event) => keepInside(event, dialog));
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); onCancel(); });
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) onCancel(); });
  document.body.append(dialog);
  dialog.showModal();
  return () => {
    const toasts = dialog.querySelector(".toasts");
    if (toasts) document.body.append(toasts);
    dialog.close();
    dialog.remove();
    const back = opener?.isConnected && opener !== document.body ? opener : sameAction(opener, message);
    (back ?? document.querySelector("[data-testid=composer]"))?.focus();
  };
}

// An edited message is a new node: its button is found again by the action it stands for, else the message itself.
function sameAction(opener, message) {
  const home = message ? document.querySelector(`[data-ts="${CSS.escape(message)}"]`) : null;
  const key = opener?.dataset?.focus;
  return (key && (home ?? document).querySelector(`[data-focus="${CSS.escape(key)}"]`)) || home;
}

/** Asks the question of a Slack confirm object; resolves to true or false. */
export function confirmed(question, store) {
  return new Promise((resolve) => {
    const end = (answer) => { close(); resolve(answer); };
    const ok = el("button", { type: "button", class: question.style === "danger" ? "btn btn-danger" : "btn btn-primary", testid: "confirm-ok", on: { click: () => end(true) } }, plainText(question.confirm) || "Yes");
    const cancel = el("button", { type: "button", class: "btn", testid: "confirm-cancel", autofocus: true, on: { click: () => end(false) } }, plainText(question.deny) || "Cancel");
    const dialog = el("dialog", { class: "dialog confirm", testid: "confirm-dialog", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      el("h2", { class: "dialog-title", id: "confirm-title" }, plainText(question.title) || "Are you sure?"),
      el("div", { class: "dialog-body mrkdwn", id: "confirm-text" }, textNodes(question.text, store)),
      el("div", { class: "dialog-foot" }, cancel, ok));
    const close = openDialog(dialog, () => end(false));
  });
}
