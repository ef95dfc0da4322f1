// Small line charts for the estimator, drawn as SVG: one x axis, one y axis, lines, a band and marks.
"use strict";
const teledesignChart = (() => {
  const NAMESPACE = "http://www.w3.org/2000/svg";
  const [LEFT, RIGHT, TOP, BOTTOM] = [62, 14, 12, 40];

  function element(name, attributes, text) {
    const made = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /** Round numbers between two ends: powers of ten on a logarithmic scale, steps of 1, 2 or 5 on an even one. */
  function ticks(low, high, log) {
    const found = [];
    if (log) {
      for (let at = Math.ceil(Math.log10(low) - 1e-9); at <= Math.log10(high) + 1e-9; at++) found.push(Number(`1e${at}`));
      return found;
    }
    const power = Math.pow(10, Math.floor(Math.log10((high - low) / 4 || 1)));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => (high - low) / one <= 5);
    for (let at = Math.ceil(low / step); at * step <= high * (1 + 1e-9); at++) found.push(Number((at * step).toPrecision(12)));
    return found;
  }

  const scale = (low, high, from, to, log) => {
    const put = log ? Math.log10 : (value) => value;
    const [a, b] = [put(low), put(high)];
    return (value) => from + (to - from) * (b > a ? (put(value) - a) / (b - a) : 0.5);
  };

  /** Draw `{x, y, lines, band, marks, says}` into a host.  An axis is `{low, high, log, title, shown}`. */
  return function draw(host, chart) {
    const width = Math.max(280, Math.round(host.clientWidth || 560)), height = 230, {x, y} = chart;
    const across = scale(x.low, x.high, LEFT, width - RIGHT, x.log), up = scale(y.low, y.high, height - BOTTOM, TOP, y.log);
    const svg = element("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": chart.says, class: "td-chart"});
    const path = (points) => points.map(([a, b], at) => `${at ? "L" : "M"}${across(a).toFixed(1)} ${up(b).toFixed(1)}`).join("");
    for (const value of ticks(y.low, y.high, y.log)) {
      svg.append(element("line", {x1: LEFT, x2: width - RIGHT, y1: up(value), y2: up(value), class: "td-grid"}));
      svg.append(element("text", {x: LEFT - 6, y: up(value) + 4, "text-anchor": "end"}, y.shown(value)));
    }
    for (const value of ticks(x.low, x.high, x.log)) {
      svg.append(element("line", {x1: across(value), x2: across(value), y1: TOP, y2: height - BOTTOM, class: "td-grid"}));
      svg.append(element("text", {x: across(value), y: height - BOTTOM + 15, "text-anchor": "middle"}, x.shown(value)));
    }
    svg.append(element("text", {x: (LEFT + width - RIGHT) / 2, y: height - 6, "text-anchor": "middle", class: "td-axis"}, x.title));
    svg.append(element("text", {x: 0, y: 0, transform: `translate(11 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle", class: "td-axis"}, y.title));
    if (chart.band) {
      const [low, high] = chart.band;
      svg.append(element("path", {d: `${path([...low, ...[...high].reverse()])}Z`, class: "td-chart-band"}));
    }
    chart.lines.forEach((line, at) => {
      if (line.points.length) svg.append(element("path", {d: path(line.points), class: `td-line-${line.style || at + 1}`}));
    });
    for (const [a, b] of chart.marks || []) svg.append(element("circle", {cx: across(a), cy: up(b), r: 5, class: "td-mark"}));
    host.replaceChildren(svg);
  };
})();
