// The pages of bulk operations: a file that is dropped, patients that are chosen, one operation to look for.

import { showFile } from "./drop.js";

const byId = (id) => document.getElementById(id);

/** Choosing who is discharged: the search hides, and what is hidden stays chosen. */
function choosePatients() {
  const picks = byId("picks");
  if (!picks) return;
  const words = JSON.parse(byId("discharge-words").textContent);
  const rules = new Intl.PluralRules(document.documentElement.lang);
  const say = (forms, count) => (forms[rules.select(count)] ?? forms.other).replace("%(n)s", count);
  const ask = byId("ask-discharge");
  const empty = ask.textContent;
  const rows = [...picks.children].map((row) => ({
    row,
    box: row.querySelector("input"),
    name: row.querySelector(".pick-name bdi").textContent,
    text: row.textContent.toLocaleLowerCase(),
  }));
  const shown = () => rows.filter(({ row }) => !row.hidden);
  const chosen = () => rows.filter(({ box }) => box.checked);

  function filter() {
    const sought = byId("pick-search").value.toLocaleLowerCase().split(/\s+/);
    const ward = byId("pick-ward").value;
    for (const { row, text } of rows) {
      row.hidden = (ward && row.dataset.ward !== ward) || !sought.every((word) => text.includes(word));
    }
    byId("pick-none").hidden = shown().length > 0;
    count();
  }

  function count() {
    const [all, some] = [shown(), chosen()];
    const inSight = all.filter(({ box }) => box.checked).length;
    byId("pick-shown").checked = inSight > 0 && inSight === all.length;
    byId("pick-shown").indeterminate = inSight > 0 && inSight < all.length;
    byId("shown-count").textContent = all.length < rows.length ? say(words.shown, all.length) : "";
    ask.disabled = some.length === 0;
    ask.textContent = some.length ? say(words.button, some.length) : empty;
  }

  function confirm() {
    const some = chosen();
    byId("confirm-title").textContent = say(words.title, some.length);
    byId("really-discharge").querySelector("span").textContent = say(words.button, some.length);
    const names = some.slice(0, 5).map(({ name }) => name);
    byId("confirm-names").replaceChildren(
      ...[...names, ...(some.length > names.length ? ["…"] : [])].map((name) => {
        const line = document.createElement("li");
        const words = document.createElement("bdi");
        words.textContent = name;
        line.append(words);
        return line;
      }),
    );
  }

  byId("pick-search").addEventListener("input", filter);
  byId("pick-search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // finds, and discharges nobody
  });
  byId("pick-ward").addEventListener("change", filter);
  byId("pick-shown").addEventListener("change", ({ target }) => {
    for (const { box } of shown()) box.checked = target.checked;
    count();
  });
  picks.addEventListener("change", count);
  byId("confirm").addEventListener("show.bs.modal", confirm);
  byId("discharge").addEventListener("submit", () => {
    byId("really-discharge").disabled = true; // a second click does not ask twice
  });
  window.addEventListener("pageshow", filter); // the browser may have restored ticks
}

/** The history: the status of the cards is that of the select. */
function keepHistory() {
  const select = byId("status");
  if (!byId("operations") || !select) return;
  document.addEventListener("htmx:afterSettle", () => {
    select.value = byId("operations").dataset.status;
  });
}

showFile(byId("check-file"));
choosePatients();
keepHistory();
