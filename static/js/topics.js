// Live parts of a page: an element with data-topic="ward.3" is told "refresh" (its hx-trigger) whenever
// the server says that topic changed. After a (re)connect the server says what has changed since the page
// was fetched or the connection lost: what has not is not fetched again.

import { clock } from "./times.js";

const TRY_AGAIN = 4_000; // ms until a part that could not be fetched is asked for again
const AT_MOST_EVERY = 1_000; // ms: a burst on a ward is one more request a second, not fifty
const GATHER = 80;
const MOST = 20; // the server takes no more; a page with more of them also fetches itself now and then

export class Topics {
  /** `since` is when the page was read, by the server's clock. */
  constructor(connection, since) {
    this.connection = connection;
    this.since = since;
    this.due = new Map(); // topic -> timer
    this.last = new Map(); // topic -> time of the last refresh
    connection.addEventListener("frame", ({ detail }) => {
      if (detail.type === "topic") this.#schedule(detail.topic, Math.random() * (detail.within ?? 0) * 1_000);
    });
    connection.addEventListener("state", ({ detail }) => {
      if (detail === "on") this.watch();
      else if (this.wasOn) this.since = new Date(connection.heardAt).toISOString();
      this.wasOn = detail === "on";
    });
    document.addEventListener("htmx:afterSettle", () => {
      if (!this.#changedSet()) return;
      this.since = new Date(clock.now()).toISOString(); // what came is of a moment ago
      this.watch();
    });
    setInterval(() => connection.state === "polling" && this.refreshAll(), 10_000);
  }

  get #topics() {
    const names = [...document.querySelectorAll("[data-topic]")].flatMap((e) => e.dataset.topic.split(" "));
    return [...new Set(names)].filter(Boolean).slice(0, MOST);
  }

  #changedSet() {
    return this.#topics.join(" ") !== this.watched;
  }

  /** Tells the server what this page watches, and since when it has not heard what changed. */
  watch() {
    const topics = this.#topics;
    this.watched = topics.join(" ");
    this.connection.send({ type: "watch", topics, since: this.since });
  }

  refreshAll() {
    for (const topic of this.#topics) this.#schedule(topic);
  }

  /** `apart`: ms that this page waits so that not all fetch at once. */
  #schedule(topic, apart = 0) {
    if (this.due.has(topic)) return;
    const wait = Math.max(GATHER + apart, (this.last.get(topic) ?? 0) + AT_MOST_EVERY - Date.now());
    this.due.set(topic, setTimeout(() => this.#refresh(topic), wait));
  }

  #refresh(topic) {
    this.due.delete(topic);
    this.last.set(topic, Date.now());
    for (const part of document.querySelectorAll(`[data-topic~="${CSS.escape(topic)}"]`)) {
      window.htmx.trigger(part, "refresh");
    }
  }
}

/** The live parts that could not be fetched: what they show may be old. Each is tried again. */
export class Parts extends EventTarget {
  constructor() {
    super();
    this.good = new WeakMap(); // part -> when it was fetched, by the server's clock
    this.opened = clock.now();
    this.failed = new Set();
    document.addEventListener("htmx:afterRequest", ({ detail }) => {
      const { elt, requestConfig, xhr } = detail;
      if (requestConfig?.verb !== "get" || !elt.matches("[data-live-part], [data-topic]")) return;
      if (detail.successful) this.#settle(elt);
      else if (xhr.status >= 500 || (xhr.status === 0 && !detail.aborted)) this.#fail(elt);
    });
  }

  get trueAt() {
    const failed = [...this.failed].filter((part) => part.isConnected);
    return failed.length ? Math.min(...failed.map((part) => this.good.get(part) ?? this.opened)) : null;
  }

  #settle(part) {
    this.good.set(part, clock.now());
    if (this.failed.delete(part)) this.dispatchEvent(new CustomEvent("change"));
  }

  #fail(part) {
    this.failed.add(part);
    this.dispatchEvent(new CustomEvent("change"));
    const wait = TRY_AGAIN * (0.75 + Math.random() / 2);
    setTimeout(() => part.isConnected && window.htmx.trigger(part, "refresh"), wait);
  }
}

/** A part that is told "refresh" while it is being fetched is fetched once more: what is on its way
 *  may be of before the news, and htmx drops the second request (hx-sync). */
export function fetchNews() {
  let tick = 0; // one after the other, where a clock may show two at once
  const told = new Map(); // id of a part -> when it was last told
  const asked = new WeakMap(); // request -> when it was made
  document.addEventListener("htmx:trigger", ({ target }) => {
    if (target.matches("[data-live-part]")) told.set(target.id, ++tick);
  });
  document.addEventListener("htmx:beforeSend", ({ detail }) => asked.set(detail.xhr, ++tick));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const part = detail.target?.closest("[data-live-part]");
    if (!part || !detail.successful || !(told.get(part.id) > asked.get(detail.xhr))) return;
    setTimeout(() => {
      const present = document.getElementById(part.id);
      if (present) window.htmx.trigger(present, "refresh");
    }, GATHER); // what came is settled by then
  });
}

/** Keeps what is fetched by itself apart from what somebody does in a live part: nothing is fetched
 *  or replaced while a button is held down (its click would be lost), a menu open, a comment half
 *  written or a change on its way (it is tried again shortly), and a change that begins calls off a
 *  fetch on its way, which would undo it on screen. */
export function waitForHands() {
  const owed = new WeakSet();

  function refreshSoon(part) {
    if (owed.has(part)) return;
    owed.add(part);
    setTimeout(() => {
      owed.delete(part);
      window.htmx.trigger(part, "refresh");
    }, AT_MOST_EVERY);
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.target.closest("[data-live-part]");
    if (!part) return;
    if (event.target !== part) {
      if (event.detail.requestConfig.verb === "get") return;
      window.htmx.trigger(part, "htmx:abort");
      refreshSoon(part);
    } else if (isInUse(part)) {
      event.preventDefault();
      refreshSoon(part);
    }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.requestConfig.elt;
    if (!part.matches("[data-live-part]") || !isInUse(part)) return;
    event.detail.shouldSwap = false;
    refreshSoon(part);
  });
}

function isInUse(part) {
  const field = document.activeElement;
  const writing = part.contains(field) && field.matches("input:not([type=checkbox])") && field.value;
  return part.matches(":active") || writing || part.querySelector(".dropdown-menu.show, .htmx-request") !== null;
}
