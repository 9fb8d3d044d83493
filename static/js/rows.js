// The row that somebody has just changed stays where it is, with its outcome, whatever the filters of its
// list say by now: for ten seconds, or until they look for something else. And the row that an alert led
// to is shown, also where the list is longer than its window.

const STAYS = 10_000; // ms
const HEADER = "Wardbell-Kept";

export function keepChanged() {
  const kept = new Map(); // id -> until when
  const list = () => document.querySelector("[data-keeps]");
  const idOf = (name) => /^#?appointment-(\d+)$/.exec(name ?? "")?.[1];

  function keep(id) {
    kept.set(id, Date.now() + STAYS);
    setTimeout(() => list() && window.htmx.trigger(list(), "refresh"), STAYS + 100);
  }

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!list() || (detail.target !== list() && detail.verb === "get")) return;
    const id = detail.verb === "get" ? null : idOf(detail.target.id);
    if (id) keep(id);
    else if (detail.elt !== list()) kept.clear();
    for (const [each, until] of kept) if (until < Date.now()) kept.delete(each);
    if (kept.size && detail.verb === "get") detail.headers[HEADER] = [...kept.keys()].join(",");
  });

  const wanted = idOf(window.location.hash);
  if (!wanted || !list() || document.getElementById(`appointment-${wanted}`)) return;
  keep(wanted);
  kept.set(wanted, Infinity);
  const show = () => document.getElementById(`appointment-${wanted}`)?.scrollIntoView({ block: "center", behavior: "instant" });
  document.addEventListener("htmx:afterSettle", () => {
    show();
    // How high the rows above are is an estimate until they have been in sight.
    requestAnimationFrame(() => requestAnimationFrame(show));
  }, { once: true });
  window.htmx.trigger(list(), "refresh");
}
