// The estimator page: levers in, the bill out.  The formulas are `teledesignCost`, generated from the line items;
// `teledesignPage` says what the page's inputs are.  State lives in the address (#sampling=0.1&hot_days=30).
"use strict";
(() => {
  const page = teledesignPage, cost = teledesignCost;
  const $ = (id) => document.getElementById(id);
  const inputs = new Map(page.inputs.map((one) => [one.name, one]));
  const settable = page.inputs.filter((one) => one.role !== "fact");
  const NOTCHES = 1000;

  let settings = {};      // only what differs from the defaults
  let form = null;        // the settings code that is open, and the settings it came with
  let opened = {};
  const mistakes = new Map();

  // --- Numbers as a reader writes and sees them ---

  const trim = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  const parted = (text) => text.replace(/^(-?)(\d+)/, (_, sign, digits) => sign + digits.replace(/\B(?=(\d{3})+$)/g, ","));

  /** A number with at most six digits that matter; the same words as Python's `plain_number`. */
  function plain(value) {
    const size = Math.abs(value);
    if (size >= 1e15 || (value && size < 1e-6)) return trim(value.toPrecision(6)).replace(/\.?0*e/, "e");
    if (Number.isInteger(value)) return parted(String(value));
    return parted(trim(Number(value.toPrecision(size < 1e4 ? 6 : 9)).toFixed(12)));
  }

  const money = (value) => `${parted(value.toFixed(2))} ${page.currency}`;
  const exact = (value) => (Math.abs(value) >= 1e4 && Number.isInteger(value) ? parted(String(value)) : String(value));

  /** A number as typed: thousands may be parted by commas or spaces.  NaN for anything else. */
  function read(text) {
    const tidy = text.trim().replace(/[\s\u202f]|,(?=\d{3}(\D|$))/g, "");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(tidy) ? Number(tidy) : NaN;
  }

  // --- Sliders: even steps, or even magnitudes with 0 at the left where 0 is allowed ---

  function toSlider(one, value) {
    if (one.scale === "linear") return Math.round(NOTCHES * (value - one.low) / (one.high - one.low));
    if (value < one.least) return 0;
    const first = one.low > 0 ? 0 : 1;
    return first + Math.round((NOTCHES - first) * Math.log(value / one.least) / Math.log(one.high / one.least));
  }

  function fromSlider(one, notch) {
    if (notch <= 0) return one.low;
    if (notch >= NOTCHES) return one.high;
    if (one.scale === "linear") return Number((one.low + (one.high - one.low) * notch / NOTCHES).toPrecision(3));
    const first = one.low > 0 ? 0 : 1;
    const value = one.least * Math.pow(one.high / one.least, (notch - first) / (NOTCHES - first));
    const round = Number(value.toPrecision(2));
    return Math.min(one.high, Math.max(one.low, one.least >= 1 && round < 10 ? Math.round(round) : round));
  }

  // --- State ---

  const valueOf = (name) => (name in settings ? settings[name] : inputs.get(name).value);

  function set(name, value) {
    if (value === inputs.get(name).value) delete settings[name];
    else settings[name] = value;
  }

  const wrong = (one, text) =>
    `${text} is outside what is possible. Write a number from ${plain(one.low)} to ${plain(one.high)}`;

  const within = (one, value) => value >= one.low && value <= one.high;

  // --- Settings codes: mixed radix over the form's numbers, last character a check ---

  function readCode(code) {
    const known = page.form;
    if (!known) throw new Error("this topic has no forms");
    const refused = new Error(`“${code}” is no settings code of this topic. Copy it from the foot of your sheet`);
    const text = [...code.toUpperCase().replace(/[- ]/g, "")].map((letter) => known.lookAlikes[letter] || letter);
    const digits = text.map((letter) => known.alphabet.indexOf(letter)), base = known.alphabet.length;
    let all = 1n, length = 1;
    for (const one of known.numbers) all *= BigInt(one.values.length);
    while (BigInt(base) ** BigInt(length) < all) length++;
    if (digits.length !== length + 1 || digits.includes(-1)) throw refused;
    const check = digits.pop();
    const sum = digits.reduce((total, digit, place) => total + (place + 2) * digit, known.salt);
    let number = digits.reduce((total, digit) => total * BigInt(base) + BigInt(digit), 0n);
    const steps = {};
    for (const one of [...known.numbers].reverse()) {
      const count = BigInt(one.values.length);
      steps[one.name] = Number(number % count);
      number /= count;
    }
    if (sum % base !== check || number) throw refused;
    return steps;
  }

  /** Put a form's numbers in place of everything set before.  Throws what to tell the reader. */
  function openForm(code) {
    const steps = readCode(code);
    settings = {};
    for (const one of page.form.numbers) if (one.sets) set(one.sets, one.values[steps[one.name]]);
    for (const name of Object.keys(page.form.also)) set(name, page.form.also[name]);
    form = code;
    opened = {...settings};
    const said = page.form.numbers.map((one) => `${one.title}: ${plain(one.values[steps[one.name]])} ${one.unit}`.trim());
    const idle = page.form.numbers.some((one) => !one.sets);
    const but = idle ? " The bill takes the group's users, sampling and days; like the cost sheet, it counts the rows of the average user, without payloads." : "";
    $("td-form-note").textContent = `Settings code ${code.toUpperCase()}. ${said.join("; ")}.${but}`;
    $("td-form-note").hidden = false;
  }

  function forgetForm() {
    form = null;
    opened = {};
    $("td-form-note").hidden = true;
  }

  // --- The address ---

  function address() {
    const parts = form ? [`form=${encodeURIComponent(form)}`] : [];
    for (const one of settable) {
      const now = valueOf(one.name), before = one.name in opened ? opened[one.name] : one.value;
      if (now !== before) parts.push(`${one.name}=${now}`);
    }
    return parts.length ? `#${parts.join("&")}` : "";
  }


  let shown = null;
  function writeAddress() {
    const hash = address();
    if (hash === shown) return;
    shown = hash;
    const bare = location.href.split("#")[0];
    try { history.replaceState(null, "", bare + hash); } catch { location.replace(`${bare}${hash || "#"}`); }
  }

  /** Read the address.  If anything in it is wrong, say so once and show the standard settings. */
  function readAddress() {
    const text = location.hash.slice(1);
    shown = location.hash;
    settings = {};
    forgetForm();
    mistakes.clear();
    problem("");
    if (!text) return;
    const faults = [], asked = [];
    for (const part of text.split("&")) {
      const [name, raw] = decoded(part);
      if (name === null) faults.push(`“${part.slice(0, 60)}” cannot be read`);
      else if (name === "form") form = raw;
      else if (!inputs.has(name) || inputs.get(name).role === "fact") faults.push(`there is no lever “${name.slice(0, 60)}”`);
      else if (asked.some((one) => one[0] === name)) faults.push(`${name} stands there twice`);
      else if (Number.isNaN(read(raw))) faults.push(`${name}: “${raw.slice(0, 60)}” is no number`);
      else if (!within(inputs.get(name), read(raw))) faults.push(`${name}: ${wrong(inputs.get(name), raw.slice(0, 60))}`);
      else asked.push([name, read(raw)]);
    }
    try {
      if (form !== null && !faults.length) openForm(form);
    } catch (fault) {
      faults.push(fault.message);
    }
    if (faults.length) {
      settings = {};
      forgetForm();
      const more = faults.length > 3 ? `; and ${faults.length - 3} more` : "";
      problem(`The address of this page asks for something that it cannot show: ${faults.slice(0, 3).join("; ")}${more}. These are the standard settings.`);
      return;
    }
    for (const [name, value] of asked) set(name, value);
  }

  function decoded(part) {
    const at = part.indexOf("=");
    if (at < 1) return [null, ""];
    try {
      return [decodeURIComponent(part.slice(0, at)), decodeURIComponent(part.slice(at + 1))];
    } catch {
      return [null, ""];
    }
  }

  function problem(text) {
    $("td-problem").textContent = text;
    $("td-problem").hidden = !text;
  }

  // --- Showing ---

  const fields = new Map(settable.map((one) => [one.name, {
    number: $(`n-${one.name}`), slider: $(`s-${one.name}`), note: $(`e-${one.name}`), says: $(`e-${one.name}`).textContent,
  }]));

  function showInputs(except) {
    for (const one of settable) {
      const field = fields.get(one.name), value = valueOf(one.name);
      if (field.number !== except) field.number.value = exact(value);
      if (field.slider !== except) field.slider.value = toSlider(one, value);
      field.slider.setAttribute("aria-valuetext", `${plain(value)} ${one.unit === "1" ? "" : one.unit}`.trim());
      const fault = mistakes.get(one.name);
      field.note.textContent = fault || field.says;
      field.note.classList.toggle("td-wrong", Boolean(fault));
      if (fault) field.number.setAttribute("aria-invalid", "true");
      else field.number.removeAttribute("aria-invalid");
    }
  }

  const parts = (root) => Object.fromEntries([...root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
  const lines = new Map([...document.querySelectorAll("[data-item]")].map((row) => [row.dataset.item, parts(row)]));
  const workings = new Map([...document.querySelectorAll("[data-worked]")].map((row) => [row.dataset.worked, parts(row)]));

  /** A formula's text with the numbers put in, or nothing where it is too long to follow. */
  const numbered = (text, values) =>
    text.replace(/[A-Za-z_]\w*(?!\s*\(|\w)/g, (name) => (name in values ? plain(values[name]) : name))
      .replace(/\*/g, "×").replace(/\//g, "÷").replace(/(^|\s)-(?=\s)/g, "$1−").replace(/_/g, " ");

  const spoken = (total) => `${total.at_least ? "at least " : ""}${money(total.amount)}`;

  function show(except) {
    showInputs(except);
    const held = mistakes.size > 0;
    $("td-estimator").classList.toggle("td-held", held);
    const result = cost.model(settings);
    const firm = result.totals.firm, user = result.totals.user;
    $("td-amount").textContent = held ? "Correct the marked number" : spoken(firm);
    $("td-payers").textContent = payers(user, result);
    const largest = Math.max(1e-9, ...result.rows.map((row) => row.amount || 0));
    for (const row of result.rows) {
      const cell = lines.get(row.item), line = page.rows.find((one) => one.item === row.item);
      cell.amount.textContent = row.amount === null ? "unknown" : parted(row.amount.toFixed(2));
      cell.bar.style.inlineSize = `${row.amount === null ? 0 : 100 * row.amount / largest}%`;
      cell.bar.classList.toggle("td-bar-user", row.payer !== "firm");
      cell.numbers.textContent = numbered(line.formula, result.values);
      cell.quantity.textContent = plain(row.quantity);
    }
    for (const one of page.worked) {
      const cell = workings.get(one.name);
      cell.numbers.textContent = numbered(one.formula, result.values);
      cell.value.textContent = plain(result.values[one.name]);
    }
    for (const cell of document.querySelectorAll("[data-fact]")) {
      cell.querySelector("[data-part=value]").textContent = plain(result.values[cell.dataset.fact]);
    }
    later(() => {
      if (!held) writeAddress();
      $("td-spoken").textContent = held ? "" : `The firm pays ${spoken(firm)} a month.`;
      draw();
    });
  }

  function payers(user, result) {
    if (!user) return "";
    const each = result.user_per_month;
    const share = each === null ? "" : `, ${each >= 0.005 ? money(each) : `less than 0.01 ${page.currency}`} each`;
    return `The firm pays this. All users together pay ${spoken(user)} for their mobile data${share}, which no invoice shows.`;
  }

  let timer = 0;
  function later(act) {
    clearTimeout(timer);
    timer = setTimeout(act, 250);
  }

  // --- The chart: the firm's total at other sampling rates, all else as set ---

  const RATES = Array.from({length: 37}, (_, at) => Math.pow(10, -3 + at / 12));
  let plot = null;

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const short = (value) =>
    value >= 1e9 ? `${plain(value / 1e9)}B` : value >= 1e6 ? `${plain(value / 1e6)}M` : value >= 1e3 ? `${plain(value / 1e3)}k` : plain(value);

  function draw() {
    if (!inputs.has("sampling")) return;
    const total = (rate) => cost.model({...settings, sampling: rate}).totals.firm;
    const now = valueOf("sampling"), host = $("td-plot");
    const rates = [...RATES, now].filter((rate) => rate >= RATES[0]).sort((a, b) => a - b);
    const said = [0.001, 0.01, 0.1, 1].map((rate) => `${plain(rate)}: ${spoken(total(rate))}`).join("; ");
    $("td-plot-says").textContent = `At a sampling rate of ${said}. The dot is where you are.`;
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", `A line of the monthly total by sampling rate. ${said}.`);
    if (plot) plot.destroy();
    const axis = {stroke: colour("--td-ink-soft"), grid: {stroke: colour("--td-rule"), width: 1}, ticks: {stroke: colour("--td-rule"), width: 1}, font: "12px " + getComputedStyle(document.body).fontFamily};
    plot = new uPlot({
      width: host.clientWidth, height: 210, legend: {show: false}, cursor: {show: false}, select: {show: false},
      scales: {x: {time: false, distr: 3, log: 10, range: () => [RATES[0], 1]}, y: {range: (_, low, high) => [0, high * 1.05 || 1]}},
      axes: [
        {...axis, values: (_, ticks) => ticks.map((tick) => (Math.abs(Math.log10(tick) % 1) < 1e-9 ? plain(Number(tick.toPrecision(1))) : "")), label: "sampling rate", labelSize: 22, labelFont: axis.font},
        {...axis, size: 58, values: (_, ticks) => ticks.map(short)},
      ],
      series: [{}, {stroke: colour("--td-series-1"), width: 2, points: {show: false}},
        {stroke: colour("--td-amber"), width: 0, points: {show: true, size: 11, fill: colour("--td-amber")}}],
    }, [rates, rates.map((rate) => total(rate).amount), rates.map((rate) => (rate === now ? total(rate).amount : null))], host);
  }

  // --- What the reader does ---

  for (const one of settable) {
    const field = fields.get(one.name);
    field.slider.addEventListener("input", () => {
      mistakes.delete(one.name);
      set(one.name, fromSlider(one, Number(field.slider.value)));
      problem("");
      show(field.slider);
    });
    field.number.addEventListener("input", () => {
      const value = read(field.number.value), text = field.number.value.trim().slice(0, 40);
      if (within(one, value)) {
        mistakes.delete(one.name);
        set(one.name, value);
      } else {
        mistakes.set(one.name, Number.isNaN(value) ? `“${text}” is no number. Write one from ${plain(one.low)} to ${plain(one.high)}` : wrong(one, text));
      }
      problem("");
      show(field.number);
    });
    field.number.addEventListener("blur", () => { if (!mistakes.has(one.name)) showInputs(null); });
  }
  $("td-levers").addEventListener("submit", (event) => event.preventDefault());
  $("td-reset").addEventListener("click", () => {
    settings = {};
    mistakes.clear();
    forgetForm();
    problem("");
    show(null);
  });
  $("td-copy").addEventListener("click", async () => {
    const link = location.href.split("#")[0] + address();
    try {
      await navigator.clipboard.writeText(link);
      $("td-copied").textContent = "Copied.";
    } catch {
      writeAddress();
      $("td-copied").textContent = "Copy the address of this page: it holds these settings.";
    }
  });
  const open = () => {
    try {
      mistakes.clear();
      openForm($("td-code").value.trim());
      problem("");
    } catch (fault) {
      problem(`${fault.message}.`);
    }
    show(null);
  };
  if ($("td-code")) {
    $("td-open").addEventListener("click", open);
    $("td-code").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); open(); } });
  }
  addEventListener("hashchange", () => { if (location.hash !== shown) { readAddress(); show(null); } });
  addEventListener("resize", () => later(draw));
  new MutationObserver(() => later(draw)).observe(document.body, {attributeFilter: ["data-md-color-scheme"]});

  readAddress();
  show(null);
})();
