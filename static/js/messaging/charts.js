// Draws every figure with data-chart from the data beside it. The figure's table says the same, so a
// page without this script, and whoever does not see a canvas, misses nothing.

const root = document.documentElement;
const drawn = new Map(); // figure -> Chart
const asTable = new Set(); // ids of charts that somebody reads as a table; kept when a part is renewed
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
// The same digits as in the rest of the page, in every language.
const locale = `${root.lang || "en"}-u-nu-latn`;
const rtl = root.dir === "rtl";

function colours() {
  const style = getComputedStyle(root);
  return (name) => style.getPropertyValue(`--wb-${name}`).trim();
}

function dataset(series, colour) {
  const shown = colour(series.tone);
  const line = series.kind === "line";
  return {
    type: series.kind,
    label: series.label,
    data: series.values,
    percent: series.percent,
    yAxisID: series.percent ? "share" : "y",
    order: line ? 0 : 1,
    backgroundColor: shown,
    borderColor: shown,
    ...(line
      ? { clip: 8, borderWidth: 2, pointRadius: 2, pointHoverRadius: 5, tension: 0.25, spanGaps: true }
      : { maxBarThickness: 26, borderRadius: 2 }),
  };
}

/** The bar or point that the figure is about stands out; the others step back. */
function mark(sets, at, colour) {
  if (at === null) return;
  for (const set of sets) {
    if (set.type === "line") {
      set.pointRadius = set.data.map((_, i) => (i === at ? 6 : 2));
    } else {
      set.backgroundColor = set.data.map((_, i) => colour(i === at ? "brand" : "chart-stopped"));
    }
  }
}

function number(value, set) {
  const text = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
  return set.percent ? `${text}%` : text;
}

function options(data, colour, family) {
  const font = { family, size: 12 };
  const axis = { grid: { color: colour("line"), drawTicks: false }, border: { display: false } };
  const ticks = { color: colour("ink-3"), font, padding: 6 };
  const scales = {
    x: {
      stacked: data.stacked,
      reverse: rtl,
      grid: { display: false },
      border: { color: colour("line") },
      ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 14 },
    },
    y: {
      ...axis,
      stacked: data.stacked,
      beginAtZero: true,
      position: rtl ? "right" : "left",
      ticks: { ...ticks, precision: 0, maxTicksLimit: 6 },
    },
  };
  if (data.series.some((series) => series.percent)) {
    scales.share = {
      ...axis,
      grid: { display: false },
      beginAtZero: true,
      max: 100,
      position: rtl ? "left" : "right",
      ticks: { ...ticks, maxTicksLimit: 5, callback: (value) => `${value}%` },
    };
  }
  return {
    locale,
    scales,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: {
        rtl,
        textDirection: root.dir,
        position: "bottom",
        labels: { color: colour("ink-2"), font, usePointStyle: true, pointStyle: "rectRounded", boxHeight: 8, padding: 16 },
      },
      tooltip: {
        rtl,
        textDirection: root.dir,
        backgroundColor: colour("ink"),
        titleColor: colour("surface"),
        bodyColor: colour("surface"),
        titleFont: { ...font, weight: 600 },
        bodyFont: font,
        padding: 10,
        cornerRadius: 8,
        boxPadding: 4,
        callbacks: {
          title: ([item]) => data.labels[item.dataIndex],
          label: (item) => ` ${item.dataset.label}: ${number(item.raw ?? 0, item.dataset)}`,
        },
      },
    },
  };
}

function draw(figure, animated) {
  const source = figure.querySelector("script[type='application/json']");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const colour = colours();
  const datasets = data.series.map((series) => dataset(series, colour));
  mark(datasets, data.marked, colour);
  drawn.get(figure)?.destroy();
  const chart = new window.Chart(figure.querySelector("canvas"), {
    type: "bar",
    data: { labels: data.short, datasets },
    options: {
      ...options(data, colour, getComputedStyle(document.body).fontFamily),
      animation: animated && !still.matches ? { duration: 350 } : false,
    },
  });
  drawn.set(figure, chart);
  show(figure);
}

function show(figure) {
  const table = asTable.has(figure.dataset.chart);
  figure.classList.toggle("as-table", table);
  figure.querySelector("[data-chart-switch]")?.setAttribute("aria-pressed", String(table));
  // Out of sight, it is for screen readers only: no stop for the Tab key.
  const rows = figure.querySelector(".chart-table");
  if (rows) rows.tabIndex = table ? 0 : -1;
}

function drawAll(animated) {
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.destroy();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll("[data-chart]")) {
    if (!drawn.has(figure)) draw(figure, animated);
  }
}

document.addEventListener("click", (event) => {
  const figure = event.target.closest("[data-chart-switch]")?.closest("[data-chart]");
  if (!figure) return;
  const id = figure.dataset.chart;
  if (!asTable.delete(id)) asTable.add(id);
  show(figure);
});
// Before the browser paints: a part that was renewed does not flicker.
document.addEventListener("htmx:afterSwap", () => drawAll(false));
new MutationObserver(() => {
  for (const figure of [...drawn.keys()]) if (figure.isConnected) draw(figure, false);
}).observe(root, { attributeFilter: ["data-bs-theme"] });
drawAll(true);
