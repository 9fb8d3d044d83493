// The one dialog of a page: empty until it is asked for, focus where work begins, and back afterwards.

export function keepDialog() {
  const dialog = document.getElementById("dialog");
  const content = document.getElementById("dialog-content");
  if (!dialog || !content) return;
  let opener = "";
  let open = false; // from the moment that it begins to show
  let shown = false;

  function focusFirst() {
    const wrong = content.querySelector("[aria-invalid=true]");
    (wrong ?? content.querySelector("[autofocus]") ?? content.querySelector(".modal-body :is(input:not([type=hidden]), select, textarea)"))?.focus();
  }

  dialog.addEventListener("show.bs.modal", ({ relatedTarget }) => {
    open = true;
    opener = relatedTarget?.closest(".dropdown")?.querySelector("[data-bs-toggle=dropdown]")?.id || relatedTarget?.id || "";
    content.replaceChildren(document.getElementById("dialog-wait").content.cloneNode(true));
  });
  dialog.addEventListener("shown.bs.modal", () => {
    shown = true;
    focusFirst();
  });
  dialog.addEventListener("hidden.bs.modal", () => {
    open = shown = false;
    content.replaceChildren();
    // What opened it may have been replaced meanwhile: its successor has the same id.
    const place = document.getElementById(opener) ?? document.getElementById("main");
    if (document.activeElement === document.body) place?.focus({ preventScroll: true });
  });
  /** Bootstrap does not hear of hiding while it is still showing: who is quick waits for that. */
  function close() {
    if (!open) return;
    const hide = () => window.bootstrap.Modal.getInstance(dialog)?.hide();
    if (shown) hide();
    else dialog.addEventListener("shown.bs.modal", hide, { once: true });
  }

  document.body.addEventListener("wb-close-dialog", close);
  // At once: a key pressed while nothing has the focus would be lost.
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === content && shown) focusFirst();
  });
  // What cannot be shown leaves no empty dialog behind, and a fault of the server keeps what was
  // filled in; a toast says why.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== content || !detail.isError) return;
    if (detail.xhr.status < 500 || content.querySelector(".modal-wait")) close();
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, ({ detail }) => {
      if (detail.target === content && content.querySelector(".modal-wait")) close();
    });
  }
}
