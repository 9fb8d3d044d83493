// What every page runs once it is there: the connection, and everything that listens to it.
// The server's part is in <script type="application/json" id="wardbell-config">; no page text is in here.

import { keepDialog } from "./dialogs.js";
import { keepFocus } from "./focus.js";
import { Bell, readOnOpen } from "./inbox/bell.js";
import { keepSelection } from "./inbox/history.js";
import { Connection } from "./inbox/socket.js";
import { Inbox } from "./inbox/state.js";
import { Live } from "./live.js";
import { fetchMenus } from "./menus.js";
import { keepReader } from "./reader.js";
import { keepWhatIsTheSame } from "./renewal.js";
import { keepChanged } from "./rows.js";
import { Signals } from "./signals.js";
import { clock, keepTimes, timeOfDay } from "./times.js";
import { Toasts } from "./toasts.js";
import { fetchNews, Parts, Topics, waitForHands } from "./topics.js";

const config = JSON.parse(document.getElementById("wardbell-config").textContent);
const { urls } = config;
clock.set(config.now);
const format = timeOfDay(config);

/** A counted phrase in the page's language; the server gives one form for each plural category. */
function counted(forms) {
  const rules = new Intl.PluralRules(config.language);
  return (count) => (forms[rules.select(count)] ?? forms.other).replace("%(n)s", count);
}

const strings = {
  ...config.strings,
  bell: counted(config.strings.bell),
  newAlerts: counted(config.strings.newAlerts),
  moreCritical: counted(config.strings.moreCritical),
};

function signIn() {
  const { pathname, search } = window.location;
  const next = pathname === urls.signOut ? "" : `?next=${encodeURIComponent(pathname + search)}`;
  window.location.assign(urls.signIn + next);
}

const inbox = new Inbox(config);
const connection = new Connection({
  socketUrl: urls.socket,
  framesUrl: urls.frames,
  reader: config.reader,
  known: () => inbox,
  onSignedOut: signIn,
  onOther: (reader) => page.loadAgain(reader),
});
const page = keepReader({ config, connection });

connection.addEventListener("frame", ({ detail }) => inbox.apply(detail));
inbox.addEventListener("gap", () => connection.resume());

// A wall display has no toasts: it would show one reader's alerts to the corridor.
const toasts = document.getElementById("toasts") && new Toasts({ inbox, strings, urls });
new Bell(inbox, strings);
new Signals({ inbox, strings, urls });
new Topics(connection, config.since);
new Live({ connection, parts: new Parts(), words: strings.notLive, format });
readOnOpen(page.headers);
page.sayWhoIsSignedIn(toasts);
keepSelection();
waitForHands();
fetchNews();
fetchMenus();
keepWhatIsTheSame();
keepDialog();
keepFocus();
keepTimes(strings.ago, format);

// A change of our own while there is no socket: ask at once instead of at the next poll.
document.body.addEventListener("inbox-changed", () => connection.nudge());
// A filter that is not set does not belong into the address.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
});
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, ({ detail }) => {
    const status = detail.xhr?.status ?? 0;
    // What the page fetches by itself fails without a toast each: the mark says that it is not live.
    if (detail.requestConfig?.verb === "get" && detail.elt.matches("[data-live-part], [data-topic]")) return;
    if (status === 412 || status === 403) connection.verify();
    if (status === 412) return; // the page is somebody else's, and about to say so
    // What is short (the disk, the database) is told in words: config/words.py.
    const isText = detail.xhr?.getResponseHeader("Content-Type")?.startsWith("text/plain");
    const said = isText && status >= 400 ? detail.xhr.responseText : "";
    // No answer, or the database's got lost: what was to be changed may have been.
    const unclear = detail.requestConfig?.verb !== "get" && (status === 0 || status === 503);
    const words = { 403: strings.forbidden, 404: strings.gone }[status] ?? (unclear ? strings.unclear : strings.failed);
    const [heading, more] = (said || words).split("\n");
    toasts?.say(heading, "error", { more });
  });
}
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const path = new URL(event.detail.xhr.responseURL || window.location.href).pathname;
  if (path !== urls.signIn) return;
  event.preventDefault(); // the session has ended; do not paint the sign-in page into a part of this one
  signIn();
});

window.wardbell = {
  get seq() {
    return inbox.seq;
  },
  get unread() {
    return inbox.unread;
  },
  get live() {
    return connection.state;
  },
  get notifications() {
    return [...inbox.notifications.values()];
  },
  addEventListener: inbox.addEventListener.bind(inbox),
  dispatchEvent: inbox.dispatchEvent.bind(inbox),
};
connection.connect();
keepChanged();

// On a phone the tabs scroll.
document.querySelector(".subnav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
