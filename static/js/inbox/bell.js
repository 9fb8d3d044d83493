// The bell in the header: badge, page title, favicon; and the word to every list on the page that
// the inbox has changed ("inbox-changed" on <body>, which htmx elements listen for).

const MOST_SHOWN = 99;

export class Bell {
  constructor(inbox, strings) {
    this.strings = strings;
    this.button = document.getElementById("bell");
    this.badge = document.getElementById("bell-badge");
    this.button?.addEventListener("animationend", () => this.button.classList.remove("is-ringing"));
    this.icon = document.querySelector("link[rel=icon]");
    this.title = document.title;
    this.inbox = inbox;
    this.show();
    inbox.addEventListener("change", () => {
      this.show();
      document.body.dispatchEvent(new CustomEvent("inbox-changed", { detail: { fromSocket: true } }));
    });
    inbox.addEventListener("alerts", () => this.#ring());
    document.body.addEventListener("inbox-changed", () => this.#refreshPanel());
  }

  show() {
    const { unread } = this.inbox;
    document.title = unread ? `(${unread > MOST_SHOWN ? `${MOST_SHOWN}+` : unread}) ${this.title}` : this.title;
    if (this.icon) this.icon.href = unread ? this.icon.dataset.unread : this.icon.dataset.read;
    if (!this.button) return;
    this.badge.textContent = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : unread;
    this.badge.hidden = unread === 0;
    this.button.setAttribute("aria-label", this.strings.bell(unread));
    // "Mark all read" means all that this page has heard of.
    for (const seen of document.querySelectorAll("input[name=seq]")) seen.value = this.inbox.seq;
    for (const count of document.querySelectorAll("[data-unread-count]")) {
      count.textContent = unread;
      count.hidden = unread === 0;
    }
  }

  /** The list under the bell is fetched when it opens, and again when it changes while it is open. */
  #refreshPanel() {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => {
      if (this.button?.classList.contains("show")) window.htmx.trigger("#bell-list", "refresh");
    }, 100);
  }

  #ring() {
    this.button?.classList.add("is-ringing"); // while it rings, the next one makes it no louder
  }
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
