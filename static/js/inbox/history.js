// Choosing rows of a list, of alerts or of messages. The choice survives the list being fetched again.

const LISTS = ["history", "messages"];

export function keepSelection() {
  let chosen = new Set();

  const boxes = () => [...document.querySelectorAll("input[name=ids]")];

  function show() {
    const bar = document.getElementById("bulk-bar");
    if (!bar) return;
    const all = boxes();
    const checked = all.filter((box) => box.checked);
    bar.classList.toggle("has-selection", checked.length > 0);
    document.getElementById("bulk-count").textContent = checked.length;
    const master = document.getElementById("pick-all");
    master.checked = checked.length > 0 && checked.length === all.length;
    master.indeterminate = checked.length > 0 && checked.length < all.length;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-all") {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.id === "pick-all" || event.target.name === "ids") show();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!LISTS.includes(event.detail.target.id)) return;
    // A list fetched after a bulk action starts with nothing chosen.
    const wasBulk = event.detail.requestConfig.verb === "post";
    chosen = new Set(wasBulk ? [] : boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!LISTS.includes(event.detail.target.id)) return;
    for (const box of boxes()) box.checked = chosen.has(box.value);
    show();
  });
  show(); // the browser may have restored ticks after a reload
}
