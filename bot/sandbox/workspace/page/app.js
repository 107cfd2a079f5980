// Puts the page together: the person's connection, what is open, and one `render` that brings every part in line.

import { Composer } from "./composer.js";
import { el, icon, reconcile } from "./dom.js";
import { renderHome, startHome } from "./home.js";
import { Log, messageRows } from "./messages.js";
import { Modals } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { Connection, post } from "./server.js";
import { appRows, channelRows, personRows } from "./sidebar.js";
import { isReply, Store } from "./store.js";
import { startTheme } from "./theme.js";
import { faultRows, gaugeRows, sessionNodes } from "./trader.js";

const TOAST_MS = 6000;
const PERMALINK = /^\/archives\/(\w+)\/p(\d{7,})$/;
const find = (id) => document.getElementById(id);
// Where channel, thread and trader do not fit side by side, the trader gives way while a thread is open.
const CROWDED = matchMedia("(max-width: 1250px)");
const DRAWN_OVER = matchMedia("(max-width: 1099px)"); // the trader lies over the channel
const PHONE = matchMedia("(max-width: 700px)"); // so do the sidebar and a thread
const TOUCH = matchMedia("(pointer: coarse)"); // where a focused box would raise the keyboard
const ui = { place: null, thread: null, drawer: null, trader: matchMedia("(min-width: 1100px)").matches, traderBack: false, unread: new Map() };
const store = new Store(soon);
const FIRST = "U0OPERATOR";
const chosen = () => new URLSearchParams(location.search).get("user") ?? FIRST;
let user = chosen();
let connection = null;
let due = false;

function soon() {
  if (due) return;
  due = true;
  queueMicrotask(() => { due = false; render(); });
}

