// Times by the server's clock: this computer's may be days off. Keeps "5 min" true while a page stays
// open, and the clock of a wall display. The server writes the same words first
// (wards/templatetags/times.py), so nothing jumps.

const MINUTE = 60_000;
const DOUBT = 2_000; // ms that two readings of the server's clock may differ by being on their way

/** The server's clock, as far as its frames tell. Each comes late by its way here; the quickest counts. */
class Clock {
  #ahead = null; // ms that the server's clock is before ours

  now() {
    return Date.now() + (this.#ahead ?? 0);
  }

  /** Takes what the server says the time is. */
  set(time) {
    const ahead = Date.parse(time) - Date.now();
    if (Number.isNaN(ahead)) return;
    const same = this.#ahead !== null && Math.abs(ahead - this.#ahead) < DOUBT;
    this.#ahead = same ? Math.max(ahead, this.#ahead) : ahead;
  }
}

export const clock = new Clock();

/** How long ago in words; null where the time cannot be read (the server's own words stay then). */
function ago(time, words) {
  const minutes = Math.floor((clock.now() - Date.parse(time)) / MINUTE);
  if (Number.isNaN(minutes)) return null;
  if (minutes < 1) return words.now; // also what comes from the future
  if (minutes < 60) return words.minutes.replace("%s", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%s", Math.floor(minutes / 60));
  return words.days.replace("%s", Math.floor(minutes / 1440));
}

/** "14:02" in the hospital's time zone. */
export function timeOfDay({ language, timeZone }) {
  const format = new Intl.DateTimeFormat(`${language}-u-nu-latn`, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  return (time) => format.format(time);
}

/** What is written is laid out anew, also where it says the same. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function keepTimes(words, format) {
  function show() {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const text = ago(element.dateTime, words);
      if (text !== null) write(element, text);
    }
    for (const element of document.querySelectorAll("[data-clock]")) write(element, format(clock.now()));
  }

  show();
  setInterval(show, 20_000);
  document.addEventListener("htmx:afterSettle", show);
}
