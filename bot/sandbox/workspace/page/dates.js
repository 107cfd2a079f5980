// Shows instants in the reader's own time zone, in the wording Slack uses for its date tokens.

const part = (date, options) => new Intl.DateTimeFormat("en-US", options).format(date);
const clock = (date, options = {}) =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options }).format(date);

/** The instant of a Slack timestamp ("1763.000100", seconds). */
export const instant = (ts) => new Date(Number.parseFloat(ts) * 1000);

export const timeOfDay = (ts) => clock(instant(ts));

export const fullTime = (ts) => `${longDate(instant(ts))} at ${clock(instant(ts), { second: "2-digit" })}`;

function ordinal(day) {
  const tail = { 1: "st", 2: "nd", 3: "rd" }[day % 10];
  return `${day}${tail !== undefined && Math.floor(day / 10) !== 1 ? tail : "th"}`;
}

const monthDay = (date) => `${part(date, { month: "long" })} ${ordinal(date.getDate())}`;
const longDate = (date) => `${part(date, { weekday: "long" })}, ${monthDay(date)}, ${date.getFullYear()}`;
const shortDate = (date) => part(date, { month: "short", day: "numeric", year: "numeric" });

function relative(date) {
  const midnight = (value) => new Date(value.getFullYear(), value.getMonth(), value.getDate());
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([n]) => Math.abs(seconds) >= n || n === 1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** The heading between two days of a channel: Today, Yesterday or the date. */
export function dayName(ts) {
  const word = relative(instant(ts));
  if (word === "today" || word === "yesterday") return word[0].toUpperCase() + word.slice(1);
  return `${part(instant(ts), { weekday: "long" })}, ${monthDay(instant(ts))}`;
}

/** "today at 09:15", "Nov 23, 2026 at 09:15". */
export const momentName = (ts) => `${relative(instant(ts)) ?? shortDate(instant(ts))} at ${timeOfDay(ts)}`;

const TOKENS = {
  date_num: (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`,
  date_slash: (d) => part(d, { dateStyle: "short" }),
  date: (d) => `${monthDay(d)}, ${d.getFullYear()}`,
  date_short: shortDate,
  date_long: longDate,
  date_long_full: longDate,
  date_pretty: (d) => relative(d) ?? TOKENS.date(d),
  date_short_pretty: (d) => relative(d) ?? shortDate(d),
  date_long_pretty: (d) => relative(d) ?? longDate(d),
  day_divider_pretty: (d) => relative(d) ?? longDate(d),
  time: (d) => clock(d),
  time_secs: (d) => clock(d, { second: "2-digit" }),
  ago,
};

/** Fills a Slack date format ("{date_short} {time}"); null when it holds an unknown token. */
export function formatDate(unix, format) {
  const date = new Date(Number(unix) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const names = [...format.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (names.length === 0 || !names.every((name) => Object.hasOwn(TOKENS, name))) return null;
  return format.replace(/\{(\w+)\}/g, (_, name) => TOKENS[name](date));
}
