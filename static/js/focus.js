// The keyboard stays where it is when what it is on is replaced. htmx does that for elements with an id.

export function keepFocus() {
  let left = null; // the address of the link that had the focus

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const link = document.activeElement;
    left = detail.target.contains(link) && !link.id ? link.getAttribute("href") : null;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (document.activeElement !== document.body) return;
    const successor = left !== null && document.querySelector(`[data-live-part] a[href="${CSS.escape(left)}"]`);
    if (successor) successor.focus({ preventScroll: true });
    // A row that was acted on: its next action.
    else if (detail.requestConfig?.verb !== "get") {
      detail.elt.querySelector?.("button, a")?.focus({ preventScroll: true });
    }
  });
}
