// The connection to the server: one WebSocket a page, polling where WebSockets do not get through.
// Emits "frame" (detail: the frame) and "state" (detail: "connecting" | "on" | "off" | "polling").

import { clock } from "../times.js";

// The server shows life every 4 s. What is silent for longer than this is not live, and said so
// before 10 s are over; half way there it is asked.
const SILENCE = 9_000;
const ASK_AFTER = 5_500;
const LOOK_EVERY = 1_000;
const ANSWER_WITHIN = 3_000;
const BACKOFF = { first: 800, most: 20_000 };
const POLL_EVERY = 4_000;
const POLL_WITHIN = 4_000;
const POLL_AFTER = 2; // failures in a row before polling starts
const BAD_REQUEST = 4400;
const SIGNED_OUT = 4401;
const NOT_NOW = { 4409: 60_000, 4429: 30_000 }; // ms: too many sockets, too many frames

/** Time since something, also over a sleep and over a clock that is set back. */
class Stopwatch {
  restart() {
    this.wall = Date.now();
    this.running = performance.now();
  }

  get elapsed() {
    return Math.max(Date.now() - this.wall, performance.now() - this.running);
  }
}

export class Connection extends EventTarget {
  /**
   * `reader` is whom the page was opened for; `onOther` is told when somebody else is signed in.
   * @param {{socketUrl: string, framesUrl: string, reader: string, known: () => {seq: number | null,
   *   epoch: string}, onSignedOut: () => void, onOther: (reader: string) => void}} options
   */
  constructor(options) {
    super();
    this.options = options;
    this.state = "connecting";
    this.socket = null;
    this.failures = 0;
    this.wasLive = false;
    this.forgetSince = false;
    this.heardAt = clock.now(); // by the server's clock: the page itself was a sign of life
    this.quiet = new Stopwatch(); // since anything was heard
    this.wire = new Stopwatch(); // since this socket was
    this.quiet.restart();
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.drop());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
    setInterval(() => this.#look(), LOOK_EVERY);
  }

