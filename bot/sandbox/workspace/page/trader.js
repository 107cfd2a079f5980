// The right column: the paper trader's gauges as they are now, and the buttons that make it go wrong.

import { el, icon, sparkline } from "./dom.js";

const WORDS = new Map([[true, "on target"], [false, "off target"], [null, "no verdict"]]);

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 3 }) : String(value);
}

function gauge(reading, trend) {
  const state = reading.ok === true ? "ok" : reading.ok === false ? "bad" : "none";
  return el("li", { class: `gauge gauge-${state}` },
    el("span", { class: "gauge-state" }, icon({ ok: "complete", bad: "error", none: "pending" }[state]), el("span", { class: "sr-only" }, WORDS.get(reading.ok ?? null))),
    el("span", { class: "gauge-name" }, reading.name),
    trend?.length > 1 ? sparkline(trend) : null,
    el("span", { class: "gauge-value" }, shown(reading.value)),
    el("span", { class: "gauge-target" }, state === "bad" ? "off target · " : "", reading.target ? `target ${shown(reading.target)}` : ""));
}

/** The rows of the gauge list. */
export const gaugeRows = (store) => (store.gauges?.readings ?? []).map((reading) => {
  const trend = store.trends.get(reading.name);
  return { key: reading.name, sig: JSON.stringify([reading, trend]), make: () => gauge(reading, trend) };
});

const clock = (value) => (/T(\d\d:\d\d(?::\d\d)?)/.exec(value ?? "")?.[1] ?? value ?? "").replace(/^(\d\d:\d\d):00$/, "$1");

/** One line about the trader's session. */
export function sessionNodes(gauges) {
  const session = gauges?.session;
  if (!gauges) return ["The trader has not reported yet."];
  if (!session) return [el("strong", {}, gauges.trader), el("span", {}, "no session")];
  return [el("strong", {}, gauges.trader), el("span", { class: "session-state" }, session.state.replaceAll("_", " ")),
    el("span", { class: "session-span" }, `${session.date} · ${clock(session.open)}–${clock(session.close)}`)];
}

function faultButton(fault, toggle) {
  const does = `does-${fault.name}`;
  return el("button", {
    type: "button", class: "fault", testid: `fault-${fault.name}`, "aria-pressed": String(Boolean(fault.active)), "aria-label": fault.label, "aria-describedby": does,
    data: { focus: `fault/${fault.name}` }, on: { click: () => toggle(fault) },
  },
    el("span", { class: "fault-text" }, el("span", { class: "fault-label" }, fault.label), el("span", { class: "fault-does", id: does }, fault.does ?? "")),
    el("span", { class: "switch", "aria-hidden": "true" }));
}

/** The rows of the fault buttons, each group under its heading; a pressed one is active. */
export const faultRows = (store, toggle) => store.faults.flatMap((fault, i) => {
  const button = { key: fault.name, sig: JSON.stringify(fault), make: () => faultButton(fault, toggle) };
  if (!fault.group || fault.group === store.faults[i - 1]?.group) return [button];
  return [{ key: `group:${fault.group}`, sig: fault.group, make: () => el("h4", { class: "fault-group" }, fault.group) }, button];
});
