// Whose page this is. Browsers send the cookies of whoever signed in last, from every tab: so each
// request names whom the page was opened for, and once that is somebody else, or the same person as
// something else, the page says so, covers what it shows and loads itself again.

const LOADED_AGAIN = "wardbell.loaded-again";
const TIME_TO_READ = 2_500; // ms
const HEADER = "Wardbell-Reader";

function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

export function keepReader({ config, connection }) {
  const { reader } = config;
  const sheet = document.getElementById("other-reader");
  // Signing in again, in whichever tab, makes another token. It is good only together with the header.
  const headers = () => ({
    "X-CSRFToken": cookie(config.csrfCookie) ?? config.csrfToken,
    [HEADER]: reader,
  });

  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    Object.assign(detail.headers, headers());
    detail.formData.delete("csrfmiddlewaretoken");
  });
  // Forms that are sent without a script name nobody: they get the new token from a state of ours only.
  connection.addEventListener("frame", ({ detail }) => {
    if (detail.reader !== reader) return;
    const token = headers()["X-CSRFToken"];
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  });

  function loadAgain(now) {
    if (!sheet?.hidden) return;
    const isOther = now.split(":")[0] !== reader.split(":")[0];
    sheet.querySelector(isOther ? "[data-somebody-else]" : "[data-something-else]").hidden = false;
    for (const part of document.body.children) part.inert = part !== sheet;
    document.getElementById("toasts")?.replaceChildren();
    document.title = "Wardbell";
    sheet.hidden = false;
    try {
      sessionStorage.setItem(LOADED_AGAIN, "1");
    } catch {
      // storage is blocked: the sentence on this page has to do
    }
    setTimeout(() => window.location.reload(), TIME_TO_READ);
  }

  function sayWhoIsSignedIn(toasts) {
    try {
      if (sessionStorage.getItem(LOADED_AGAIN)) toasts?.say(config.strings.signedInAs, "info");
      sessionStorage.removeItem(LOADED_AGAIN);
    } catch {
      // storage is blocked
    }
  }

  return { headers, loadAgain, sayWhoIsSignedIn };
}