  /** Opens the socket unless one is open or opening. */
  connect() {
    clearTimeout(this.retryTimer);
    this.left = false;
    if (this.socket) return;
    const socket = new WebSocket(this.#address(this.options.socketUrl, "ws"));
    this.socket = socket;
    this.live = false;
    this.wire.restart();
    socket.addEventListener("message", (event) => socket === this.socket && this.#heard(event.data));
    socket.addEventListener("close", (event) => socket === this.socket && this.#lost(event.code));
  }

  /** Sends a frame; dropped while not connected (what matters is sent again on every connect). */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Asks for what changed after the last change that is known. */
  resume() {
    const { seq, epoch } = this.options.known();
    this.send({ type: "resume", since: seq, epoch });
  }

  /** Something suggests the network is back, or that we slept: find out now, not in a while. */
  wake() {
    if (this.live && this.wire.elapsed > SILENCE) this.drop();
    if (this.live) {
      this.#ask();
      clearTimeout(this.answerTimer);
      this.answerTimer = setTimeout(() => this.asked && this.drop(), ANSWER_WITHIN);
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

  /** Finds out who is signed in: the server has refused something in a way that makes one wonder. */
  async verify() {
    await this.#fetchFrame();
  }

  leave() {
    this.left = true;
    for (const timer of [this.retryTimer, this.pollTimer, this.answerTimer]) clearTimeout(timer);
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    socket?.close();
  }

  #address(path, scheme) {
    const url = new URL(path, window.location.href);
    if (scheme === "ws") {
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      url.searchParams.set("beats", "");
    }
    const { seq, epoch } = this.options.known();
    if (seq !== null && !this.forgetSince) {
      url.searchParams.set("since", seq);
      if (epoch) url.searchParams.set("epoch", epoch);
    }
    return url;
  }

  #heard(text) {
    this.wire.restart();
    this.asked = false;
    for (const line of text.split("\n")) {
      if (!line || this.left) continue;
      const frame = JSON.parse(line);
      if (frame.type === "restart") {
        this.#comeBack(frame.in * 1_000);
        return;
      }
      if (!this.#isOurs(frame)) return;
      // A pong comes from a server whose database hangs, too; a beat does not.
      if (frame.type !== "error" && frame.type !== "pong") this.#sign(frame);
      if (frame.type === "snapshot" || frame.type === "catchup") this.#alive();
      else if (frame.type === "beat" && this.live) this.#become("on");
      if (frame.type !== "pong" && frame.type !== "beat") this.#emit("frame", frame);
    }
  }

  /** Nobody's state but that of whom the page was opened for is ever shown on it. */
  #isOurs({ reader }) {
    if (reader === undefined || reader === this.options.reader) return true;
    this.leave();
    this.options.onOther(reader);
    return false;
  }

  #sign({ now }) {
    if (now) clock.set(now);
    this.quiet.restart();
    this.heardAt = clock.now();
  }

  #alive() {
    if (this.live) return;
    this.live = this.wasLive = true;
    this.restarting = this.mustWait = false;
    this.failures = 0;
    this.forgetSince = false;
    clearTimeout(this.pollTimer);
    this.#become("on");
  }

  #lost(code) {
    this.socket = null;
    this.live = false;
    this.asked = false;
    if (this.left) return;
    if (code === BAD_REQUEST) this.forgetSince = true; // the server wants none of our `since`: start afresh
    if (this.state !== "polling") this.#alarm();
    this.failures += 1;
    this.mustWait = NOT_NOW[code] !== undefined;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), NOT_NOW[code] ?? this.#delay());
    // Signed out, or signed in anew, or somebody else: the poll tells.
    if (this.failures === POLL_AFTER || code === SIGNED_OUT || this.mustWait) this.#poll({ wake: false });
  }

  /** The server restarts and says when to come back, so that not everybody does at once. */
  #comeBack(wait) {
    const socket = this.socket;
    this.socket = null;
    socket.close();
    this.live = this.asked = false;
    this.restarting = this.mustWait = true;
    this.#become("connecting");
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait);
    clearTimeout(this.pollTimer);
    if (wait > POLL_EVERY) this.pollTimer = setTimeout(() => this.#poll(), POLL_EVERY);
  }

  /** Says that it is not live. A restart that is under way is none of a person's business, while it is short. */
  #alarm() {
    if (!this.restarting) this.#become("off");
  }

  /** Milliseconds to the next attempt: doubling, half of it random so that wards do not come back at once. */
  #delay() {
    const most = Math.min(BACKOFF.most, BACKOFF.first * 2 ** (this.failures - 1));
    return most / 2 + Math.random() * (most / 2);
  }

  #ask() {
    this.asked = true;
    this.send({ type: "ping" });
  }

  /** Once a second: a timer for the whole time would be late after a sleep. */
  #look() {
    if (this.left) return;
    if (this.socket && this.wire.elapsed > SILENCE) this.drop();
    else if (this.live && !this.asked && this.wire.elapsed > ASK_AFTER) this.#ask();
    if (this.quiet.elapsed <= SILENCE) return;
    this.restarting = false;
    this.#become("off");
  }

  async #poll({ wake = this.wasLive } = {}) {
    clearTimeout(this.pollTimer);
    if (this.live || this.left) return;
    const answer = await this.#fetchFrame();
    if (this.live || this.left) return;
    if (answer) {
      this.#become("polling");
      this.#emit("frame", answer);
      if (wake && !this.mustWait) this.wake(); // the server is back, and sockets do get through here
    } else {
      this.#alarm();
    }
    this.pollTimer = setTimeout(() => this.#poll(), POLL_EVERY * (0.75 + Math.random() / 2));
  }

  /** The frame of the polling route; null where the server cannot be reached. */
  async #fetchFrame() {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), POLL_WITHIN);
    try {
      const response = await fetch(this.#address(this.options.framesUrl), {
        headers: { Accept: "application/json" },
        signal: stop.signal,
      });
      if (response.status === 401) this.options.onSignedOut();
      if (!response.ok) return null;
      const frame = await response.json();
      if (!this.#isOurs(frame)) return null;
      this.#sign(frame);
      return frame;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
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
