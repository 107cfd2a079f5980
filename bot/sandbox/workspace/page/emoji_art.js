// Drawings of the emoji a burn-in channel leans on, because a bare machine has no emoji font. Layers of [colour, path] on a 20 × 20 grid;
// a path is filled, or drawn as a line when its colour starts with "line:".

const circle = (color) => [[color, "M10 2a8 8 0 100 16 8 8 0 000-16z"]];
const square = (color) => [[color, "M4 2.5h12A1.5 1.5 0 0117.5 4v12a1.5 1.5 0 01-1.5 1.5H4A1.5 1.5 0 012.5 16V4A1.5 1.5 0 014 2.5z"]];
const HOURGLASS = [["#c98a1b", "M4 2h12v2H4zM4 16h12v2H4z"], ["#9fd3f0", "M5.5 4h9c0 3-1.8 4.6-3.4 6 1.6 1.4 3.4 3 3.4 6h-9c0-3 1.8-4.6 3.4-6-1.6-1.4-3.4-3-3.4-6z"]];
const SHACKLE = "line:#8b8f98";
const PAD = ["#e2a522", "M5 9h10a1 1 0 011 1v7a1 1 0 01-1 1H5a1 1 0 01-1-1v-7a1 1 0 011-1z"];
const SHEET = ["#e9edf2", "M4 2h12v16H4z"];
const CHART = ["#e9edf2", "M2 3.5A1.5 1.5 0 013.5 2h13A1.5 1.5 0 0118 3.5v13a1.5 1.5 0 01-1.5 1.5h-13A1.5 1.5 0 012 16.5z"];
const PRESS = "#3f7fd0";

