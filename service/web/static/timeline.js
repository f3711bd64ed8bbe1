// The figures of a thread over time: a bar for each interval, by source. uPlot draws the axes and keeps the scales.
import { say } from "./desk.js";

const { points, sources } = JSON.parse(document.getElementById("chart-data").textContent);
const box = document.getElementById("chart");
const tip = document.getElementById("chart-tip");
const wide = 7; // half the width of a bar, in CSS pixels
const format = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2, useGrouping: true });
const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 });
const DAY_S = 86_400;
const DAYS = [1, 2, 4, 7, 14, 28, 61, 91, 182, 365, 730, 1826, 3652]; // between two lines of the grid

const values = points.flatMap((point) => [point.low, point.high]).filter((value) => value !== null);
const lowest = Math.min(...values);
const highest = Math.max(...values);
const room = (highest - lowest || Math.abs(highest) || 1) * 0.12;
const floor = lowest >= 0 ? Math.max(0, lowest - room) : lowest - room;
const ceiling = highest + room;
let lit = null;
let chart;

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function words(point) {
  if (point.high === null) return say("at_least", { low: format.format(point.low) });
  if (point.low === null) return say("at_most", { high: format.format(point.high) });
  return point.low === point.high ? format.format(point.low) : say("between", { low: format.format(point.low), high: format.format(point.high) });
}

/** Bars of one moment stand side by side: how far each is moved, in bars. */
function offsets() {
  const seen = new Map();
  const together = new Map();
  for (const point of points) together.set(point.at, (together.get(point.at) ?? 0) + 1);
  return points.map((point) => {
    const number = seen.get(point.at) ?? 0;
    seen.set(point.at, number + 1);
    return number - (together.get(point.at) - 1) / 2;
  });
}

const moved = offsets();

function place(plot, index, canvas = true) {
  const point = points[index];
  const ratio = canvas ? devicePixelRatio : 1;
  const x = plot.valToPos(point.at, "x", canvas) + moved[index] * (2 * wide + 3) * ratio;
  const top = plot.valToPos(point.high ?? ceiling, "y", canvas);
  const bottom = plot.valToPos(point.low ?? floor, "y", canvas);
  return { x, top: Math.min(top, bottom - 4 * ratio), bottom };
}

function draw(plot) {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const half = wide * ratio;
  ctx.save();
  points.forEach((point, index) => {
    const { x, top, bottom } = place(plot, index);
    const colour = style(`--s${point.source % 8}`);
    const open = point.low === null || point.high === null;
    ctx.globalAlpha = lit === null || lit === index ? 1 : 0.45;
    if (open) { // fades towards the end that nobody named
      const fade = ctx.createLinearGradient(0, point.high === null ? bottom : top, 0, point.high === null ? top : bottom);
      fade.addColorStop(0, colour);
      fade.addColorStop(1, `${colour}00`); // the same colour, no opacity: "transparent" would pass through grey
      ctx.fillStyle = fade;
    } else {
      ctx.fillStyle = colour;
    }
    ctx.fillRect(x - half, top, 2 * half, bottom - top);
    ctx.fillStyle = colour;
    if (point.low !== null) ctx.fillRect(x - half - 2 * ratio, bottom - ratio, 2 * half + 4 * ratio, 2 * ratio);
    if (point.high !== null) ctx.fillRect(x - half - 2 * ratio, top - ratio, 2 * half + 4 * ratio, 2 * ratio);
  });
  ctx.restore();
}

function nearest(plot, left, top) {
  let best = null;
  let least = 30;
  points.forEach((point, index) => {
    const at = place(plot, index, false);
    const aside = Math.abs(at.x - left);
    const above = top < at.top ? at.top - top : Math.max(0, top - at.bottom);
    const distance = aside + above / 3;
    if (distance < least) [least, best] = [distance, index];
  });
  return best;
}

function hover(plot) {
  const { left, top } = plot.cursor;
  const found = left < 0 ? null : nearest(plot, left, top);
  if (found === lit) return;
  lit = found;
  plot.redraw(false);
  tip.hidden = lit === null;
  for (const row of document.querySelectorAll("tr.lit")) row.classList.remove("lit");
  if (lit === null) return;
  const point = points[lit];
  document.getElementById(`r-${point.id}`)?.classList.add("lit");
  const line = (name, text, cls = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = cls;
    made.dir = "auto";
    return made;
  };
  const day = new Date(point.at * 1000).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const who = sources[point.source] === point.publisher ? point.publisher : `${sources[point.source]} · ${point.publisher}`;
  tip.replaceChildren(line("strong", words(point)), line("p", who), line("p", day), line("p", point.text, "tip-text"));
  const at = place(plot, lit, false);
  const inside = plot.over.getBoundingClientRect();
  const outside = box.parentElement.getBoundingClientRect();
  const x = inside.left - outside.left + at.x;
  tip.style.top = `${Math.max(4, inside.top - outside.top + at.top - tip.offsetHeight - 10)}px`;
  tip.style.left = `${Math.min(Math.max(4, x - tip.offsetWidth / 2), outside.width - tip.offsetWidth - 6)}px`;
}

function build() {
  chart?.destroy();
  const [first, last] = [points[0].at, points.at(-1).at];
  const margin = Math.max(DAY_S, (last - first) * 0.06);
  const axis = { stroke: style("--muted"), font: `12px ${style("--ui")}`, grid: { stroke: style("--line"), width: 1 }, ticks: { show: false } };
  const options = {
    width: box.clientWidth,
    height: Math.max(280, Math.min(480, innerHeight * 0.45)),
    legend: { show: false },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: true, range: () => [first - margin, last + margin] }, y: { range: () => [floor, ceiling] } },
    axes: [
      { ...axis, space: 80, size: 32, incrs: DAYS.map((days) => days * DAY_S), values: (plot, splits, axisIndex, space, step) => splits.map((at) => day(at, step)) },
      { ...axis, size: 64, values: (plot, splits) => splits.map((value) => (Math.abs(value) >= 1e6 ? short : format).format(value)) },
    ],
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: { draw: [draw], setCursor: [hover] },
  };
  chart = new uPlot(options, [points.map((point) => point.at), points.map((point) => point.low ?? point.high)], box);
}

function day(at, step) {
  const parts = step >= 300 * DAY_S ? { year: "numeric" } : step >= 27 * DAY_S ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" };
  return new Date(at * 1000).toLocaleDateString(document.documentElement.lang, { ...parts, timeZone: "UTC" });
}

build();
new ResizeObserver(() => {
  if (box.clientWidth !== chart.width) chart.setSize({ width: box.clientWidth, height: chart.height });
}).observe(box);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
