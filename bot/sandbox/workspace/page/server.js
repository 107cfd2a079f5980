// The page's conversation with the workspace server: one state request, one stream of frames, and posts.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** Posts JSON to the server; rejects with a sentence a person can act on. */
export async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running in your terminal?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(`The workspace refused this (${answer.error ?? `HTTP ${response.status}`}). Reload the page and try again.`);
  return answer;
}

/** One person's live connection: loads the state, follows the frames, and comes back by itself after a drop. */
export class Connection {
  constructor(user, { onState, onFrame, onLink }) {
    Object.assign(this, { user, onState, onFrame, onLink, wait: FIRST_WAIT, closed: false });
    this.open();
  }

  get query() {
    return `user=${encodeURIComponent(this.user)}`;
  }

  // The stream is opened before the state is asked for, so that nothing falls between the two; frames wait for the state.
  open() {
    const early = [];
    let take = (frame) => early.push(frame);
    this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/page/events?${this.query}`);
    this.socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.again());
    this.socket.addEventListener("open", async () => {
      try {
        const response = await fetch(`/page/state?${this.query}`);
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        const state = await response.json();
        if (this.closed) return;
        this.onState(state);
        early.forEach((frame) => this.onFrame(frame));
        take = this.onFrame;
        this.wait = FIRST_WAIT;
        this.onLink(true);
      } catch {
        this.socket.close();
      }
    });
  }

  again() {
    if (this.closed) return;
    this.onLink(false);
    setTimeout(() => { if (!this.closed) this.open(); }, this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  close() {
    this.closed = true;
    this.socket.close();
  }
}
