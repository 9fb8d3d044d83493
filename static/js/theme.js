// Runs before the first paint (a plain script in <head>): the page must not flash in the wrong theme.
// The server has written the reader's choice to data-theme; only "auto" needs the device's answer.
// And it is "connecting" only where there is a script that connects.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.theme;
    const theme = choice === "light" || choice === "dark" ? choice : dark.matches ? "dark" : "light";
    root.setAttribute("data-bs-theme", theme);
  }

  root.dataset.live = "connecting";
  apply();
  dark.addEventListener("change", apply);
  // The form posts the choice; the page does not wait for the answer to change.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[name=theme]");
    if (!button) return;
    root.dataset.theme = button.value;
    for (const other of button.parentElement.children) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    apply();
  });
})();
