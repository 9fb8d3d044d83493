// The demo's sign-in page: a click on a person fills the form in and signs in.

document.addEventListener("click", (event) => {
  const person = event.target.closest("button[data-username]");
  if (!person) return;
  const form = document.getElementById("sign-in");
  form.elements.login.value = person.dataset.username;
  form.elements.password.value = document.getElementById("demo-password").textContent;
  form.requestSubmit();
});
