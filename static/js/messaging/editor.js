// The editor of templates: placeholders are marked while one types and inserted where one is, and
// nobody leaves unsaved words by accident. What is to be said of them comes from the server.

const PIECES = /\{[^{}\n]*\}|[{}]/g;
const NAME = /^\{([\p{L}][\p{L}\p{N}_]*)\}$/u;

const editor = document.getElementById("editor");
const known = new Set([...editor.querySelectorAll("[data-insert]")].map((item) => item.dataset.insert));

/** Behind the words stands a mirror of them with a background for each placeholder. */
function paint(field) {
  const mirror = field.parentElement.querySelector(".mirror");
  const parts = [];
  let end = 0;
  for (const piece of field.value.matchAll(PIECES)) {
    const mark = document.createElement("mark");
    const name = NAME.exec(piece[0])?.[1];
    mark.className = known.has(name) ? "is-known" : "is-unknown";
    mark.textContent = piece[0];
    parts.push(field.value.slice(end, piece.index), mark);
    end = piece.index + piece[0].length;
  }
  mirror.replaceChildren(...parts, `${field.value.slice(end)}\n`);
}

function keepMirrors() {
  for (const field of editor.querySelectorAll(".words :is(input, textarea)")) {
    field.addEventListener("input", () => paint(field));
    field.addEventListener("scroll", () => {
      field.parentElement.querySelector(".mirror").scrollLeft = field.scrollLeft;
    });
    paint(field);
  }
}

function changed(field) {
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Inserts where the words of that language were written last; the text unless it was the subject. */
function keepInserting() {
  for (const section of editor.querySelectorAll("[data-language]")) {
    let field = section.querySelector("textarea");
    for (const each of section.querySelectorAll(".words :is(input, textarea)")) {
      each.addEventListener("focus", () => (field = each));
    }
    for (const item of section.querySelectorAll("[data-insert]")) {
      item.addEventListener("click", () => {
        const place = field.offsetParent ? field : section.querySelector("textarea");
        place.setRangeText(`{${item.dataset.insert}}`, place.selectionStart, place.selectionEnd, "end");
        changed(place);
        // Bootstrap gives the focus back to the menu's button first.
        setTimeout(() => place.focus());
      });
    }
    section.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-wrong]");
      if (!button) return;
      const { wrong, right } = button.dataset;
      for (const each of section.querySelectorAll(".words :is(input, textarea)")) {
        if (!each.value.includes(`{${wrong}}`)) continue;
        each.value = each.value.replaceAll(`{${wrong}}`, `{${right}}`);
        each.focus();
        changed(each);
      }
    });
  }
}

function guardChanges() {
  let unsaved = editor.dataset.changed === "true";
  const show = () => (document.getElementById("unsaved").hidden = !unsaved);
  editor.addEventListener("input", () => {
    unsaved = true;
    show();
  });
  editor.addEventListener("submit", () => {
    unsaved = false;
    document.getElementById("save").disabled = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  // Back from the page that followed: the browser may have restored what was written.
  window.addEventListener("pageshow", () => {
    document.getElementById("save").disabled = false;
  });
  show();
}

keepMirrors();
keepInserting();
guardChanges();
