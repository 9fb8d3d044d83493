// Menus of rows: one empty menu a row, fetched when it opens. What it offers is true at that moment,
// and a list of hundreds carries no menus that nobody opens.

const WAIT = '<div class="menu-wait" role="status"><span class="spinner-border spinner-border-sm" aria-hidden="true"></span></div>';

export function fetchMenus() {
  let byKey = false; // opened from the keyboard: the first choice gets the focus once it is there

  document.addEventListener("keydown", ({ key, target }) => {
    byKey = Boolean(target.closest?.("[data-menu]")) && ["ArrowDown", "ArrowUp", "Enter", " "].includes(key);
  }, true);
  document.addEventListener("pointerdown", () => (byKey = false), true);

  // The menu reaches over the edge of its row, which would be cut off: parts.css.
  for (const [event, is] of [["show", true], ["hidden", false]]) {
    document.addEventListener(`${event}.bs.dropdown`, ({ target }) => target.closest("[data-row]")?.classList.toggle("has-menu", is));
  }

  document.addEventListener("show.bs.dropdown", async ({ target: button }) => {
    if (!button.dataset.menu) return;
    const menu = button.nextElementSibling;
    const wantsFocus = byKey;
    menu.innerHTML = WAIT; // what was offered the last time may no longer be
    await fetchInto(menu, button.dataset.menu);
    if (menu.querySelector(".menu-wait")) hide(button); // it could not be fetched: a toast says so
    else if (wantsFocus && menu.classList.contains("show")) menu.querySelector("button, a")?.focus();
    window.bootstrap.Dropdown.getInstance(button)?.update();
  });
}

/** Ends whether or not there is an answer. */
async function fetchInto(menu, address) {
  try {
    await window.htmx.ajax("get", address, { source: menu, target: menu, swap: "innerHTML" });
  } catch {
    // htmx has said so on the page
  }
}

function hide(button) {
  window.bootstrap.Dropdown.getInstance(button)?.hide();
  button.focus();
}