/** Layers by shortcode. */
export const ART = {
  large_green_circle: circle("#2ba84a"), green_circle: circle("#2ba84a"), red_circle: circle("#dd3b47"), large_red_circle: circle("#dd3b47"),
  large_yellow_circle: circle("#f2bf26"), large_orange_circle: circle("#f08a24"), large_blue_circle: circle("#3f87dd"),
  large_purple_circle: circle("#9a5fc9"), white_circle: circle("#d7dade"), black_circle: circle("#4a4d55"),
  large_green_square: square("#2ba84a"), large_red_square: square("#dd3b47"), large_yellow_square: square("#f2bf26"),
  large_orange_square: square("#f08a24"), white_large_square: square("#d7dade"), black_large_square: square("#4a4d55"),
  white_check_mark: [...square("#2ba84a"), ["line:#fff", "M5.8 10.4l2.9 2.9 5.6-6.2"]],
  heavy_check_mark: [["line:#2ba84a", "M3.5 10.5l4.3 4.3 8.7-9.6"]],
  ballot_box_with_check: [...square(PRESS), ["line:#fff", "M5.8 10.4l2.9 2.9 5.6-6.2"]],
  x: [["line:#dd3b47", "M4 4l12 12M16 4L4 16"]],
  warning: [["#f2bf26", "M10 1.8a1.4 1.4 0 011.2.7l7.2 13.2A1.4 1.4 0 0117.2 17.8H2.8a1.4 1.4 0 01-1.2-2.1L8.8 2.5A1.4 1.4 0 0110 1.8z"], ["line:#3a2f0b", "M10 7v4.6M10 14.6h.01"]],
  no_entry: [...circle("#dd3b47"), ["#fff", "M5 8.6h10v2.8H5z"]],
  no_entry_sign: [["line:#dd3b47", "M10 3a7 7 0 100 14 7 7 0 000-14zM5.2 5.2l9.6 9.6"]],
  octagonal_sign: [["#dd3b47", "M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7z"], ["#fff", "M5.5 9h9v2h-9z"]],
  rotating_light: [["#dd3b47", "M5 15V9.5a5 5 0 0110 0V15z"], ["#8b8f98", "M3.5 15h13v3h-13z"], ["line:#f2bf26", "M10 1.5v1M2.5 5l1 .8M17.5 5l-1 .8"]],
  information_source: [...square(PRESS), ["line:#fff", "M10 9.3v5M10 6h.01"]],
  bulb: [["#f2bf26", "M10 1.5a6 6 0 013.5 10.9c-.6.5-1 1.1-1 1.8v.3h-5v-.3c0-.7-.4-1.3-1-1.8A6 6 0 0110 1.5z"], ["#8b8f98", "M7.5 15.5h5v2a1 1 0 01-1 1h-3a1 1 0 01-1-1z"]],
  rocket: [["#f08a24", "M5.5 12.5l2 2-4.5 2.5z"], ["#dd3b47", "M6.2 8.2L3 9.5l-.5 2.7 3.5-.7zM11.8 13.8L10.5 17l-2.7.5.7-3.5z"], ["#b9c2cf", "M18 2c-5 0-9 3-12 8.5L9.5 14C15 11 18 7 18 2z"], [PRESS, "M13.2 5.2a1.7 1.7 0 100 3.4 1.7 1.7 0 000-3.4z"]],
  hourglass: [...HOURGLASS, ["#e2b04a", "M6.3 16c.3-2 1.9-3.3 3.7-4.5 1.8 1.2 3.4 2.5 3.7 4.5z"]],
  hourglass_flowing_sand: [...HOURGLASS, ["#e2b04a", "M7 6h6c-.4 1.4-1.6 2.5-3 3.7C8.6 8.5 7.4 7.4 7 6zM8 16c.4-1 1.1-1.6 2-2.3.9.7 1.6 1.3 2 2.3z"]],
  alarm_clock: [["line:#dd3b47", "M2.5 5l3-2.5M17.5 5l-3-2.5"], ["#dd3b47", "M10 3.5a7 7 0 100 14 7 7 0 000-14z"], ["#fff", "M10 5.5a5 5 0 100 10 5 5 0 000-10z"], ["line:#3a3d45", "M10 7.5v3l2 1.5"]],
  stopwatch: [["#8b8f98", "M8 1h4v3H8zM10 3.5a7.3 7.3 0 100 14.6 7.3 7.3 0 000-14.6z"], ["#fff", "M10 5.5a5.3 5.3 0 100 10.6 5.3 5.3 0 000-10.6z"], ["line:#dd3b47", "M10 10.8l2.5-2.5"]],
  bell: [["#e2a522", "M10 2a1.3 1.3 0 011.3 1.3A5 5 0 0115 8c0 4 1 5 2 6.5H3C4 13 5 12 5 8a5 5 0 013.7-4.7A1.3 1.3 0 0110 2zM8 15.5h4a2 2 0 01-4 0z"]],
  mag: [["line:#8b8f98", "M8.5 3a5.5 5.5 0 100 11 5.5 5.5 0 000-11z"], ["line:#b5702a", "M12.8 12.8l4.2 4.2"]],
  lock: [[SHACKLE, "M6.5 9V6.5a3.5 3.5 0 017 0V9"], PAD],
  lock_with_ink_pen: [[SHACKLE, "M6.5 9V6.5a3.5 3.5 0 017 0V9"], PAD, ["#24405c", "M17.6 8.2l1.4 1.4-7 7-2.2.8.8-2.2z"]],
  unlock: [[SHACKLE, "M6.5 9V5.5a3.5 3.5 0 016.8-1"], PAD],
  key: [["line:#e2a522", "M6.5 9.5a3.5 3.5 0 100 .1zM10 9.5h7.5M14.5 9.5v3M17 9.5v2"]],
  memo: [SHEET, ["line:#8b8f98", "M6.5 6h7M6.5 9h5"], ["#f2bf26", "M9 13.5l6.5-6.5 2 2L11 15.5l-2.6.6z"]],
  clipboard: [["#b5702a", "M3.5 3h13v15h-13z"], ["#f4f5f7", "M5 5h10v11.5H5z"], ["#8b8f98", "M7.5 1.5h5v3h-5z"], ["line:#a9aeb8", "M7 8.5h6M7 11h6M7 13.5h4"]],
  page_facing_up: [SHEET, ["line:#8b8f98", "M6.5 6h7M6.5 9h7M6.5 12h5"]],
  bookmark_tabs: [SHEET, ["line:#8b8f98", "M6 6h6M6 9h6M6 12h4"], ["#dd3b47", "M14 4h4.5v3H14z"], ["#3f87dd", "M14 8.5h4.5v3H14z"], ["#2ba84a", "M14 13h4.5v3H14z"]],
  calendar: [["#e9edf2", "M2.5 4h15v14h-15z"], ["#dd3b47", "M2.5 3h15v4.5h-15z"], ["line:#8b8f98", "M6 11h1M10 11h1M14 11h.5M6 14.5h1M10 14.5h1"]],
  chart_with_upwards_trend: [CHART, ["line:#2ba84a", "M4.5 14l3.5-3.5 2.5 2L15.5 6"]],
  chart_with_downwards_trend: [CHART, ["line:#dd3b47", "M4.5 6L8 9.5l2.5-2 5 6.5"]],
  bar_chart: [CHART, ["#2ba84a", "M5 10h2.5v6H5z"], ["#dd3b47", "M8.8 5h2.5v11H8.8z"], [PRESS, "M12.6 8h2.5v8h-2.5z"]],
  arrow_right: [...square(PRESS), ["line:#fff", "M5 10h9.5M10.8 6.3l3.7 3.7-3.7 3.7"]],
  arrow_forward: [...square(PRESS), ["#fff", "M7 5.5l8 4.5-8 4.5z"]],
  arrows_counterclockwise: [...square(PRESS), ["line:#fff", "M14.5 8.5a4.7 4.7 0 00-8.5-1M5.5 5.5v2.5H8M5.5 11.5a4.7 4.7 0 008.5 1M14.5 14.5V12H12"]],
  checkered_flag: [["#8b8f98", "M3 2h1.5v16H3z"], ["#e9edf2", "M4.5 3H17v9H4.5z"], ["#3a3d45", "M4.5 3h3v3h-3zM10.6 3h3.2v3h-3.2zM7.5 6h3.1v3H7.5zM13.8 6H17v3h-3.2zM4.5 9h3v3h-3zM10.6 9h3.2v3h-3.2z"]],
  trophy: [["#e2a522", "M5.5 2h9v5.5a4.5 4.5 0 01-9 0zM9 11.5h2V15H9zM6 15.5h8V18H6z"], ["line:#e2a522", "M5.5 4H3c0 3 1 4.5 3 5M14.5 4H17c0 3-1 4.5-3 5"]],
  tada: [["#e2a522", "M3 17.5L7 7l6 6z"], ["line:#dd3b47", "M10.5 6.5c1-1 1-2.5.5-4"], ["line:#3f87dd", "M13.5 9.5c1-1 2.5-1 4-.5"], ["line:#2ba84a", "M13 6.5L16 3.5"]],
  test_tube: [["#b9d9ee", "M7 2h6v12.5a3 3 0 01-6 0z"], ["#2ba84a", "M7 9h6v5.5a3 3 0 01-6 0z"], ["#8b8f98", "M6 1.5h8V3H6z"]],
  robot_face: [["#9fb3c8", "M3 6h14v11H3z"], ["line:#9fb3c8", "M10 6V3"], ["#dd3b47", "M10 1.5a1.2 1.2 0 100 2.4 1.2 1.2 0 000-2.4z"], ["#24405c", "M5.8 9h2.8v2.6H5.8zM11.4 9h2.8v2.6h-2.8zM6.5 13.5h7V15h-7z"]],
  writing_hand: [["#e2a522", "M12.8 2.6l4.6 4.6L7 17.6 2 18l.4-5z"], ["#8b5a2b", "M12.8 2.6l4.6 4.6-1.7 1.7-4.6-4.6z"], ["line:#8b8f98", "M11 18h7"]],
  hand: [["#f2bf26", "M6 9.6V4.7a1.2 1.2 0 012.4 0v3.8h.4V3a1.2 1.2 0 012.4 0v5.5h.4V4a1.2 1.2 0 012.4 0v6h.4V6.6a1.1 1.1 0 012.2 0V12c0 3.6-2.4 6.2-5.8 6.2-2.6 0-4-1.2-5.2-3.4L3 11.5c-.7-1.3.9-2.4 1.9-1.3z"]],
  frame_with_picture: [["#c98a1b", "M1.5 3.5h17v13h-17z"], ["#9fd3f0", "M3.5 5.5h13v9h-13z"], ["#2b7d54", "M3.5 14.5l4-5 3 3.5 2-2 4 3.5z"]],
  incoming_envelope: [["#e9edf2", "M5.5 4.5h13v11h-13z"], ["line:#3f7fd0", "M6 5.5l6 5 6-5M1.5 8h2M1.5 11.5h2"]],
  paperclip: [["line:#8b8f98", "M13.5 6.5l-6 6a2 2 0 002.8 2.8l6-6a3.6 3.6 0 00-5.1-5.1l-6 6a5.2 5.2 0 007.4 7.4l4.4-4.4"]],
  leftwards_arrow_with_hook: [["line:#3f7fd0", "M7 5L3 9l4 4M3 9h9a4 4 0 010 8h-2"]],
};
