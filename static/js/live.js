// What the page says about itself: live, every few seconds, or not live and as of when, in words: in the
// mark at the top at once, in the page, the bell and a dialog once it is worth a line of its own.

import { clock } from "./times.js";

const WORTH_A_LINE = 4_000; // ms; a restart of the server is over before

export class Live {
  /** `parts` are the live parts of the page that could not be fetched (topics.js). */
  constructor({ connection, parts, words, format }) {
    this.root = document.documentElement;
    this.connection = connection;
    this.parts = parts;
    this.words = words;
    this.format = format;
    connection.addEventListener("state", () => this.show());
    parts.addEventListener("change", () => this.show());
    setInterval(() => this.show(), 1_000);
  }

  show() {
    const { asOf } = this;
    const state = asOf === null ? this.connection.state : "off";
    if (this.root.dataset.live !== state) this.root.dataset.live = state;
    const text = asOf === null ? "" : this.words.replace("%s", this.format(asOf));
    const mark = document.querySelector(".live-off .live-word");
    if (mark && text && mark.textContent !== text) mark.textContent = text;
    const worth = asOf !== null && clock.now() - asOf > WORTH_A_LINE;
    for (const line of document.querySelectorAll("[data-as-of]")) {
      if (line.hidden === worth) line.hidden = !worth;
      if (line.textContent !== text) line.textContent = worth ? text : "";
    }
  }

  /** When what the page shows was true for the last time; null while it is. */
  get asOf() {
    const since = this.parts.trueAt;
    if (this.connection.state === "off") return Math.min(this.connection.heardAt, since ?? Infinity);
    return since;
  }
}
