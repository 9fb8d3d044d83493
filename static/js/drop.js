// A file that is chosen or dropped: its name, and a word at once where it is too large.

const byId = (id) => document.getElementById(id);

/** `button` does nothing while the file is too large; `wanted` says whether the form asks for a file at all. */
export function showFile(button, wanted = () => true) {
  const input = document.querySelector(".drop-input");
  if (!input) return;
  const drop = input.closest(".drop");
  const title = drop.querySelector(".drop-title");

  function show() {
    const [file] = input.files;
    title.textContent = file?.name ?? title.dataset.empty;
    drop.classList.toggle("has-file", Boolean(file));
    const tooLarge = Boolean(file) && wanted() && file.size > Number(input.dataset.most);
    byId("too-large").hidden = !tooLarge;
    button.disabled = tooLarge;
    if (file) byId("file-error")?.remove();
  }

  input.form.addEventListener("change", show);
  for (const event of ["dragenter", "dragover"]) input.addEventListener(event, () => drop.classList.add("is-over"));
  for (const event of ["dragleave", "drop"]) input.addEventListener(event, () => drop.classList.remove("is-over"));
  window.addEventListener("pageshow", show); // the browser may have kept the file after "back"
}
