// What the page knows: the server's state, brought up to date frame by frame. Values are replaced, never changed in place.

const TREND = 48;

const byTs = (a, b) => Number(a.ts) - Number(b.ts);

function indexed(lists, marks = {}) {
  const byTime = (list) => new Map(list.map((message) => [message.ts, { ...message, ...marks }]));
  return new Map(Object.entries(lists ?? {}).map(([channel, list]) => [channel, byTime(list)]));
}

/** The state of one person's page; `changed` is called after every change. */
export class Store {
  constructor(changed) {
    this.changed = changed;
    this.users = new Map();
    this.trends = new Map();
    this.channels = [];
    this.commands = [];
    this.clear();
  }

  clear() {
    this.me = null;
    this.messages = new Map();
    this.ephemerals = new Map();
    this.views = [];
    this.faults = [];
    this.home = null;
    this.gauges = null;
  }

  /** Takes the whole answer of `/page/state`. */
  load(state) {
    this.team = state.team;
    this.me = state.me;
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.channels = state.channels;
    this.commands = state.commands ?? [];
    this.messages = indexed(state.messages);
    this.ephemerals = indexed(state.ephemerals, { ephemeral: true });
    this.views = state.views ?? [];
    this.home = state.home ?? null;
    this.faults = state.faults ?? [];
    this.setGauges(state.gauges ?? null);
    this.changed();
  }

  /** Takes one frame of `/page/events`; a type this page does not know is left alone. */
  apply(frame) {
    const { message, view } = frame;
    const { channel, ts } = message ?? frame;
    const frames = {
      message: () => this.put(this.messages, message),
      message_changed: () => this.put(this.messages, message),
      message_deleted: () => this.messages.get(channel)?.delete(ts),
      ephemeral: () => this.put(this.ephemerals, { ...message, ephemeral: true }),
      ephemeral_deleted: () => this.ephemerals.get(channel)?.delete(ts),
      view_opened: () => { this.views = [...this.views.filter((other) => other.id !== view.id), view]; },
      view_updated: () => { this.views = this.views.map((other) => (other.id === view.id ? view : other)); },
      view_closed: () => { this.views = this.views.filter((other) => other.id !== view.id); },
      home: () => { this.home = view; },
      faults: () => { this.faults = frame.faults; },
      gauges: () => this.setGauges(frame.gauges),
    };
    if (!Object.hasOwn(frames, frame.type)) return;
    frames[frame.type]();
    this.changed();
  }

  put(lists, message) {
    if (!lists.has(message.channel)) lists.set(message.channel, new Map());
    lists.get(message.channel).set(message.ts, message);
  }

  setGauges(gauges) {
    this.gauges = gauges;
    for (const { name, value } of gauges?.readings ?? []) {
      if (typeof value !== "number") continue;
      this.trends.set(name, [...(this.trends.get(name) ?? []), value].slice(-TREND));
    }
  }

  dismiss(message) {
    this.ephemerals.get(message.channel)?.delete(message.ts);
    this.changed();
  }

  /** What stands in the channel itself, oldest first: roots, broadcast replies and what only this person sees. */
  inChannel(channel) {
    const roots = [...(this.messages.get(channel)?.values() ?? [])].filter((message) => !isReply(message) || message.reply_broadcast);
    return [...roots, ...this.ephemeralsOf(channel, undefined)].sort(byTs);
  }

  /** The replies of a thread, oldest first. */
  inThread(channel, root) {
    const replies = [...(this.messages.get(channel)?.values() ?? [])].filter((message) => isReply(message) && message.thread_ts === root);
    return [...replies, ...this.ephemeralsOf(channel, root)].sort(byTs);
  }

  ephemeralsOf(channel, root) {
    return [...(this.ephemerals.get(channel)?.values() ?? [])].filter((message) => message.thread_ts === root || (!root && !message.thread_ts));
  }

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts);
  }

  /** The replies of every thread of a channel by root ts, in one pass. */
  threads(channel) {
    const found = new Map();
    for (const message of this.messages.get(channel)?.values() ?? []) {
      if (!isReply(message)) continue;
      if (!found.has(message.thread_ts)) found.set(message.thread_ts, []);
      found.get(message.thread_ts).push(message);
    }
    return found;
  }

  /** Who wrote a message: under their full name, or the other name the message carries. */
  author(message) {
    const user = this.users.get(message.user);
    const other = message.username !== user?.name && message.username;
    const name = other || user?.real_name || user?.name || message.user || "unknown";
    return { id: message.user, color: user?.color, restricted: user?.is_restricted ?? false, name, bot: message.is_bot ?? user?.is_bot ?? false };
  }

  people() {
    return [...this.users.values()].filter((user) => !user.is_bot);
  }

  bot() {
    return [...this.users.values()].find((user) => user.is_bot && user.id !== "USLACKBOT");
  }

  /** Where the bytes of a Slack file are, or undefined. */
  fileUrl({ id, url }) {
    return url ?? (id && `/files/${encodeURIComponent(id)}/image`);
  }
}

/** Whether a message belongs to another message's thread. */
export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
