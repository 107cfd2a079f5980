// The shortcodes a burn-in channel uses; any other shortcode is shown as it was written, as Slack does.

import { el, layered } from "./dom.js";
import { ART } from "./emoji_art.js";

const EMOJI = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", wave: "👋", eyes: "👀", tada: "🎉", clap: "👏",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎",
  warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", rotating_light: "🚨", bangbang: "‼️",
  exclamation: "❗", question: "❓", grey_question: "❔", information_source: "ℹ️", bulb: "💡", fire: "🔥", zap: "⚡", boom: "💥",
  large_green_circle: "🟢", green_circle: "🟢", red_circle: "🔴", large_red_circle: "🔴", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", large_blue_circle: "🔵", large_purple_circle: "🟣", white_circle: "⚪", black_circle: "⚫",
  large_green_square: "🟩", large_red_square: "🟥", large_yellow_square: "🟨", large_orange_square: "🟧",
  white_large_square: "⬜", black_large_square: "⬛", white_square_button: "🔳", radio_button: "🔘", small_blue_diamond: "🔹",
  rocket: "🚀", hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", stopwatch: "⏱️", timer_clock: "⏲️",
  clock1: "🕐", clock3: "🕒", clock9: "🕘", watch: "⌚", calendar: "📆", date: "📅", spiral_calendar_pad: "🗓️",
  bell: "🔔", no_bell: "🔕", loudspeaker: "📢", mega: "📣", mag: "🔍", mag_right: "🔎", lock: "🔒", unlock: "🔓", key: "🔑",
  closed_lock_with_key: "🔐", lock_with_ink_pen: "🔏", bookmark_tabs: "📑", shield: "🛡️", memo: "📝", pencil: "📝", clipboard: "📋", page_facing_up: "📄", scroll: "📜",
  ledger: "📒", books: "📚", bookmark: "🔖", label: "🏷️", link: "🔗", paperclip: "📎", file_folder: "📁", card_index_dividers: "🗂️",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", heartbeat: "💓", satellite: "📡", satellite_antenna: "📡",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄", repeat: "🔁",
  arrow_forward: "▶️", black_right_pointing_triangle: "▶️", double_vertical_bar: "⏸️", pause_button: "⏸️", stop_button: "⏹️",
  black_square_for_stop: "⏹️", fast_forward: "⏩", leftwards_arrow_with_hook: "↩️", trophy: "🏆", medal: "🏅", first_place_medal: "🥇",
  checkered_flag: "🏁", triangular_flag_on_post: "🚩", white_flag: "🏳️", star: "⭐", star2: "🌟", sparkles: "✨", hammer_and_wrench: "🛠️",
  wrench: "🔧", gear: "⚙️", test_tube: "🧪", microscope: "🔬", robot_face: "🤖", traffic_light: "🚦", vertical_traffic_light: "🚦",
  construction: "🚧", broom: "🧹", wastebasket: "🗑️", writing_hand: "✍️", hand: "✋", raised_hand: "✋", frame_with_picture: "🖼️", incoming_envelope: "📨",
  package: "📦", inbox_tray: "📥", outbox_tray: "📤", email: "✉️", speech_balloon: "💬",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", bird: "🐦", hatching_chick: "🐣", crown: "👑", moneybag: "💰", scales: "⚖️",
  sunrise: "🌅", sunny: "☀️", night_with_stars: "🌃", crescent_moon: "🌙", zzz: "💤", one: "1️⃣", two: "2️⃣", three: "3️⃣", 100: "💯",
};

const NAMES = new Map(Object.entries(EMOJI).map(([name, glyph]) => [glyph.replace("\uFE0F", ""), name]).reverse());
const DRAWN = new RegExp(`(${[...NAMES].filter(([, name]) => Object.hasOwn(ART, name)).map(([glyph]) => glyph).join("|")})\uFE0F?`, "u");

const own = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

/** The drawing of a shortcode, else its character, else the shortcode itself. */
export function emojiNode(name, unicode) {
  const drawing = own(ART, name);
  const glyph = unicode ? String.fromCodePoint(...unicode.split("-").map((code) => Number.parseInt(code, 16))) : own(EMOJI, name);
  if (drawing === undefined && glyph === undefined) return document.createTextNode(`:${name}:`);
  const props = { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` };
  return el("span", props, drawing ? layered(drawing) : glyph);
}

/** Text whose emoji characters are drawn too, as nodes. */
export function withEmoji(text) {
  const nodes = text.split(DRAWN).map((part, i) => (i % 2 === 1 ? emojiNode(NAMES.get(part)) : part));
  return nodes.filter((node) => node !== "");
}
