// Toasts: one for each new alert, a burst as one; critical ones stay until somebody deals with them.

const STAYS = 8_000;
const MOST_PLAIN = 3;
const MOST_CRITICAL = 4;
const COUNT_EVERY = 100; // ms: hundreds of alerts may come between two frames

export class Toasts {
  constructor({ inbox, strings, urls }) {
    this.region = document.getElementById("toasts");
    this.strings = strings;
    this.urls = urls;
    this.shown = new Map(); // notification id -> element
    this.bundles = { plain: 0, critical: 0 };
    this.counting = {}; // kind -> timer
    inbox.addEventListener("alerts", ({ detail }) => detail.forEach((n) => this.alert(n)));
    inbox.addEventListener("change", ({ detail }) => detail.forEach((n) => this.#settle(n)));
    document.body.addEventListener("wb-toast", ({ detail }) => this.say(detail.text, detail.tone, detail));
    document.addEventListener("htmx:afterRequest", ({ detail, target }) => {
      const toast = target.closest?.(".alert-toast");
      if (toast && detail.successful) this.#close(toast);
    });
  }

  alert(notification) {
    const kind = notification.level === "critical" ? "critical" : "plain";
    if (this.bundles[kind]) {
      this.bundles[kind] += 1;
      this.#countSoon(kind);
      return;
    }
    const visible = this.region.querySelectorAll(`[data-kind=${kind}]`).length;
    if (visible >= (kind === "critical" ? MOST_CRITICAL : MOST_PLAIN)) {
      this.#bundle(kind);
      return;
    }
    const toast = this.#build(`toast-${notification.level}`, kind);
    this.#fill(toast, notification);
    this.shown.set(notification.id, toast);
    this.#add(toast, kind === "critical" ? null : STAYS);
  }

  /** A short word from the page itself ("Arrival sent", "3 archived"), with a way back where there is one. */
  say(text, tone = "success", { more = "", undo = "", ids = [] } = {}) {
    // The same failure again and again is one toast that stays a little longer.
    const said = tone === "error" && [...this.region.querySelectorAll("[data-kind=word]")].find((t) => [text, more].every((words) => t.textContent.includes(words)));
    if (said) return said.restart();
    const toast = this.#build(`toast-${tone}`, "word");
    toast.querySelector(".toast-title").textContent = text;
    toast.querySelector(".toast-text").textContent = more;
    toast.querySelector("form")?.remove();
    if (undo && ids.length) this.#offerUndo(toast, undo, ids);
    this.#add(toast, STAYS);
  }

  #offerUndo(toast, action, ids) {
    const form = document.createElement("form");
    form.setAttribute("hx-post", this.urls.bulk);
    form.setAttribute("hx-swap", "none");
    form.setAttribute("hx-vals", JSON.stringify({ action, ids }));
    const button = document.createElement("button");
    button.className = "btn btn-quiet btn-sm";
    button.textContent = this.strings.undo;
    form.append(button);
    toast.querySelector(".toast-actions").append(form);
    window.htmx.process(form);
  }

  #build(template, kind) {
    const source = document.getElementById(template) ?? document.getElementById("toast-info");
    const toast = source.content.firstElementChild.cloneNode(true);
    toast.dataset.kind = kind;
    toast.querySelector(".btn-close").addEventListener("click", () => this.#close(toast));
    return toast;
  }

  #fill(toast, { id, title, message, link }) {
    const heading = toast.querySelector(".toast-title");
    heading.textContent = title;
    if (link) {
      heading.href = link;
      heading.dataset.readUrl = this.urls.read.replace("/0/", `/${id}/`);
    }
    toast.querySelector(".toast-text").textContent = message;
    toast.dataset.id = id;
    const form = toast.querySelector("form");
    if (!form) return;
    form.setAttribute("hx-post", this.urls.acknowledge.replace("/0/", `/${id}/`));
    window.htmx.process(form);
  }

  /** Many at once: the single ones make way for one toast that counts. */
  #bundle(kind) {
    const single = [...this.region.querySelectorAll(`[data-kind=${kind}]`)];
    if (kind === "plain") {
      this.bundles[kind] = single.length;
      single.forEach((toast) => this.#close(toast));
    }
    const toast = this.#build(kind === "critical" ? "toast-critical" : "toast-info", `${kind}-bundle`);
    toast.querySelector("form")?.remove();
    toast.querySelector(".toast-title").href = this.urls.history;
    this.bundles[kind] += 1;
    this.#count(kind, toast);
    this.#add(toast, kind === "critical" ? null : STAYS, () => (this.bundles[kind] = 0));
  }

  #count(kind, toast) {
    const words = kind === "critical" ? this.strings.moreCritical : this.strings.newAlerts;
    toast.querySelector(".toast-title").textContent = words(this.bundles[kind]);
  }

  #countSoon(kind) {
    this.counting[kind] ??= setTimeout(() => {
      delete this.counting[kind];
      const toast = this.region.querySelector(`[data-kind=${kind}-bundle]`);
      if (!toast) return; // somebody has closed it
      this.#count(kind, toast);
      toast.restart?.();
    }, COUNT_EVERY);
  }

  #add(toast, stays, onClose = () => {}) {
    toast.onClosed = onClose;
    this.region.prepend(toast);
    this.#offerMore(toast);
    if (stays === null) return;
    let timer;
    toast.restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#close(toast), stays);
    };
    for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
    for (const event of ["mouseleave", "focusout"]) toast.addEventListener(event, toast.restart);
    toast.restart();
  }

  /** A long text is cut after some lines, so that what can be done stays in reach; "More" shows it all. */
  #offerMore(toast) {
    const more = toast.querySelector(".toast-more");
    const cut = (part) => part.scrollHeight > part.clientHeight + 1;
    more.hidden = ![toast.querySelector(".toast-title"), toast.querySelector(".toast-text")].some(cut);
    more.addEventListener("click", () => {
      toast.classList.add("is-whole");
      more.remove();
      toast.querySelector(".toast-text").focus();
    });
  }

  #close(toast) {
    if (!toast.isConnected) return;
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    this.shown.delete(Number(toast.dataset.id));
    toast.onClosed?.();
    if (hadFocus) (this.region.querySelector("a, button") ?? document.getElementById("bell"))?.focus();
  }

  /** Read, acknowledged or archived anywhere: nothing left to say about it here. */
  #settle({ id, read_at, acknowledged_at, archived_at }) {
    const toast = this.shown.get(id);
    if (!toast) return;
    const done = toast.dataset.kind === "critical" ? acknowledged_at : read_at;
    if (done || archived_at) this.#close(toast);
  }
}
