// The plot of a log that the reader chooses: a measure by day, whole or split.  The counts are `teledesignPlot`,
// taken from the full log at the build; a measure is a count, or one count over another.
"use strict";
(() => {
  const data = teledesignPlot, $ = (id) => document.getElementById(id);
  const days = Array.from({length: data.days}, (_, at) => at + 1);
  const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [5, 2]];
  const measures = new Map(data.measures.map((one) => [one.name, one]));
  const WHOLE = "";

  // Whole counts travel as texts in base 36, shorter than lists.
  for (const counted of Object.values(data.counts)) {
    for (const values of Object.values(counted)) {
      values.forEach((packed, at) => { if (typeof packed === "string") values[at] = packed.split(" ").map((count) => parseInt(count, 36)); });
    }
  }

  // --- Numbers ---

  const plain = (value, digits) => Number(value.toPrecision(digits)).toLocaleString("en-US", {maximumFractionDigits: 6});
  const said = {
    count: (value) => plain(value, 7),
    share: (value) => `${plain(100 * value, 3)} %`,
    ratio: (value) => plain(value, 3),
  };

  /** The series to draw: name, values by day (null where nothing was counted), and what they were counted of. */
  function series(measure, split) {
    const counts = data.counts[split], names = split ? data.splits.find((one) => one.name === split).values : ["all"];
    return names.map((name, at) => {
      const top = counts[measure.top][at], bottom = measure.bottom && counts[measure.bottom][at];
      return {name, of: bottom, values: top.map((value, day) => (bottom ? (bottom[day] ? value / bottom[day] : null) : value))};
    });
  }

  const able = (measure, split) => {
    const counts = data.counts[split];
    return measure.top in counts && (!measure.bottom || measure.bottom in counts);
  };

  const weekday = (day) => {
    const date = new Date(`${data.start}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() + day - 1);
    return date.toLocaleDateString("en-GB", {weekday: "short", day: "numeric", month: "short", timeZone: "UTC"});
  };

  // --- Choosing ---

  const measureBox = $("td-measure"), splitBox = $("td-split"), dayBox = $("td-day"), zero = $("td-zero");

  function fill(box, options, chosen) {
    box.replaceChildren(...options.map(([value, text]) => new Option(text, value, false, value === chosen)));
  }

  const titleOf = (split) => split.replace(/_/g, " ");

  function fillSplits() {
    const measure = measures.get(measureBox.value), before = splitBox.value;
    const options = data.splits.map((one) => one.name).filter((name) => able(measure, name));
    fill(splitBox, [[WHOLE, "nothing"], ...options.map((name) => [name, titleOf(name)])], options.includes(before) ? before : WHOLE);
  }

  // --- Showing ---

  let plot = null, shown = [], unit = "count", timer = 0;

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  function draw() {
    const host = $("td-lines");
    if (plot) plot.destroy();
    const font = `13px ${getComputedStyle(document.body).fontFamily}`, quiet = {stroke: colour("--td-rule"), width: 1};
    const axis = {stroke: colour("--td-ink-soft"), grid: quiet, ticks: quiet, font, labelFont: font};
    plot = new uPlot({
      width: host.clientWidth, height: Math.max(220, Math.min(340, host.clientWidth * 0.5)),
      legend: {show: false}, select: {show: false},
      cursor: {drag: {x: false, y: false}, y: false, points: {size: 8}},
      scales: {x: {time: false, range: () => [1, Math.max(2, data.days)]}, y: {range: (_, low, high) => span(low, high)}},
      axes: [
        {...axis, label: "day", size: 30, labelSize: 18, incrs: [1, 2, 7, 14, 28, 56, 112, 224], grid: {show: false}},
        {...axis, size: 62, values: (_, ticks) => ticks.map(said[unit])},
      ],
      series: [{}, ...shown.map((one, at) => ({
        label: one.name, stroke: colour(`--td-series-${at + 1}`), width: 2, dash: DASHES[at], points: {show: data.days < 3},
      }))],
      hooks: {setCursor: [(drawn) => { if (drawn.cursor.event && drawn.cursor.idx !== null) pick(days[drawn.cursor.idx], false); }]},
    }, [days, ...shown.map((one) => one.values)], host);
    queueMicrotask(() => pick(Number(dayBox.value), true));      // the plot knows its places once it is drawn
  }

  function span(low, high) {
    if (low === null || high === null || low === high) return [0, (high || 0) * 1.1 || 1];
    const room = (high - low) * 0.06;
    return zero.checked ? [Math.min(0, low), high + Math.max(room, high * 0.03)] : [low - room, high + room];
  }

  /** One day's numbers under the plot; the slider says them to a screen reader. */
  function pick(day, move) {
    const parts = shown.map((one) => {
      const value = one.values[day - 1];
      if (value === null) return `${one.name}: nothing counted`;
      return `${one.name}: ${said[unit](value)}${one.of ? ` of ${plain(one.of[day - 1], 7)}` : ""}`;
    });
    const text = `Day ${day} (${weekday(day)}). ${parts.join("; ")}`;
    dayBox.value = day;
    dayBox.setAttribute("aria-valuetext", text);
    $("td-day-says").textContent = text;
    if (move && plot) plot.setCursor({left: plot.valToPos(day, "x"), top: 0}, false);
  }

  function legend() {
    $("td-lines-legend").replaceChildren(...(shown.length < 2 ? [] : shown.map((one, at) => {
      const item = document.createElement("li");
      item.className = `td-series-${at + 1}`;
      item.innerHTML = `<svg viewBox="0 0 34 8" width="34" height="8" aria-hidden="true"><line x1="1" y1="4" x2="33" y2="4" stroke="var(--series)" stroke-width="2.5" stroke-dasharray="${DASHES[at].join(" ") || "none"}"/></svg>`;
      item.append(one.name);
      return item;
    })));
  }

  function table(title) {
    const head = document.createElement("thead"), body = document.createElement("tbody"), caption = document.createElement("caption");
    caption.textContent = title;
    const row = head.insertRow();
    for (const name of ["day", ...shown.flatMap((one) => (one.of ? [one.name, `${one.name}, counted of`] : [one.name]))]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      row.append(cell);
    }
    for (const day of days) {
      const line = body.insertRow(), first = document.createElement("th");
      first.scope = "row";
      first.textContent = `${day} (${weekday(day)})`;
      line.append(first);
      for (const one of shown) {
        const value = one.values[day - 1];
        line.insertCell().textContent = value === null ? "" : said[unit](value);
        if (one.of) line.insertCell().textContent = plain(one.of[day - 1], 7);
      }
    }
    $("td-lines-table").replaceChildren(caption, head, body);
  }

  function show() {
    const measure = measures.get(measureBox.value), split = splitBox.value;
    unit = measure.unit;
    shown = series(measure, split);
    const title = split ? `${measure.title} by ${titleOf(split)}` : measure.title;
    const ranges = shown.map((one) => {
      const held = one.values.filter((value) => value !== null);
      if (!held.length) return `${one.name} was never counted`;
      return `${shown.length > 1 ? `${one.name} ` : ""}from ${said[unit](Math.min(...held))} to ${said[unit](Math.max(...held))}`;
    });
    const alternative = `${title}, by day: ${ranges.join("; ")}.`;
    const sides = measure.bottom ? " Both sides are counted on the day of their rows, in the full log." : " Counted in the full log.";
    $("td-lines").setAttribute("role", "img");
    $("td-lines").setAttribute("aria-label", `A line for each, by day. ${alternative}`);
    $("td-lines-says").textContent = `${alternative} ${measure.says ? `${measure.says} ` : ""}${sides.trim()}`;
    legend();
    table(title);
    draw();
  }

  function later(act) {
    clearTimeout(timer);
    timer = setTimeout(act, 150);
  }

  fill(measureBox, data.measures.map((one) => [one.name, one.title]), (data.measures.find((one) => one.bottom) || data.measures[0]).name);
  dayBox.max = data.days;
  $("td-explore").hidden = false;
  fillSplits();
  const first = [...splitBox.options].find((one) => one.value);
  if (first) splitBox.value = first.value;
  measureBox.addEventListener("change", () => { fillSplits(); show(); });
  splitBox.addEventListener("change", show);
  zero.addEventListener("change", draw);
  dayBox.addEventListener("input", () => pick(Number(dayBox.value), true));
  $("td-explore").querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("resize", () => later(draw));
  new MutationObserver(() => later(draw)).observe(document.body, {attributeFilter: ["data-md-color-scheme"]});
  show();
})();
