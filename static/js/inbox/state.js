// What this page knows of the reader's inbox: a number, a count, and the notifications it has heard of.
// Frames may come twice or with a gap; `seq` decides. Emits "change", "alerts" and "gap".

const KEPT = 200; // notifications remembered; the pages themselves come from the server

/** Whether a notification that came with a catch-up is news rather than the trace of something done. */
function isNews(notification, now = Date.now()) {
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
    this.notifications = new Map();
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
    const before = this.seq;
    this.notifications.clear();
    this.#remember(frame.notifications);
    const missed = frame.notifications.filter((n) => before !== null && n.seq > before && isNews(n));
    this.#settle(frame, { news: missed.sort((a, b) => a.seq - b.seq), changed: frame.notifications });
  }

  #catchUp(frame) {
    const fresh = frame.notifications.filter((n) => this.seq === null || n.seq > this.seq);
    if (this.seq !== null && frame.seq < this.seq) return;
    this.#remember(fresh);
    this.#settle(frame, { news: fresh.filter((n) => isNews(n)), changed: fresh });
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
    if (moved) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
    if (news.length) this.dispatchEvent(new CustomEvent("alerts", { detail: news }));
  }
}
