// Firefox learned :has() in 121. Before, this shows of each choice only its own fields, as the style sheets
// do elsewhere; and where no script runs, all of them are shown.

const RULES = [
  // [what stands or falls, of which form or part, and whether it is shown]
  ["[data-audience]", (part, field) => chosen(part, "audience", field.dataset.audience), ".bulk-form"],
  [".topic-field", (part) => chosen(part, "a-origin", "own"), ".bulk-form"],
  [".compare-more, .variant-letter", (part) => part.querySelector("[name=compare]").checked, ".bulk-form"],
  [".own-words", (part) => chosen(part, `${part.dataset.variant}-origin`, "own"), ".variant"],
  [".from-template", (part) => chosen(part, `${part.dataset.variant}-origin`, "template"), ".variant"],
  [".subject-field", (part) => part.matches(".is-email") || part.querySelector('input[value="email"]:checked'), ".editor"],
  [".dates", (part) => part.querySelector(".has-dates :checked"), ".report-form"],
  [".no-dates", (part) => !part.querySelector(".has-dates :checked"), ".report-form"],
  [".all-off", (part) => !part.querySelector(".wish input:checked"), "[data-channels]"],
  ["[data-channel]", (part, chip) => part.querySelector(`[name="${chip.dataset.channel}"]`).checked || chip.querySelector(":checked"), "[data-channels]"],
];

function chosen(part, name, value) {
  return part.querySelector(`[name="${name}"][value="${value}"]:checked`);
}

function show() {
  for (const [what, isShown, where] of RULES) {
    for (const part of document.querySelectorAll(where)) {
      for (const each of part.querySelectorAll(what)) each.hidden = !isShown(part, each);
    }
  }
}

if (!CSS.supports("selector(:has(*))")) {
  document.addEventListener("change", show);
  document.body.addEventListener("htmx:afterSettle", show);
  show();
}
