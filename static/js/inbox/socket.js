// The connection to the server: one WebSocket a page, polling where WebSockets do not get through.
// Emits "frame" (detail: the frame) and "state" (detail: "connecting" | "on" | "off" | "polling").

const PING_AFTER = 25_000; // ms of silence before we ask whether anybody is there
const ANSWER_WITHIN = 6_000;
const FIRST_FRAME_WITHIN = 10_000;
const BACKOFF = { first: 800, most: 20_000 };
const POLL_EVERY = 5_000;
const POLL_AFTER = 2; // failures in a row before polling starts

export class Connection extends EventTarget {
  /**
   * @param {{socketUrl: string, framesUrl: string, since: () => number | null, onSignedOut: () => void}} options
   */
  constructor(options) {
    super();
    this.options = options;
    this.state = "connecting";
    this.socket = null;
    this.failures = 0;
    this.wasLive = false;
    this.forgetSince = false;
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.drop());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  /** Opens the socket unless one is open or opening. */
  connect() {
    clearTimeout(this.retryTimer);
    this.left = false;
    if (this.socket) return;
    const socket = new WebSocket(this.#address(this.options.socketUrl, "ws"));
    this.socket = socket;
    this.live = false;
    this.#expect(FIRST_FRAME_WITHIN);
    socket.addEventListener("message", (event) => socket === this.socket && this.#heard(event.data));
    socket.addEventListener("close", (event) => socket === this.socket && this.#lost(event.code));
  }

  /** Sends a frame; dropped while not connected (what matters is sent again on every connect). */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Something suggests the network is back, or that we slept: find out now, not in a while. */
  wake() {
    if (this.live) {
      this.send({ type: "ping" });
      this.#expect(ANSWER_WITHIN / 2);
    } else if (!this.socket) {
      this.failures = Math.min(this.failures, POLL_AFTER);
      this.connect();
    }
  }

  /** Gives the present socket up without waiting for its closing handshake, which may never come. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.#lost(0);
  }

  /** One poll now, for instance after a change of our own while there is no socket. */
  nudge() {
    if (!this.live) this.#poll();
  }

  leave() {
    this.left = true;
    clearTimeout(this.retryTimer);
    clearTimeout(this.pollTimer);
    clearTimeout(this.silenceTimer);
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    socket?.close();
  }

  #address(path, scheme) {
    const url = new URL(path, window.location.href);
    if (scheme === "ws") url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const since = this.forgetSince ? null : this.options.since();
    if (since !== null) url.searchParams.set("since", since);
    return url;
  }

  #heard(text) {
    this.#expect(null);
    for (const line of text.split("\n")) {
      if (!line) continue;
      const frame = JSON.parse(line);
      if (frame.type === "reconnect") {
        this.retryAfter = frame.after_ms;
        this.drop();
        return;
      }
      if (frame.type === "snapshot" || frame.type === "catchup") this.#alive();
      if (frame.type !== "pong") this.#emit("frame", frame);
    }
  }

  #alive() {
    if (this.live) return;
    this.live = this.wasLive = true;
    this.failures = 0;
    this.forgetSince = false;
    clearTimeout(this.pollTimer);
    this.#become("on");
  }

  #lost(code) {
    clearTimeout(this.silenceTimer);
    this.socket = null;
    this.live = false;
    if (this.left) return;
    if (code === 4401) {
      this.options.onSignedOut();
      return;
    }
    if (code === 4400) this.forgetSince = true; // the server wants none of our `since`: start afresh
    if (this.state !== "polling") this.#become("off");
    this.failures += 1;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), this.#delay());
    if (this.failures === POLL_AFTER) this.#poll();
  }

  /** Milliseconds to the next attempt: doubling, half of it random so that wards do not come back at once. */
  #delay() {
    const asked = this.retryAfter;
    this.retryAfter = undefined;
    if (asked !== undefined) return asked;
    const most = Math.min(BACKOFF.most, BACKOFF.first * 2 ** (this.failures - 1));
    return most / 2 + Math.random() * (most / 2);
  }

  /** Waits `within` ms for a sign of life, then gives up; null: the sign came, ask again after silence. */
  #expect(within) {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(
      () => {
        if (within !== null) {
          this.drop();
          return;
        }
        this.send({ type: "ping" });
        this.#expect(ANSWER_WITHIN);
      },
      within ?? PING_AFTER,
    );
  }

  async #poll() {
    clearTimeout(this.pollTimer);
    if (this.live || this.left) return;
    const answer = await this.#ask();
    if (this.live || this.left) return;
    if (answer) {
      this.#become("polling");
      this.#emit("frame", answer);
      if (this.wasLive) this.wake(); // the server is back, and sockets do get through here
    } else {
      this.#become("off");
    }
    this.pollTimer = setTimeout(() => this.#poll(), POLL_EVERY * (0.75 + Math.random() / 2));
  }

  /** The frame of the polling route; null where the server cannot be reached. */
  async #ask() {
    try {
      const response = await fetch(this.#address(this.options.framesUrl), {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      if (response.status === 401) this.options.onSignedOut();
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#emit("state", state);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