function toast(text, kind = "info") {
  const node = el("div", { class: `toast toast-${kind}` }, icon(kind === "error" ? "warning" : "info"), el("span", {}, text));
  // What is outside an open dialog is neither seen nor read out.
  (document.querySelector("dialog[open]") ?? document.body).append(find("toasts"));
  find("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

/** Posts and says in a toast what went wrong; null when it did. */
async function tell(path, body) {
  try {
    return await post(path, { user, ...body });
  } catch (error) {
    toast(error.message, "error");
    return null;
  }
}

const click = (detail) => tell("/page/click", detail);
const ctx = { store, click, openThread };
const modals = new Modals({
  store, click,
  submit: async (view, values) => (await tell("/page/view/submit", { view_id: view.id, values })) ?? {},
  close: (view) => {
    store.apply({ type: "view_closed", view });
    tell("/page/view/close", { view_id: view.id });
  },
});

const channel = () => (ui.place === "home" ? store.channels[0]?.id : ui.place);
const composing = (thread) => ({
  user: () => user,
  commands: () => store.commands,
  send: (text) => { (thread ? threadLog : channelLog).toEnd(); return tell("/page/command", { channel: channel(), text, ...(thread ? { thread_ts: ui.thread } : {}) }); },
});
const composer = new Composer({ testid: "composer", sendId: "send", label: "Message", ...composing(false) });
const threadComposer = new Composer({ testid: "thread-composer", sendId: "thread-send", label: "Reply…", ...composing(true) });
const channelLog = new Log(find("log"), find("log-scroll"), find("jump"));
const threadLog = new Log(find("thread-log"), find("thread-scroll"), null);

function open(place) {
  ui.place = place;
  ui.thread = null;
  ui.drawer = null;
  ui.unread.delete(place);
  channelLog.pinned = true;
  render();
  if (place === "home") tell("/page/home", {});
  else write(composer);
}

/** Puts the cursor into a box; on a phone the reader does so. */
function write({ box }) {
  if (!TOUCH.matches) box.focus();
}

function openThread(ts) {
  if (ui.thread === null && ui.trader && CROWDED.matches) {
    ui.trader = false;
    ui.traderBack = true;
  }
  ui.thread = ts;
  threadLog.pinned = true;
  render();
  if (TOUCH.matches) find("thread-close").focus();
  else threadComposer.box.focus();
}

function closeThread() {
  const root = ui.thread;
  ui.thread = null;
  ui.trader ||= ui.traderBack;
  ui.traderBack = false;
  render();
  (document.querySelector(`[data-focus="thread/${CSS.escape(root)}"]`) ?? composer.box).focus();
}

function renderChannel() {
  const here = store.channels.find((one) => one.id === channel());
  if (!here) return;
  find("channel-name").replaceChildren(icon(here.is_private ? "lock" : "hash"), here.name);
  find("channel-topic").textContent = here.topic ?? "";
  composer.label(`Message #${here.name}`);
  const rows = messageRows(store.inChannel(here.id), "channel", ctx, store.threads(here.id));
  find("empty").hidden = rows.length > 0;
  channelLog.show(rows);
}

function renderThread() {
  const root = ui.thread && store.message(channel(), ui.thread);
  if (!root) ui.thread = null;
  find("thread").hidden = !root;
  document.body.classList.toggle("thread-open", Boolean(root));
  if (!root) return;
  const replies = store.inThread(channel(), root.ts);
  const count = replies.filter((reply) => !reply.ephemeral).length;
  find("thread-where").textContent = `#${store.channels.find((one) => one.id === channel())?.name ?? ""}`;
  reconcile(find("thread-root"), messageRows([root], "root", ctx));
  find("thread-total").textContent = count === 1 ? "1 reply" : `${count} replies`;
  threadLog.show(messageRows(replies, "thread", ctx));
}

function renderTrader() {
  find("session").replaceChildren(...sessionNodes(store.gauges));
  reconcile(find("gauges"), gaugeRows(store));
  reconcile(find("faults"), faultRows(store, toggleFault));
  find("trader").hidden = !ui.trader;
  find("trader-toggle").setAttribute("aria-expanded", String(ui.trader));
}

function renderFrame() {
  find("workspace").textContent = store.team?.name ?? "burnin";
  document.title = `${ui.place === "home" ? "burnin" : `#${store.channels.find((one) => one.id === ui.place)?.name ?? ""}`} · ${store.team?.name ?? "sandbox"}`;
  reconcile(find("people"), personRows(store, become));
  reconcile(find("channels"), channelRows(store, ui, open));
  reconcile(find("apps"), appRows(store, ui, open));
  find("channel").hidden = ui.place === "home";
  find("home").hidden = ui.place !== "home";
  document.body.classList.toggle("sidebar-open", ui.drawer === "sidebar");
  find("menu").setAttribute("aria-expanded", String(ui.drawer === "sidebar"));
  document.body.classList.toggle("trader-open", ui.trader);
}

/** What lies under a panel that covers it can neither be clicked nor reached by Tab. */
function renderCovered() {
  const drawer = PHONE.matches && ui.drawer;
  const over = (DRAWN_OVER.matches && ui.trader && "trader") || drawer || (PHONE.matches && ui.thread && "thread") || null;
  for (const id of ["sidebar", "main", "thread", "trader"]) find(id).inert = over !== null && id !== over;
}

function render() {
  if (store.me === null) return;
  if (ui.place !== "home" && !store.channels.some((one) => one.id === ui.place)) ui.place = store.channels[0]?.id ?? "home";
  renderFrame();
  renderChannel();
  renderThread();
  if (ui.place === "home") renderHome(store, click);
  renderTrader();
  renderCovered();
  modals.update(store.views);
}

const toggleFault = (fault) => tell("/page/fault", { name: fault.name, active: !fault.active });

function take(frame) {
  if (frame.type === "toast") { toast(frame.text); return; }
  const { message } = frame;
  if (frame.type === "message" && message.channel !== ui.place && (!isReply(message) || message.reply_broadcast))
    ui.unread.set(message.channel, (ui.unread.get(message.channel) ?? 0) + 1);
  if (["message", "ephemeral"].includes(frame.type) && message.channel === ui.place && message.user !== user) announce(message);
  store.apply(frame);
}

/** Reads a new message out by its text alone, as a notification does; edits keep silent. */
function announce(message) {
  const text = el("p", {}, mrkdwn(message.text ?? "", store)).textContent;
  find("announcer").textContent = `${store.author(message).name}${message.ephemeral ? ", only to you" : ""}: ${text}`;
}

function arrive(state) {
  const first = store.me === null;
  store.load(state);
  const [, place, ts] = PERMALINK.exec(location.pathname) ?? [];
  if (first && place) queueMicrotask(() => goTo(place, ts));
}

/** Shows the message a permalink names: in its thread when it has one, and with the focus on it. */
function goTo(place, digits) {
  const ts = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  const message = store.message(place, ts);
  if (!message) { toast("That message is no longer there.", "error"); return; }
  if (ui.place !== place) open(place);
  if (isReply(message)) openThread(message.thread_ts);
  const node = document.querySelector(`${isReply(message) ? "#thread" : "#channel"} [data-ts="${CSS.escape(ts)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.focus({ preventScroll: true });
}

function followPermalink(event) {
  const href = event.target.closest?.("a[href]")?.href;
  const { pathname, port } = new URL(href ?? "", location.href);
  const found = href && port === location.port && PERMALINK.exec(pathname);
  if (!found) return;
  event.preventDefault();
  goTo(found[1], found[2]);
}

function connect() {
  connection?.close();
  connection = new Connection(user, {
    onState: arrive,
    onFrame: take,
    onLink: (up) => {
      find("offline").hidden = up;
      if (!up && store.me === null && user !== FIRST) become(FIRST);
    },
  });
}

/** Changes who one is; the choice stays in the address. */
function become(id, remember = true) {
  if (id === user && connection !== null && remember) return;
  user = id;
  if (remember) history.pushState(null, "", `?user=${encodeURIComponent(id)}`);
  store.views = [];
  modals.update([]);
  ui.unread.clear();
  connect();
  if (ui.place === "home") tell("/page/home", {});
}

function setDrawer(drawer) {
  ui.drawer = drawer;
  render();
  if (drawer === "sidebar") find("channels").querySelector("button")?.focus();
}

function setTrader(shown) {
  const moved = find("trader").contains(document.activeElement);
  ui.trader = shown;
  ui.traderBack = false;
  render();
  if (moved && !shown) find("trader-toggle").focus();
}

function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (ui.drawer) { setDrawer(null); find("menu").focus(); }
  else if (ui.trader && (find("trader").contains(document.activeElement) || DRAWN_OVER.matches)) setTrader(false);
  else if (ui.thread) closeThread();
}

function listen() {
  find("menu").append(icon("menu"));
  find("theme").append(icon("theme"));
  find("trader-toggle").prepend(icon("gauge"));
  find("trader-close").append(icon("close"));
  find("thread-close").append(icon("close"));
  find("jump").prepend(icon("down"));
  find("composer-slot").append(composer.node);
  find("thread-composer-slot").append(threadComposer.node);
  find("menu").addEventListener("click", () => setDrawer(ui.drawer === "sidebar" ? null : "sidebar"));
  find("backdrop").addEventListener("click", () => { if (ui.drawer) setDrawer(null); else setTrader(false); });
  find("trader-toggle").addEventListener("click", () => setTrader(!ui.trader));
  find("trader-close").addEventListener("click", () => setTrader(false));
  find("thread-close").addEventListener("click", closeThread);
  document.addEventListener("keydown", escape);
  document.addEventListener("click", followPermalink);
  window.addEventListener("popstate", () => become(chosen(), false));
  for (const query of [DRAWN_OVER, PHONE]) query.addEventListener("change", render);
}

startTheme();
startHome();
listen();
connect();
write(composer);
