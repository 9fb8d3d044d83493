// Sound and desktop notification for critical alerts, as this browser's user chose (kept in localStorage).
// What a desktop shows may be seen by anybody: it names neither patient nor finding.

const KEYS = { sound: "wardbell.sound", desktop: "wardbell.desktop" };
const ONE_TAB_FOR = 1_500; // ms in which the other tabs stay quiet about the same alert

function chosen(what) {
  try {
    return localStorage.getItem(KEYS[what]) ?? (what === "sound" ? "on" : "off");
  } catch {
    return "off"; // storage is blocked
  }
}

function choose(what, on) {
  try {
    localStorage.setItem(KEYS[what], on ? "on" : "off");
  } catch {
    // the choice lasts for this page only
  }
}

let audio;

function chime() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  [880, 660, 880].forEach((pitch, index) => {
    const at = audio.currentTime + index * 0.22;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.22, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.21);
  });
}

/** Runs `action` in one of this browser's tabs only. */
function inOneTab(name, action) {
  if (!navigator.locks) {
    action();
    return;
  }
  navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    action();
    await new Promise((done) => setTimeout(done, ONE_TAB_FOR));
  });
}

export class Signals {
  constructor({ inbox, strings, urls }) {
    this.strings = strings;
    this.urls = urls;
    inbox.addEventListener("alerts", ({ detail }) => {
      const critical = detail.filter((n) => n.level === "critical");
      if (critical.length) this.#signal(critical.at(-1).id);
    });
    for (const box of document.querySelectorAll("[data-signal]")) this.#bind(box);
  }

  #signal(id) {
    if (chosen("sound") === "on") inOneTab(`wardbell-sound-${id}`, chime);
    if (chosen("desktop") === "on" && window.Notification?.permission === "granted") {
      const shown = new Notification(this.strings.desktopTitle, {
        body: this.strings.desktopBody,
        tag: `wardbell-${id}`, // the same alert in several tabs is one notification
        requireInteraction: true,
      });
      shown.addEventListener("click", () => {
        window.focus();
        window.location.assign(this.urls.history);
      });
    }
  }

  #bind(box) {
    const what = box.dataset.signal;
    box.checked = chosen(what) === "on" && (what === "sound" || window.Notification?.permission === "granted");
    box.addEventListener("change", async () => {
      if (what === "desktop" && box.checked) {
        box.checked = (await window.Notification?.requestPermission()) === "granted";
      }
      choose(what, box.checked);
      if (what === "sound" && box.checked) chime();
    });
  }
}
