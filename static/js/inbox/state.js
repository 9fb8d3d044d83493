// What this page knows of the reader's inbox: a number, a count, and the notifications it has heard of.
// Frames may come twice or with a gap; `seq` decides. Emits "change", "alerts" and "gap".

import { clock } from "../times.js";

const KEPT = 200; // notifications remembered; the pages themselves come from the server

/** Nobody has taken it: it makes itself heard, whatever else was done with it. */
function isUntaken({ level, acknowledged_at, archived_at }) {
  return level === "critical" && !acknowledged_at && !archived_at;
}

/** Whether a notification that came with a catch-up is news rather than the trace of something done. */
function isNews(notification, now = clock.now()) {
  const snoozed = notification.snoozed_until && Date.parse(notification.snoozed_until) > now;
  // What somebody took and the laboratory took back is news again; its level is no longer critical.
  const taken = notification.acknowledged_at && notification.level === "critical";
  return !notification.read_at && !taken && !notification.archived_at && !snoozed;
}

export class Inbox extends EventTarget {
  constructor({ seq, unread }) {
    super();
    this.seq = seq;
    this.unread = unread;
    this.epoch = ""; // the database that `seq` is of, once a frame has said so
    this.notifications = new Map();
    this.told = new Set(); // critical ones this page has announced
  }

  /** Takes one frame from the server; frames of other types are not the inbox's business. */
  apply(frame) {
    switch (frame.type) {
      case "snapshot":
        this.#replace(frame);
        break;
      case "catchup":
        this.#catchUp(frame);
        break;
      case "alert":
        if (this.#isNext(frame)) {
          this.#remember([frame.notification]);
          this.#settle(frame, { news: [frame.notification] });
        }
        break;
      case "changed":
        if (this.#isNext(frame)) this.#settle(frame, { changed: this.#change(frame) });
        break;
    }
  }

  #isNext(frame) {
    if (this.seq !== null && frame.seq <= this.seq) return false;
    if (this.seq !== null && frame.seq === this.seq + 1) return true;
    this.dispatchEvent(new CustomEvent("gap"));
    return false;
  }

  #replace(frame) {
    const { notifications } = frame;
    // In a restored database the numbers are of other changes: only what is untaken may be news.
    const restored = this.epoch !== "" && frame.epoch !== this.epoch;
    const news = restored ? this.#news(notifications.filter(isUntaken), -1) : this.#news(notifications, this.seq);
    this.notifications.clear();
    this.#remember(notifications);
    this.#settle(frame, { news: news.sort((a, b) => a.seq - b.seq), changed: notifications });
  }

  /** What is news to a page that knew all until `since`. */
  #news(notifications, since) {
    if (since === null) return [];
    return notifications.filter((n) => n.seq > since && (isUntaken(n) ? !this.told.has(n.id) : isNews(n)));
  }

  #catchUp(frame) {
    if (this.seq !== null && frame.seq < this.seq) return;
    const fresh = frame.notifications.filter((n) => this.seq === null || n.seq > this.seq);
    const news = this.#news(fresh, this.seq ?? -1);
    this.#remember(fresh);
    this.#settle(frame, { news, changed: fresh });
  }

  #change(frame) {
    return frame.ids.map((id) => {
      const changed = { ...this.notifications.get(id), ...frame.set, id, seq: frame.seq };
      if (this.notifications.has(id)) this.notifications.set(id, changed);
      return changed;
    });
  }

  #remember(notifications) {
    for (const notification of notifications) this.notifications.set(notification.id, notification);
    for (const id of this.notifications.keys()) {
      if (this.notifications.size <= KEPT) break;
      this.notifications.delete(id);
    }
  }

  #settle(frame, { news = [], changed = [] }) {
    const moved = frame.seq !== this.seq || frame.unread !== this.unread;
    this.seq = frame.seq;
    this.unread = frame.unread;
    this.epoch = frame.epoch ?? this.epoch;
    for (const notification of news.filter(isUntaken)) this.told.add(notification.id);
    if (moved) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
    if (news.length) this.dispatchEvent(new CustomEvent("alerts", { detail: news }));
  }
}
