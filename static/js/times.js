// Keeps "5 min" true while a page stays open, and the clock of a wall display.
// The server writes the same words first (wards/templatetags/times.py), so nothing jumps.

const MINUTE = 60_000;

function ago(time, words) {
  const minutes = Math.floor((Date.now() - Date.parse(time)) / MINUTE);
  if (minutes < 1) return words.now;
  if (minutes < 60) return words.minutes.replace("%s", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%s", Math.floor(minutes / 60));
  return words.days.replace("%s", Math.floor(minutes / 1440));
}

export function keepTimes(words, { language, timeZone }) {
  const clock = new Intl.DateTimeFormat(`${language}-u-nu-latn`, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  });

  function show() {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      element.textContent = ago(element.dateTime, words);
    }
    for (const element of document.querySelectorAll("[data-clock]")) {
      element.textContent = clock.format(new Date());
    }
  }

  show();
  setInterval(show, 20_000);
  document.addEventListener("htmx:afterSettle", show);
}
