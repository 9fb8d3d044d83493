// How a live part renews itself. It says which version it shows, and a server that has no other sends
// none. What came as it was stays the very element that is there: it loses no focus, no selection and no
// hand on it, and a list of hundreds costs what has changed in it. hx-swap="renew"; what is looked
// into has data-merge, what has not is replaced as a whole. A row, which has data-row, an id and no <li>
// in it, is not even parsed where its HTML is that of the row on the page; and htmx looks at a new one
// when somebody first lays a hand on it.

const AGES = /(<(?:time|span)\b[^>]* data-(?:ago|clock)[^>]*>)[^<]*/g; // times.js keeps them true
const TOKENS = /(name="csrfmiddlewaretoken" value=")[^"]*/g; // masked anew each time, and as good as before
const ROWS = /<li\b(?=[^>]* data-row\b)[^>]* id="([\w-]+)"[^]*?<\/li>/g;
const came = new WeakMap(); // element -> the HTML it came as
const sent = new WeakMap(); // row -> what the server wrote for it
const versions = new Map(); // id of a part -> its address and version
const asleep = new WeakSet(); // rows that htmx has not looked at
let rows = new Map(); // id -> what the server has just written for the row

const lasting = (html) => html.replace(AGES, "$1").replace(TOKENS, "$1");
const htmlOf = (element) => lasting(element.outerHTML);

/** What came, with an empty place for each row that is on the page as it is. */
function withPlaces(text) {
  rows = new Map();
  return text.replace(ROWS, (row, id) => {
    rows.set(id, row);
    const known = sent.get(document.getElementById(id));
    const same = known !== undefined && (known === row || lasting(known) === lasting(row));
    return same ? `<li id="${id}" data-row data-same></li>` : row;
  });
}

/** The rows themselves in the places that the page has none for after all. */
function filled(element) {
  const places = element.matches("[data-same]") ? [element] : element.querySelectorAll("[data-same]");
  for (const place of places) {
    const template = document.createElement("template");
    template.innerHTML = rows.get(place.id);
    const row = template.content.firstElementChild;
    place.replaceWith(row);
    if (place === element) return row;
  }
  return element;
}

/** New on the page: htmx looks at it, at a row not yet. */
function add(element, added) {
  if (element.hasAttribute("data-row")) asleep.add(element);
  else added.push(element);
}

/** What comes first of whatever somebody does, before it reaches the row itself. */
function wakeRows() {
  const wake = ({ target }) => {
    const row = target.closest?.("[data-row]");
    if (asleep.delete(row)) window.htmx.process(row);
  };
  for (const hand of ["pointerdown", "focusin", "click", "submit"]) document.addEventListener(hand, wake, true);
}

/** What an element is known by among its siblings. */
function keyed(parent) {
  const seen = new Map();
  const known = new Map();
  for (const child of parent.children) {
    const kind = `${child.tagName}.${child.classList[0] ?? ""}`;
    const nth = seen.get(kind) ?? 0;
    if (!child.id) seen.set(kind, nth + 1);
    known.set(child.id || `${kind} ${nth}`, child);
  }
  return known;
}

/** Makes `old` what `fresh` is; what is new on the page is added to `added`. */
function merge(old, fresh, added) {
  if (fresh.hasAttribute("data-same")) return;
  const inside = fresh.hasAttribute("data-merge") && old.hasAttribute("data-merge");
  const html = htmlOf(fresh);
  if ((came.get(old) ?? (inside ? null : htmlOf(old))) === html) return;
  if (!inside) {
    const whole = filled(fresh);
    came.set(whole, html);
    old.replaceWith(whole);
    add(whole, added);
    return;
  }
  const asked = old.getAttribute("hx-get");
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  came.set(old, html);
  mergeChildren(old, fresh, added);
  if (asked !== old.getAttribute("hx-get")) added.push(old); // htmx looks at it again
}

function mergeChildren(old, fresh, added) {
  const [known, wanted] = [keyed(old), keyed(fresh)];
  for (const [key, child] of known) if (!wanted.has(key)) child.remove();
  let at = old.firstElementChild;
  for (const [key, child] of wanted) {
    const mine = known.get(key);
    const shown = mine ?? filled(child);
    if (mine && mine === at) at = at.nextElementSibling;
    else old.insertBefore(shown, at);
    if (mine) merge(mine, child, added);
    else {
      came.set(shown, htmlOf(shown));
      add(shown, added);
    }
  }
}

function forgetUpwards(element) {
  for (let each = element; each; each = each.parentElement) {
    came.delete(each);
    sent.delete(each);
  }
  const part = element.closest("[data-live-part]");
  if (part) versions.delete(part.id);
}

function keepVersions() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const version = versions.get(detail.elt.id);
    const isPart = detail.verb === "get" && detail.elt.matches("[data-live-part]");
    if (isPart && version?.path === detail.path) detail.headers["If-None-Match"] = version.etag;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, xhr, requestConfig } = detail;
    if (!target.matches?.("[data-live-part]")) {
      if (requestConfig.verb !== "get") forgetUpwards(target);
      return;
    }
    const etag = requestConfig.verb === "get" && xhr.getResponseHeader("ETag");
    if (xhr.status === 304) return;
    if (etag && detail.shouldSwap) versions.set(target.id, { etag, path: requestConfig.path });
    else versions.delete(target.id);
    if (renews(requestConfig.elt)) detail.serverResponse = withPlaces(detail.serverResponse);
  });
}

function renews(asking) {
  return asking.closest("[hx-swap]")?.getAttribute("hx-swap") === "renew";
}

export function keepWhatIsTheSame() {
  window.htmx.defineExtension("renew", {
    handleSwap(style, target, fragment) {
      if (style !== "renew") return false;
      const fresh = target.id && fragment.querySelector(`#${CSS.escape(target.id)}`);
      if (!fresh) {
        for (const element of [...fragment.children]) filled(element);
        return false;
      }
      const added = [];
      const field = document.activeElement;
      merge(target, fresh, added);
      for (const [id, text] of rows) {
        const row = document.getElementById(id);
        if (row) sent.set(row, text);
      }
      // What was moved has lost the focus.
      if (field !== document.activeElement && field.isConnected) field.focus({ preventScroll: true });
      return added;
    },
  });
  keepVersions();
  wakeRows();
}
