// The estimator page: levers in, the bill out.  Formulas are `teledesignPage.sheets[…].parts`, printed from the line
// items; what works with them is `estimator-engine.js`; the tabs beside the bill are `estimator-views.js`.
// All state lives in the address: #sampling=0.1&hot_days=30&prices=aws&view=months.
"use strict";
const teledesignEstimator = (() => {
  const page = teledesignPage, $ = (id) => document.getElementById(id);
  const NOTCHES = 1000, engines = {};
  const engine = (name) => (engines[name] = engines[name] || teledesignEngine(teledesignTools, page.sheets[name].parts));
  const parts = (root) => Object.fromEntries([...root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
  let cost = engine(page.prices);

  const inputs = new Map(page.inputs.map(([name, log, least]) => {
    const box = document.querySelector(`[data-input="${name}"]`), [low, high] = cost.bounds[name];
    return [name, {name, log, least, low, high, title: box.querySelector("label").textContent, unit: box.querySelector(".td-unit").textContent}];
  }));

  const state = {settings: {}, form: null, opened: {}, prices: page.prices};
  const mistakes = new Map();   // name of an input -> what is wrong with what stands in its field
  const extras = {};            // name in the address -> {fallback, read, write}, and what is set now in `chosen`
  const chosen = {};
  const tests = [];             // what an address as a whole is held against; they throw
  const views = {};             // name of a tab -> what shows it
  const defaultOf = (name) => cost.defaults[name];
  const valueOf = (name) => (name in state.settings ? state.settings[name] : defaultOf(name));

  // --- Numbers as a reader writes and sees them ---

  const trim = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  const parted = (text) => text.replace(/^(-?)(\d+)/, (_, sign, digits) => sign + digits.replace(/\B(?=(\d{3})+$)/g, ","));

  /** A number to six digits or, from ten thousand on, to the cent; the same words as Python's `plain_number`. */
  function plain(value) {
    const size = Math.abs(value);
    if (size >= 1e15 || (value && size < 1e-6)) return trim(value.toPrecision(6)).replace(/\.?0*e/, "e");
    if (Number.isInteger(value)) return parted(String(value));
    const power = Number(value.toExponential(6).split("e")[1]);
    return parted(trim(value.toFixed(Math.max(2, 5 - power))));
  }

  const cents = (value) => parted(value.toFixed(2));
  const currency = () => page.sheets[state.prices].currency;
  const money = (value) => `${cents(value)} ${currency()}`;
  const spoken = (total) => `${total.at_least ? "at least " : ""}${money(total.amount)}`;
  const exact = (value) => (Math.abs(value) >= 1e4 && Number.isInteger(value) ? parted(String(value)) : String(value));

  /** A number as typed: thousands may be parted by commas or spaces.  NaN for anything else. */
  function read(text) {
    const tidy = text.trim().replace(/[\s\u202f]|,(?=\d{3}(\D|$))/g, "");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(tidy) ? Number(tidy) : NaN;
  }

  // --- Sliders: even steps, or even magnitudes with 0 at the left where 0 is allowed ---

  function toSlider(one, value) {
    if (!one.log) return Math.round(NOTCHES * (value - one.low) / (one.high - one.low));
    if (value < one.least) return 0;
    const first = one.low > 0 ? 0 : 1;
    return first + Math.round((NOTCHES - first) * Math.log(value / one.least) / Math.log(one.high / one.least));
  }

  function fromSlider(one, notch) {
    if (notch <= 0) return one.low;
    if (notch >= NOTCHES) return one.high;
    if (!one.log) return Number((one.low + (one.high - one.low) * notch / NOTCHES).toPrecision(3));
    const first = one.low > 0 ? 0 : 1;
    const value = one.least * Math.pow(one.high / one.least, (notch - first) / (NOTCHES - first));
    const round = Number(value.toPrecision(2));
    return Math.min(one.high, Math.max(one.low, one.least >= 1 && round < 10 ? Math.round(round) : round));
  }

  // --- State ---

  function set(name, value) {
    if (value === defaultOf(name)) delete state.settings[name];
    else state.settings[name] = value;
  }

  const wrong = (one, text) =>
    `${text} is outside what is possible. Write a number from ${plain(one.low)} to ${plain(one.high)}`;

  const within = (one, value) => value >= one.low && value <= one.high;

  /** One setting as an address or a list of settings holds it.  Throws what is wrong with it. */
  function setting(name, raw) {
    if (!inputs.has(name)) throw new Error(`there is no lever “${name.slice(0, 60)}”`);
    const value = read(raw), one = inputs.get(name);
    if (Number.isNaN(value)) throw new Error(`${name}: “${raw.slice(0, 60)}” is no number`);
    if (!within(one, value)) throw new Error(`${name}: ${wrong(one, raw.slice(0, 60))}`);
    return value;
  }

  /** A name that the address may hold beside the levers. */
  function extra(name, fallback, reading, writing = String) {
    extras[name] = {fallback, read: reading, write: writing};
    chosen[name] = fallback;
  }

  const oneOf = (what, known) => (raw) => {
    if (!known().includes(raw)) throw new Error(`there is no ${what} “${raw.slice(0, 60)}”`);
    return raw;
  };

  // --- Settings codes: mixed radix over the form's numbers, last character a check ---

  function readCode(code) {
    const known = page.form;
    if (!known) throw new Error("this topic has no forms");
    const refused = new Error(`“${code.slice(0, 60)}” is no settings code of this topic. Copy it from the foot of your sheet`);
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
    state.settings = {};
    for (const one of page.form.numbers) if (one.sets) set(one.sets, one.values[steps[one.name]]);
    for (const name of Object.keys(page.form.also)) set(name, page.form.also[name]);
    state.form = code;
    state.opened = {...state.settings};
    const said = page.form.numbers.map((one) => `${one.title}: ${plain(one.values[steps[one.name]])} ${one.unit}`.trim());
    const idle = page.form.numbers.some((one) => !one.sets);
    const but = idle ? " The bill takes the group's users, sampling and days; like the cost sheet, it counts the rows of the average user, without payloads." : "";
    $("td-form-note").textContent = `Settings code ${code.toUpperCase()}. ${said.join("; ")}.${but}`;
    $("td-form-note").hidden = false;
  }

  function forgetForm() {
    state.form = null;
    state.opened = {};
    $("td-form-note").hidden = true;
  }

  // --- Price sheets: the course's own is here; the others come when they are asked for ---

  const rows = new Map([...document.querySelectorAll("[data-item]")].map((row) => [row.dataset.item, parts(row)]));
  page.sheets[page.prices].rows = Object.fromEntries([...rows].map(([item, cell]) => [item, ["formula", "unit", "price", "why"].map((part) => cell[part].innerHTML)]));

  /** Work with a price sheet, once its script is there; `then` hears a sentence where it cannot be had. */
  let awaited = null;
  function withPrices(name, then) {
    awaited = name;
    const ready = () => {
      if (awaited !== name) return;
      const fresh = state.prices !== name, sheet = page.sheets[name];
      state.prices = name;
      cost = engine(name);
      if (fresh) {
        for (const [item, cell] of rows) sheet.rows[item].forEach((html, at) => { cell[["formula", "unit", "price", "why"][at]].innerHTML = html; });
        $("td-caption").textContent = `Prices: ${sheet.title}, as of ${sheet.as_of}, in ${sheet.currency}. Open a line to see how it comes about.`;
        $("td-sheet-note").innerHTML = sheet.note;
      }
      $("td-prices").value = name;
      then("");
    };
    if (page.sheets[name].parts) { ready(); return; }
    const script = document.createElement("script");
    script.src = page.sheets[name].file;
    script.addEventListener("load", ready);
    script.addEventListener("error", () => then(`The prices ${page.sheets[name].title} could not be loaded. Reload the page.`));
    document.head.append(script);
  }

  // --- The address ---

  const pair = (name, text) => `${name}=${encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":")}`;

  function address() {
    const found = state.form ? [pair("form", state.form)] : [];
    if (state.prices !== page.prices) found.push(pair("prices", state.prices));
    for (const name of inputs.keys()) {
      const now = valueOf(name), before = name in state.opened ? state.opened[name] : defaultOf(name);
      if (now !== before) found.push(`${name}=${now}`);
    }
    for (const [name, one] of Object.entries(extras)) {
      if (chosen[name] !== one.fallback) found.push(pair(name, one.write(chosen[name])));
    }
    return found.length ? `#${found.join("&")}` : "";
  }

  let shown = null;
  function writeAddress() {
    const hash = address();
    if (hash === shown) return;
    shown = hash;
    const bare = location.href.split("#")[0];
    try { history.replaceState(null, "", bare + hash); } catch { location.replace(`${bare}${hash || "#"}`); }
  }

  function standard() {
    state.settings = {};
    mistakes.clear();
    forgetForm();
    for (const [name, one] of Object.entries(extras)) chosen[name] = one.fallback;
  }

  /** Read the address, then show it.  If anything in it is wrong, say so once and show the standard settings. */
  function readAddress() {
    const text = location.hash.slice(1), asked = [], faults = [];
    shown = location.hash;
    problem("");
    for (const part of text ? text.split("&") : []) {
      const [name, raw] = decoded(part);
      if (name === null) faults.push(`“${part.slice(0, 60)}” cannot be read`);
      else if (asked.some((one) => one[0] === name)) faults.push(`${name.slice(0, 60)} stands there twice`);
      else asked.push([name, raw]);
    }
    const named = asked.find(([name]) => name === "prices"), prices = named ? named[1] : page.prices;
    if (!Object.prototype.hasOwnProperty.call(page.sheets, prices)) {
      faults.push(`there are no prices “${prices.slice(0, 60)}”`);
      finish(page.prices);
    } else finish(prices);

    function finish(name) {
      withPrices(name, (failed) => {
        standard();
        if (failed) faults.push(failed);
        const form = asked.find(([one]) => one === "form");
        if (form && !faults.length) attempt(() => openForm(form[1]));
        for (const [one, raw] of asked) if (one !== "form" && one !== "prices") attempt(() => take(one, raw));
        for (const one of tests) attempt(one);
        if (faults.length) {
          standard();
          const more = faults.length > 3 ? `; and ${faults.length - 3} more` : "";
          problem(`The address of this page asks for something that it cannot show: ${faults.slice(0, 3).join("; ")}${more}. These are the standard settings.`);
          if (state.prices !== page.prices) { withPrices(page.prices, () => show(null)); return; }
        }
        show(null);
      });
    }

    function attempt(act) {
      try { act(); } catch (fault) { faults.push(fault.message); }
    }
  }

  function take(name, raw) {
    if (Object.prototype.hasOwnProperty.call(extras, name)) chosen[name] = extras[name].read(raw);
    else set(name, setting(name, raw));
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

  const fields = new Map([...inputs.keys()].map((name) => [name, {
    number: $(`n-${name}`), slider: $(`s-${name}`), note: $(`e-${name}`), says: $(`e-${name}`).textContent,
  }]));
  const folds = [...document.querySelectorAll(".td-levers details")].map((fold) => ({
    fold, count: fold.querySelector("[data-changed]"), names: [...fold.querySelectorAll("[data-input]")].map((one) => one.dataset.input),
  }));

  function showInputs(except) {
    for (const one of inputs.values()) {
      const field = fields.get(one.name), value = valueOf(one.name);
      if (field.number !== except) field.number.value = exact(value);
      if (field.slider !== except) field.slider.value = toSlider(one, value);
      field.slider.setAttribute("aria-valuetext", `${plain(value)} ${one.unit}`.trim());
      const fault = mistakes.get(one.name) || mistakes.get(`range-${one.name}`);
      field.note.textContent = fault || field.says;
      field.note.classList.toggle("td-wrong", Boolean(fault));
      if (fault) field.number.setAttribute("aria-invalid", "true");
      else field.number.removeAttribute("aria-invalid");
    }
    for (const {count, names} of folds) {
      const changed = names.filter((name) => name in state.settings).length;
      count.textContent = changed ? `${changed} changed` : "";
    }
  }

  const workings = new Map([...document.querySelectorAll("[data-worked]")].map((row) => [row.dataset.worked, parts(row)]));

  /** Show a printed formula with numbers in place of its names: copied once, then only the numbers are renewed. */
  function putNumbers(cell, values) {
    const printed = cell.formula.querySelector("math");
    if (cell.printed !== printed) {
      const copy = printed.cloneNode(true);
      copy.querySelector("annotation").remove();
      cell.put = [...copy.querySelectorAll("mi[data-name]")].filter((name) => name.dataset.name in values).map((name) => {
        const number = document.createElementNS(copy.namespaceURI, "mn");
        name.replaceWith(number);
        return [number, name.dataset.name];
      });
      cell.numbers.replaceChildren(copy);
      cell.printed = printed;
    }
    for (const [number, name] of cell.put) number.textContent = plain(values[name]);
  }

  // A formula that is too wide for its place can be scrolled from the keyboard.
  document.addEventListener("toggle", (event) => {
    for (const one of event.target.querySelectorAll(".td-formula")) {
      if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
      else one.removeAttribute("tabindex");
    }
  }, true);

  const listeners = [];         // what else is brought up to date before anything is worked out
  function show(except) {
    for (const listener of listeners) listener();
    showInputs(except);
    const held = mistakes.size > 0, result = cost.model(state.settings), {firm, user} = result.totals;
    $("td-estimator").classList.toggle("td-held", held);
    $("td-amount").textContent = held ? "Correct the marked number" : spoken(firm);
    $("td-payers").textContent = payers(user, result);
    const largest = Math.max(1e-9, ...result.rows.map((row) => row.amount || 0));
    for (const row of result.rows) {
      const cell = rows.get(row.item);
      cell.amount.textContent = row.amount === null ? "unknown" : cents(row.amount);
      cell.bar.style.inlineSize = `${row.amount === null ? 0 : 100 * row.amount / largest}%`;
      cell.bar.classList.toggle("td-bar-user", row.payer !== "firm");
      putNumbers(cell, result.values);
      cell.quantity.textContent = plain(row.quantity);
    }
    for (const [name, cell] of workings) {
      putNumbers(cell, result.values);
      cell.value.textContent = plain(result.values[name]);
    }
    for (const cell of document.querySelectorAll("[data-fact]")) {
      cell.querySelector("[data-part=value]").textContent = plain(result.values[cell.dataset.fact]);
    }
    for (const cell of document.querySelectorAll("[data-effect]")) {
      cell.querySelector("[data-part=value]").textContent = plain(result.effects[cell.dataset.effect]);
    }
    for (const view of Object.values(views)) view.stop();
    later(() => {
      if (!held) writeAddress();
      $("td-spoken").textContent = held ? "" : `The firm pays ${spoken(firm)} a month.`;
      if (views[chosen.view]) views[chosen.view].show(held);
    });
  }

  function payers(user, result) {
    if (!user.amount && !user.at_least) return "The firm pays this. Users pay nothing for sending it.";
    const each = result.user_per_month;
    const share = !each ? "" : `, ${each >= 0.005 ? money(each) : `less than 0.01 ${currency()}`} each`;
    return `The firm pays this. All users together pay ${spoken(user)} for their mobile data${share}, which no invoice shows.`;
  }

  let timer = 0;
  function later(act) {
    clearTimeout(timer);
    timer = setTimeout(act, 250);
  }

  // --- What the reader does ---

  for (const one of inputs.values()) {
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
    const view = chosen.view;
    standard();
    chosen.view = view;
    problem("");
    withPrices(page.prices, () => show(null));
  });
  $("td-prices").addEventListener("change", () => withPrices($("td-prices").value, (failed) => { problem(failed); show(null); }));

  /** The command line that gives the same estimate, and the same draws where there are any to see. */
  function command() {
    const sheets = page.sheets[state.prices].names.map((name) => ` --prices ${name}`).join("");
    const settings = [...inputs.keys()].filter((name) => name in state.settings && !(name in chosen.ranges)).map((name) => ` --set ${name}=${valueOf(name)}`);
    const ranges = Object.entries(chosen.ranges).map(([name, [low, high]]) => ` --range ${name}=${low}:${valueOf(name)}:${high}`);
    const drawn = chosen.view === "months" ? ` --months ${chosen.months}` : ranges.length || chosen.view === "sure" ? ` --runs ${chosen.draws}` : "";
    return `teledesign cost ${page.scenario}${state.prices === page.prices ? "" : sheets}${settings.join("")}${ranges.join("")}${drawn}`;
  }

  function asJson() {
    const result = cost.model(state.settings), sheet = page.sheets[state.prices];
    return {
      scenario: page.scenario, design: page.design, sheet: sheet.names.join("+"), sheet_title: sheet.title, as_of: sheet.as_of, currency: sheet.currency,
      settings: Object.fromEntries([...inputs.keys()].map((name) => [name, valueOf(name)])), ranges: chosen.ranges, rows: result.rows, totals: result.totals,
      user_per_month: result.user_per_month, effects: result.effects, address: address(), command: command(),
    };
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      $("td-copied").textContent = `${what} copied.`;
      return true;
    } catch {
      $("td-by-hand").hidden = false;
      $("td-by-hand").value = text;
      $("td-by-hand").select();
      $("td-copied").textContent = `Copy the ${what.toLowerCase()} from the field below.`;
      return false;
    }
  }
  $("td-copy").addEventListener("click", () => copy(location.href.split("#")[0] + address(), "Link"));
  $("td-json").addEventListener("click", () => copy(JSON.stringify(asJson(), null, 2), "JSON"));
  $("td-command").addEventListener("click", () => copy(command(), "Command"));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".td-tex");
    if (button && await copy(button.closest("dd").querySelector("annotation").textContent, "TeX")) button.textContent = "TeX copied";
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
  addEventListener("hashchange", () => { if (location.hash !== shown) readAddress(); });
  addEventListener("resize", () => later(() => { if (views[chosen.view]) views[chosen.view].show(mistakes.size > 0); }));

  return {
    $, page, state, chosen, extras, tests, views, inputs, rows, mistakes, extra, oneOf, setting, set, show, later, problem, read, plain, cents, money, spoken,
    exact, valueOf, asJson, command, start: readAddress, cost: () => cost, onShow: (listener) => listeners.push(listener),
  };
})();
