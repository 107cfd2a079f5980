// The shortcodes a burn-in channel uses; any other shortcode is shown as it was written, as Slack does.

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
  closed_lock_with_key: "🔐", shield: "🛡️", memo: "📝", pencil: "📝", clipboard: "📋", page_facing_up: "📄", scroll: "📜",
  ledger: "📒", books: "📚", bookmark: "🔖", label: "🏷️", link: "🔗", paperclip: "📎", file_folder: "📁", card_index_dividers: "🗂️",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", heartbeat: "💓", satellite: "📡", satellite_antenna: "📡",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄", repeat: "🔁",
  arrow_forward: "▶️", black_right_pointing_triangle: "▶️", double_vertical_bar: "⏸️", pause_button: "⏸️", stop_button: "⏹️",
  black_square_for_stop: "⏹️", fast_forward: "⏩", leftwards_arrow_with_hook: "↩️", trophy: "🏆", medal: "🏅", first_place_medal: "🥇",
  checkered_flag: "🏁", triangular_flag_on_post: "🚩", white_flag: "🏳️", star: "⭐", star2: "🌟", sparkles: "✨", hammer_and_wrench: "🛠️",
  wrench: "🔧", gear: "⚙️", test_tube: "🧪", microscope: "🔬", robot_face: "🤖", traffic_light: "🚦", vertical_traffic_light: "🚦",
  construction: "🚧", broom: "🧹", wastebasket: "🗑️", package: "📦", inbox_tray: "📥", outbox_tray: "📤", email: "✉️", speech_balloon: "💬",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", bird: "🐦", hatching_chick: "🐣", crown: "👑", moneybag: "💰", scales: "⚖️",
  sunrise: "🌅", sunny: "☀️", night_with_stars: "🌃", crescent_moon: "🌙", zzz: "💤", one: "1️⃣", two: "2️⃣", three: "3️⃣", 100: "💯",
};

/** The character of a shortcode, or undefined. */
export const emojiFor = (name) => (Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined);
