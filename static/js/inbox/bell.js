// The bell in the header: badge, page title, favicon; and the word to every list on the page that
// the inbox has changed.

const MOST_SHOWN = 99;
const AT_MOST_EVERY = 3_000; // ms: a storm of alerts is a list fetched now and then, and a true badge
const SHOWN_EVERY = 100; // ms
const GATHER = 120;

export class Bell {
  constructor(inbox, strings) {
    this.strings = strings;
    this.button = document.getElementById("bell");
    this.badge = document.getElementById("bell-badge");
    this.button?.addEventListener("animationend", () => this.button.classList.remove("is-ringing"));
    this.icon = document.querySelector("link[rel=icon]");
    this.title = document.title;
    this.inbox = inbox;
    this.renewed = -AT_MOST_EVERY;
    this.shown = -SHOWN_EVERY;
    this.show();
    inbox.addEventListener("change", () => {
      this.#showSoon();
      this.#renewLists();
    });
    inbox.addEventListener("alerts", () => this.#ring());
    // What somebody has done here is shown at once.
    document.body.addEventListener("inbox-changed", () => this.#renewLists({ own: true }));
  }

  /** At once, and then ten times a second at most: hundreds of alerts may come between two frames. */
  #showSoon() {
    this.showing ??= setTimeout(() => {
      this.showing = null;
      this.shown = performance.now();
      this.show();
    }, Math.max(0, this.shown + SHOWN_EVERY - performance.now()));
  }

  show() {
    const { unread } = this.inbox;
    const some = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
    set(document, "title", unread ? `(${some}) ${this.title}` : this.title);
    const icon = unread ? this.icon?.dataset.unread : this.icon?.dataset.read;
    if (this.icon && this.icon.getAttribute("href") !== icon) this.icon.href = icon;
    if (!this.button) return;
    set(this.badge, "textContent", some);
    this.badge.hidden = unread === 0;
    this.button.setAttribute("aria-label", this.strings.bell(unread));
    // "Mark all read" means all that this page has heard of.
    for (const seen of document.querySelectorAll("input[name=seq]")) seen.value = this.inbox.seq;
    for (const count of document.querySelectorAll("[data-unread-count]")) {
      set(count, "textContent", String(unread));
      count.hidden = unread === 0;
    }
  }

  /** The history is fetched again, and the list under the bell while it is open. */
  #renewLists({ own = false } = {}) {
    if (own) clearTimeout(this.renewing);
    else if (this.renewing) return;
    const due = own ? 0 : this.renewed + AT_MOST_EVERY - performance.now();
    this.renewing = setTimeout(() => {
      this.renewing = null;
      this.renewed = performance.now();
      for (const list of document.querySelectorAll("[data-inbox]")) window.htmx.trigger(list, "refresh");
      if (this.button?.classList.contains("show")) window.htmx.trigger("#bell-list", "refresh");
    }, Math.max(GATHER, due));
  }

  #ring() {
    this.button?.classList.add("is-ringing"); // while it rings, the next one makes it no louder
  }
}

/** Sets what is not so already: whatever is written costs, also where it changes nothing. */
function set(thing, name, value) {
  if (thing[name] !== value) thing[name] = value;
}

/** Opening what an alert is about is reading it; the page change does not wait for the answer. */
export function readOnOpen(headers) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-read-url]");
    if (!link) return;
    fetch(link.dataset.readUrl, {
      method: "POST",
      keepalive: true,
      headers: { ...headers(), "X-Requested-With": "XMLHttpRequest" },
    }).catch(() => {}); // still unread then, and shown as such
  });
}
