// Sound and desktop notification for critical alerts, as this browser's user chose (kept in localStorage).
// What a desktop shows may be seen by anybody: it names neither patient nor finding.

const KEYS = { sound: "wardbell.sound", desktop: "wardbell.desktop" };
const ONE_TAB_FOR = 1_500; // ms in which the other tabs stay quiet about the same alert
const WOKEN_WITHIN = 300; // ms that a browser takes to let a suspended context run, if it does

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

/** The chime. A browser lets a page sound only after somebody has touched it. */
class Chime extends EventTarget {
  #context = null;

  get audible() {
    return this.#context?.state === "running";
  }

  /** Tries to be able to sound; whether it is. */
  async wake() {
    if (!window.AudioContext) return false;
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.addEventListener("statechange", () => this.dispatchEvent(new CustomEvent("change")));
    }
    if (!this.audible) {
      const woken = this.#context.resume().catch(() => {});
      await Promise.race([woken, new Promise((done) => setTimeout(done, WOKEN_WITHIN))]);
    }
    this.dispatchEvent(new CustomEvent("change"));
    return this.audible;
  }

  play() {
    const audio = this.#context;
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
}

/** Runs `action` in one of those tabs of this browser that try to. */
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
    this.chime = new Chime();
    this.silent = document.getElementById("sound-blocked");
    inbox.addEventListener("alerts", ({ detail }) => {
      const critical = detail.filter((n) => n.level === "critical");
      if (critical.length) this.#signal(critical.at(-1).id);
    });
    for (const box of document.querySelectorAll("[data-signal]")) this.#bind(box);
    this.#showSilence();
  }

  #signal(id) {
    if (chosen("sound") === "on") this.#sound(id);
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

  /** A tab that may not sound leaves it to one that may. */
  async #sound(id) {
    if (await this.chime.wake()) inOneTab(`wardbell-sound-${id}`, () => this.chime.play());
  }

  /** Wished for, but the browser lets nothing be heard: a button says so, and whatever is touched wakes it. */
  #showSilence() {
    if (!this.silent) return;
    const show = () => (this.silent.hidden = this.chime.audible || chosen("sound") !== "on");
    this.chime.addEventListener("change", show);
    this.silent.addEventListener("click", async () => (await this.chime.wake()) && this.chime.play());
    // Not what is pressed on the button itself: it would be gone before it is clicked.
    const wake = (touch) => {
      if (chosen("sound") === "on" && !this.chime.audible && !this.silent.contains(touch?.target)) this.chime.wake();
    };
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake, { passive: true });
    wake();
  }

  #bind(box) {
    const what = box.dataset.signal;
    box.checked = chosen(what) === "on" && (what === "sound" || window.Notification?.permission === "granted");
    box.addEventListener("change", async () => {
      if (what === "desktop" && box.checked) {
        box.checked = (await window.Notification?.requestPermission()) === "granted";
      }
      choose(what, box.checked);
      if (what !== "sound") return;
      const audible = await this.chime.wake();
      if (box.checked && audible) this.chime.play();
    });
  }
}
