// How a live part renews itself. It says which version it shows, and a server that has no other sends
// none. What came as it was stays the very element that is there: it loses no focus, no selection and no
// hand on it, and a list of hundreds costs what has changed in it. hx-swap="renew"; what is looked
// into has data-merge, what has not is replaced as a whole.

const AGES = /(<(?:time|span)\b[^>]* data-(?:ago|clock)[^>]*>)[^<]*/g; // times.js keeps them true
const TOKENS = /(name="csrfmiddlewaretoken" value=")[^"]*/g; // masked anew each time, and as good as before
const came = new WeakMap(); // element -> the HTML it came as
const versions = new Map(); // id of a part -> its address and version

const htmlOf = (element) => element.outerHTML.replace(AGES, "$1").replace(TOKENS, "$1");
const cameAs = (element) => came.get(element) ?? htmlOf(element);

/** What an element is known by among its siblings. */
function keyed(parent) {
  const seen = new Map();
  const known = new Map();
  for (const child of parent.children) {
    const kind = `${child.tagName}.${child.classList[0] ?? ""}`;
    const nth = seen.get(kind) ?? 0;
    seen.set(kind, nth + 1);
    known.set(child.id || `${kind} ${nth}`, child);
  }
  return known;
}

/** Makes `old` what `fresh` is; what is new on the page is added to `added`. */
function merge(old, fresh, added) {
  const html = htmlOf(fresh);
  if (cameAs(old) === html) return;
  if (!fresh.hasAttribute("data-merge") || !old.hasAttribute("data-merge")) {
    came.set(fresh, html);
    old.replaceWith(fresh);
    added.push(fresh);
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
    if (mine && mine === at) at = at.nextElementSibling;
    else old.insertBefore(mine ?? child, at);
    if (mine) merge(mine, child, added);
    else {
      came.set(child, htmlOf(child));
      added.push(child);
    }
  }
}

function forgetUpwards(element) {
  for (let each = element; each; each = each.parentElement) came.delete(each);
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
  });
}

export function keepWhatIsTheSame() {
  window.htmx.defineExtension("renew", {
    handleSwap(style, target, fragment) {
      if (style !== "renew") return false;
      const fresh = target.id && fragment.querySelector(`#${CSS.escape(target.id)}`);
      if (!fresh) return false;
      const added = [];
      const field = document.activeElement;
      merge(target, fresh, added);
      // What was moved has lost the focus.
      if (field !== document.activeElement && field.isConnected) field.focus({ preventScroll: true });
      return added;
    },
  });
  keepVersions();
}
