// The pages of bulk sends: what is chosen and dropped on the form, and how fast it goes while it is sent.

import { showFile } from "../drop.js";

const byId = (id) => document.getElementById(id);

/** A template has words for some channels only; the others cannot be chosen beside it. */
function keepChannels(form) {
  const offered = JSON.parse(byId("offered-channels").textContent);
  const value = (name) => form.elements[name]?.value;
  const codes = () =>
    (form.elements.compare.checked ? ["a", "b"] : ["a"])
      .filter((letter) => value(`${letter}-origin`) === "template")
      .map((letter) => value(`${letter}-code`))
      .filter(Boolean);

  function show() {
    for (const box of form.querySelectorAll("[name=channels]")) {
      box.disabled = codes().some((code) => !offered[code]?.includes(box.value));
    }
  }

  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
}

function keepShare(form) {
  const { share } = form.elements;
  const show = () => {
    byId("share-a").textContent = `A ${100 - share.value}%`;
    byId("share-b").textContent = `B ${share.value}%`;
  };
  share.addEventListener("input", show);
  window.addEventListener("pageshow", show);
}

/** Messages a second and the time that is left, from what moved in the last seconds on this page. */
function keepPace() {
  const LOOK_BACK = 12_000; // ms: long enough to be calm, short enough to notice a pause
  const words = byId("pace-words") && JSON.parse(byId("pace-words").textContent);
  if (!words) return;
  const seen = [];

  function duration(seconds) {
    if (seconds < 90) return words.seconds.replace("%s", Math.max(1, Math.round(seconds)));
    if (seconds < 5_400) return words.minutes.replace("%s", Math.round(seconds / 60));
    return words.hours.replace("%s", (seconds / 3_600).toFixed(1));
  }

  function look() {
    const pace = byId("pace");
    if (!pace) {
      seen.length = 0;
      return;
    }
    const now = performance.now();
    const done = Number(pace.dataset.done);
    seen.push({ now, done });
    while (now - seen[0].now > LOOK_BACK) seen.shift();
    const [first] = seen;
    const rate = ((done - first.done) * 1_000) / (now - first.now);
    if (!(rate > 0)) return;
    const left = Number(pace.dataset.left);
    const speed = rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString(document.documentElement.lang);
    pace.textContent = [words.rate.replace("%s", speed), left ? words.left.replace("%s", duration(left / rate)) : ""]
      .filter(Boolean)
      .join(" · ");
  }

  document.addEventListener("htmx:afterSettle", look);
  look();
}

const form = document.querySelector(".bulk-form");
if (form) {
  showFile(byId("save"), () => form.elements.audience.value === "file");
  keepChannels(form);
  keepShare(form);
}
keepPace();
