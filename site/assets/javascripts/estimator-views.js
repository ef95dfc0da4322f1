// The tabs beside the bill: how sure it is, months, two settings, a budget, what one would see, and a way through.
// Long work is done in slices of a few milliseconds, so that the page answers meanwhile; it works from file:// too.
"use strict";
(() => {
  const td = teledesignEstimator, {$, page, state, chosen, views, inputs, plain, cents, money, spoken} = td;
  const PATIENCE = 10, STORES = ["hot_storage", "cold_storage"];
  const title = (name) => inputs.get(name).title;
  const lineTitle = (item) => page.items[item];
  const unknown = (band, key) => (band ? cents(band[key]) : "unknown");
  const short = (value) => {
    const [size, sign] = [[1e9, "B"], [1e6, "M"], [1e3, "k"]].find(([one]) => value >= one) || [1, ""];
    return `${plain(Number((value / size).toPrecision(3)))}${sign}`;
  };

  function node(tag, text, attributes) {
    const made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  }

  /** Fill a table's body: the first cell of each row names it, the others are numbers or what stands there already. */
  function fill(id, rows) {
    $(id).replaceChildren(...rows.map(([first, ...others]) => {
      const row = node("tr");
      row.append(node("th", first, {scope: "row"}), ...others.map((one) => (one instanceof Node ? one : node("td", one, {class: "td-number"}))));
      return row;
    }));
  }

  /** A cell with a bar from one share of its width to another. */
  function span(from, to, mark) {
    const cell = node("td", null, {class: "td-span", "aria-hidden": "true"}), bar = node("span");
    bar.style.insetInlineStart = `${100 * from}%`;
    bar.style.inlineSize = `${Math.max(0.5, 100 * (to - from))}%`;
    cell.append(bar);
    if (mark !== undefined) {
      const line = node("i");
      line.style.insetInlineStart = `${100 * mark}%`;
      cell.append(line);
    }
    return cell;
  }

  /** Work through a generator a few milliseconds at a time; stopping it is forgetting it. */
  function runner(onShare, onDone) {
    let turn = 0;
    const channel = new MessageChannel();
    let step = null;
    channel.port1.onmessage = ({data}) => { if (data === turn && step) step(); };
    return {
      stop() { turn += 1; step = null; },
      start(work) {
        const mine = turn += 1;
        step = () => {
          const end = performance.now() + PATIENCE;
          let one = work.next();
          while (!one.done && performance.now() < end) one = work.next();
          if (mine !== turn) return;
          if (one.done) { step = null; onDone(one.value); return; }
          onShare(one.value);
          channel.port2.postMessage(mine);
        };
        step();
      },
    };
  }

  /** A view whose answer takes its time: worked out anew only where what it depends on has changed. */
  function slow(name, asked, work, done) {
    const progress = $(`td-${name}-progress`), says = $(`td-${name}-says`);
    let known = null;
    const running = runner((share) => { progress.value = share; }, (answer) => { progress.hidden = true; done(answer); });
    views[name] = {
      stop() { running.stop(); },
      show(held) {
        const now = JSON.stringify([held, state.settings, chosen.ranges, state.prices, asked()]);
        if (now === known && progress.hidden) return;
        known = now;
        running.stop();
        if (held) { says.textContent = "Correct the marked number first."; return; }
        progress.value = 0;
        progress.hidden = false;
        says.textContent = "Drawing …";
        running.start(work());
      },
    };
  }

  const whole = (what, low, high) => (raw) => {
    const value = td.read(raw);
    if (!(Number.isInteger(value) && value >= low && value <= high)) throw new Error(`${what}: “${raw.slice(0, 60)}” is no whole number from ${low} to ${plain(high)}`);
    return value;
  };

  // --- Tabs ---

  const tabs = [...document.querySelectorAll(".td-tabs [role=tab]")];
  const named = (tab) => tab.id.slice("td-tab-".length);
  td.extra("view", "lines", td.oneOf("view", () => tabs.map(named)));

  function turn(name, focus) {
    for (const tab of tabs) {
      const here = named(tab) === name;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      $(`td-view-${named(tab)}`).hidden = !here;
      if (here && focus) tab.focus();
    }
  }

  tabs.forEach((tab, at) => {
    const open = (to, focus) => {
      chosen.view = named(tabs[to]);
      turn(chosen.view, focus);
      td.show(null);
    };
    tab.addEventListener("click", () => open(at, false));
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1, to = {ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      open(to, true);
    });
  });

  // --- Line by line: the total at other sampling rates ---

  const RATES = Array.from({length: 37}, (_, at) => Math.pow(10, -3 + at / 12));
  views.lines = {
    stop() {},
    show() {
      const total = (rate) => td.cost().model({...state.settings, sampling: rate}).totals.firm, now = td.valueOf("sampling");
      const rates = RATES.map((rate) => Math.min(1, rate)), points = rates.map((rate) => [rate, total(rate).amount]);
      const said = [0.001, 0.01, 0.1, 1].map((rate) => `${plain(rate)}: ${spoken(total(rate))}`).join("; ");
      $("td-plot-says").textContent = `At a sampling rate of ${said}. The dot is where you are.`;
      teledesignChart($("td-plot"), {
        says: `A line of the monthly total by sampling rate. ${said}.`, lines: [{points}], marks: now >= rates[0] ? [[now, total(now).amount]] : [],
        x: {low: rates[0], high: 1, log: true, title: "sampling rate", shown: plain}, y: {low: 0, high: points[points.length - 1][1] * 1.05 || 1, title: page.sheets[state.prices].currency, shown: short},
      });
    },
  };

  // --- Ranges of the reader's own: how low and how high, around the lever's value ---

  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);
  td.extra("ranges", {}, (raw) => {
    const found = {};
    for (const part of raw.split(",")) {
      const [name, ...ends] = part.split(":");
      if (has(found, name)) throw new Error(`${name.slice(0, 60)} has two ranges`);
      if (ends.length !== 2) throw new Error(`“${part.slice(0, 60)}” is no range`);
      const [low, high] = ends.map((end) => td.setting(name, end));
      if (low > high) throw new Error(`the range of ${name} runs backwards`);
      found[name] = [low, high];
    }
    return found;
  }, (all) => Object.entries(all).map(([name, ends]) => [name, ...ends].join(":")).join(","));

  const outside = (name) => {
    const [low, high] = chosen.ranges[name] || [-Infinity, Infinity], value = td.valueOf(name);
    return low <= value && value <= high ? "" : `${plain(value)} is outside the range of ${plain(low)} to ${plain(high)} under “How sure?”. Widen it there, or set another value`;
  };
  td.tests.push(() => {
    for (const name of Object.keys(chosen.ranges)) if (outside(name)) throw new Error(`${name}: ${outside(name)}`);
  });

  const ENDS = ["low", "most likely", "high"], lines = new Map();
  let known = chosen.ranges, listed = "";

  /** A line of the table: three fields, a note, and a button that takes the reader's own range back. */
  function lineOf(name) {
    const {title: called, unit} = inputs.get(name), row = node("tr"), head = node("th", unit ? `${called}, ${unit}` : called, {scope: "row"});
    const note = node("span", "", {class: "td-error td-wrong", id: `r-${name}`}), undo = node("button", "Undo", {type: "button", "aria-label": `Undo: ${called}`});
    const fields = ENDS.map((end) => node("input", null, {type: "text", inputmode: "decimal", spellcheck: "false", "aria-label": `${called}: ${end}`, "aria-describedby": note.id}));
    const line = {row, fields, note, undo, fault: ""};
    for (const field of fields) field.addEventListener("input", () => {
      try {
        const [low, value, high] = fields.map((one) => td.setting(name, one.value));
        if (low > value) throw new Error(`${name}: low is above most likely. Correct one of them`);
        if (value > high) throw new Error(`${name}: most likely is above high. Correct one of them`);
        line.fault = "";
        td.mistakes.delete(name);
        td.set(name, value);
        known = chosen.ranges = {...chosen.ranges, [name]: [low, high]};
      } catch (fault) {
        line.fault = `${fault.message.slice(name.length + 2)}.`;
      }
      td.problem("");
      td.show(field);
    });
    undo.addEventListener("click", () => {
      const {[name]: gone, ...others} = chosen.ranges;
      chosen.ranges = Object.keys(others).length ? others : td.extras.ranges.fallback;
      td.show(null);
      $("td-range-of").focus();
    });
    const cells = [...fields, undo].map((one) => { const cell = node("td", null, {class: "td-number"}); cell.append(one); return cell; });
    head.append(note);
    row.append(head, ...cells);
    return line;
  }

  td.onShow(() => {
    const drawn = new Map(td.cost().uncertain(state.settings, chosen.ranges).map((one) => [one.name, one]));
    const names = [...inputs.keys()].filter((name) => drawn.has(name) || has(chosen.ranges, name));
    if (known !== chosen.ranges) for (const line of lines.values()) line.fault = "";
    known = chosen.ranges;
    if (String(names) !== listed) {
      listed = String(names);
      for (const name of names) if (!lines.has(name)) lines.set(name, lineOf(name));
      $("td-ranges").replaceChildren(...names.map((name) => lines.get(name).row));
      $("td-range-of").replaceChildren(...[...inputs.keys()].filter((name) => !names.includes(name)).map((name) => node("option", title(name), {value: name})));
    }
    for (const [name, line] of lines) {
      const own = has(chosen.ranges, name), fault = names.includes(name) ? line.fault || outside(name) : "", {low, high} = drawn.get(name) || {low: 0, high: 0};
      const ends = own ? chosen.ranges[name].map(td.exact) : [low, high].map(plain), values = [ends[0], td.exact(td.valueOf(name)), ends[1]];
      line.fields.forEach((field, at) => {
        if (field !== document.activeElement && !line.fault) field.value = values[at];
        if (fault) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      });
      line.note.textContent = fault;
      line.undo.hidden = !own;
      if (fault) td.mistakes.set(`range-${name}`, fault);
      else td.mistakes.delete(`range-${name}`);
    }
    const count = Object.keys(chosen.ranges).length;
    $("td-ranges-changed").textContent = count ? `${count} of your own` : "";
  });
  $("td-range-add").addEventListener("click", () => {
    const name = $("td-range-of").value, value = td.valueOf(name);
    if (!name) return;
    chosen.ranges = {...chosen.ranges, [name]: [value, value]};
    td.show(null);
    const [low] = lines.get(name).fields;
    low.focus();
    low.select();
  });

  // --- How sure: many draws, and what swings the total ---

  td.extra("draws", 1000000, (raw) => Number(td.oneOf("number of draws", () => [...$("td-draws").options].map((one) => one.value))(raw)));
  slow("sure", () => chosen.draws, () => td.cost().ranging(state.settings, {runs: chosen.draws, wider: chosen.ranges}), (found) => {
    const firm = found.totals.firm, most = Math.max(1e-9, ...found.rows.map((row) => (row.band ? row.band.p90 : 0)));
    const least = found.at_least.firm ? "at least, for some prices are unknown; of the others: " : "";
    $("td-sure-says").textContent = `${least}One draw in ten is below ${money(firm.p10)}, half are below ${money(firm.p50)}, nine in ten below ${money(firm.p90)}.`;
    const listed = found.rows.filter((row) => !row.band || row.band.p90).map(({item, band}) =>
      [lineTitle(item), unknown(band, "p10"), unknown(band, "p50"), unknown(band, "p90"), band ? span(band.p10 / most, band.p90 / most, band.p50 / most) : node("td")]);
    const totals = Object.entries(found.totals).map(([payer, band]) => [page.payers[payer], cents(band.p10), cents(band.p50), cents(band.p90), node("td")]);
    fill("td-sure-rows", [...totals, ...listed]);
    const swings = td.cost().swings(state.settings, chosen.ranges).filter((one) => one.at_low !== one.at_high);
    const ends = swings.flatMap((one) => [one.at_low, one.at_high]), [low, high] = [Math.min(...ends), Math.max(...ends)];
    const put = (value) => (high > low ? (value - low) / (high - low) : 0), now = td.cost().model(state.settings).totals.firm.amount;
    fill("td-swings", swings.map((one) => [
      title(one.name), `${plain(one.low)} to ${plain(one.high)}`, cents(one.at_low), cents(one.at_high),
      span(put(Math.min(one.at_low, one.at_high)), put(Math.max(one.at_low, one.at_high)), put(now)),
    ]));
    $("td-swings-none").hidden = swings.length > 0;
  });

  // --- Months ---

  td.extra("months", 12, whole("months", 1, 60));
  slow("months", () => chosen.months, () => td.cost().monthing(state.settings, chosen.months, {runs: 10000, wider: chosen.ranges}), (months) => {
    const firm = months.map((month) => month.totals.firm), at = (key) => firm.map((band, n) => [n + 1, band[key]]);
    const last = firm[firm.length - 1], sum = firm.reduce((total, band) => total + band.p50, 0);
    $("td-months-says").textContent = `Month 1: half of the draws are below ${money(firm[0].p50)}; month ${months.length}: below ${money(last.p50)}, and nine in ten below ${money(last.p90)}. The middle months add up to ${money(sum)}.`;
    teledesignChart($("td-months-plot"), {
      says: $("td-months-says").textContent, lines: [{points: at("p50")}], band: [at("p10"), at("p90")], marks: months.length === 1 ? [[1, last.p50]] : [],
      x: {low: 1, high: Math.max(2, months.length), title: "month", shown: plain}, y: {low: 0, high: Math.max(...firm.map((band) => band.p90)) * 1.05 || 1, title: page.sheets[state.prices].currency, shown: short},
    });
    fill("td-months-rows", months.map((month) => [
      String(month.number), plain(Math.round(month.users)), cents(month.totals.firm.p10), cents(month.totals.firm.p50), cents(month.totals.firm.p90),
      ...STORES.map((item) => unknown(month.rows.find((row) => row.item === item).band, "p50")),
    ]));
  });

  // --- Two settings ---

  const STANDARD = "standard";
  td.extra("against", null, (raw) => {
    if (raw === STANDARD) return {};
    const found = {};
    for (const part of raw.split(",")) {
      const at = part.indexOf(":"), name = part.slice(0, Math.max(0, at));
      if (Object.prototype.hasOwnProperty.call(found, name)) throw new Error(`${name.slice(0, 60)} stands twice in what is compared`);
      found[name] = td.setting(name, part.slice(at + 1));
    }
    return found;
  }, (settings) => Object.entries(settings).map(([name, value]) => `${name}:${value}`).join(",") || STANDARD);

  views.compare = {
    stop() {},
    show(held) {
      const first = chosen.against;
      $("td-compare-found").hidden = !first || held;
      $("td-forget").hidden = !first;
      if (!first || held) {
        $("td-compare-says").textContent = held ? "Correct the marked number first." : "Nothing is kept yet. Keep the settings of now, then move a lever.";
        return;
      }
      const {before, after, changes} = td.cost().compared(first, state.settings), [one, other] = [before.totals.firm, after.totals.firm];
      const signed = (value) => `${value > 0 ? "+" : ""}${cents(value)}`;
      $("td-compare-says").textContent = changes.length
        ? `Kept: ${spoken(one)}. Now: ${spoken(other)}. That is ${money(Math.abs(other.amount - one.amount))} ${other.amount < one.amount ? "less" : "more"}.`
        : "The settings are those that are kept. Move a lever.";
      fill("td-compare-rows", before.rows.map((row, at) => [row, after.rows[at]]).filter(([a, b]) => a.amount === null || a.amount || b.amount).map(([a, b]) =>
        [lineTitle(a.item), ...(a.amount === null || b.amount === null ? ["unknown", "unknown", "unknown"] : [cents(a.amount), cents(b.amount), a.amount === b.amount ? "–" : signed(b.amount - a.amount)])]));
      fill("td-compare-levers", changes.map((change) => {
        const moved = Object.entries(change.rows).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 3).map(([item, amount]) => `${lineTitle(item)} ${signed(amount)}`);
        return [title(change.lever), `${plain(change.before)} → ${plain(change.after)}`, signed(change.difference), node("td", moved.join("; ") || "nothing")];
      }));
    },
  };
  $("td-keep").addEventListener("click", () => { chosen.against = {...state.settings}; td.show(null); });
  $("td-forget").addEventListener("click", () => { chosen.against = null; $("td-keep").focus(); td.show(null); });

  // --- A field that sets what the address holds ---

  const refresh = [];
  /** Bind a control to a name of the address; what cannot be read is marked, and nothing is worked out with it. */
  function bind(id, name, shownAs = (value) => (value === null ? "" : td.exact(value))) {
    const field = $(id), note = $(`${id}-error`);
    const mark = (text) => {
      if (text) {
        td.mistakes.set(id, text);
        field.setAttribute("aria-invalid", "true");
      } else {
        td.mistakes.delete(id);
        field.removeAttribute("aria-invalid");
      }
      if (note) note.textContent = text;
    };
    field.addEventListener(field.tagName === "SELECT" ? "change" : "input", () => {
      try {
        chosen[name] = field.value === "" && td.extras[name].fallback === null ? null : td.extras[name].read(field.value);
        mark("");
      } catch (fault) {
        mark(`${fault.message}.`);
      }
      td.problem("");
      td.show(field);
    });
    refresh.push(() => {
      if (td.mistakes.has(id)) return;
      mark("");
      if (document.activeElement !== field) field.value = shownAs(chosen[name]);
    });
  }

  // --- A budget ---

  td.extra("budget", page.budget, (raw) => {
    const value = td.read(raw);
    if (!(value >= 0)) throw new Error(`budget: “${raw.slice(0, 60)}” is no amount`);
    return value;
  });
  td.extra("solve", "sampling", td.oneOf("lever to solve for", () => td.cost().levers));
  let solution = null;
  views.budget = {
    stop() {},
    show(held) {
      solution = held ? null : td.cost().solve(state.settings, chosen.solve, chosen.budget);
      $("td-take").hidden = !solution || solution.value === null;
      if (!solution) { $("td-budget-says").textContent = "Correct the marked number first."; return; }
      const {value, total, slack, binding, binding_grows, whole: all} = solution, name = title(chosen.solve);
      const known = total.at_least ? " Some prices are unknown and not counted." : "";
      const line = lineTitle(binding);
      $("td-budget-says").textContent = value === null
        ? `No setting of “${name}” keeps ${money(chosen.budget)}: it costs ${money(total.amount)} at the least. The largest line then is ${line}, ${money(binding_grows)}.${known}`
        : `${name}: ${plain(value)} keeps it, at ${money(total.amount)}, with ${money(slack)} to spare. ${all ? "There is no need to go without anything of it." : `One step further ${line} grows by ${money(binding_grows)} and breaks it.`}${known}`;
    },
  };
  $("td-take").addEventListener("click", () => { if (solution && solution.value !== null) { td.set(chosen.solve, solution.value); td.show(null); } });

  // --- What one would see ---

  const metrics = new Map(page.metrics.map((one) => [one.name, one])), first = page.metrics[0];
  if (first) {
    const chances = (raw) => {
      const value = td.read(raw);
      if (!(value > 0 && value < 1)) throw new Error(`drop: “${raw.slice(0, 60)}” is no change between 0 and 1`);
      return value;
    };
    const sliceOf = (metric, name) => metric.slices.find((one) => `${one.name}:${one.value}` === name) || null;
    td.extra("metric", first.name, td.oneOf("metric that can be watched", () => [...metrics.keys()]));
    td.extra("drop", first.drop, chances);
    td.extra("slice", "", (raw) => {
      const known = new Set(page.metrics.flatMap((one) => one.slices.map((slice) => `${slice.name}:${slice.value}`)));
      return raw === "" ? "" : td.oneOf("slice", () => [...known])(raw);
    });
    const days = (value) => (value === null || value === Infinity || value >= 1e9 ? "never" : plain(Math.round(value * 10) / 10));
    const spell = (value) => (days(value) === "never" ? "never" : `${days(value)} day${days(value) === "1" ? "" : "s"}`);

    const told = (one) => {
      const rare = one.rarest_in_a_month === Infinity ? "nothing" : `one row in ${plain(Math.floor(1 / one.rarest_in_a_month))}`;
      const least = one.smallest_in_a_week === Infinity ? "no change" : plain(one.smallest_in_a_week);
      return [plain(Math.floor(one.rows_per_day)), plain(Math.floor(one.worth_per_day)), plain(Math.ceil(one.rows_needed)), spell(one.days), least, rare];
    };

    views.see = {
      stop() {},
      show(held) {
        const metric = metrics.get(chosen.metric), slice = chosen.slice ? sliceOf(metric, chosen.slice) : null, sign = metric.better === "lower" ? 1 : -1;
        const lost = chosen.slice && !slice;
        const beyond = [metric, slice].find((one) => one && !(one.share + sign * chosen.drop >= 0 && one.share + sign * chosen.drop <= 1));
        $("td-see-found").hidden = Boolean(held || beyond || lost);
        if (held) $("td-see-says").textContent = "Correct the marked number first.";
        else if (lost) $("td-see-says").textContent = `“${metric.title}” is not told for ${chosen.slice.replace(":", " ").replace(/_/g, " ")}. Choose another slice.`;
        else if (beyond) $("td-see-says").textContent = `It is ${plain(beyond.share)}${beyond === slice ? " in the slice" : ""} and cannot ${sign < 0 ? "fall" : "rise"} by ${plain(chosen.drop)}. Write a smaller change.`;
        if (held || lost || beyond) return;
        const found = td.cost().detect(state.settings, metric, chosen.drop, slice), way = sign < 0 ? "fall" : "rise";
        $("td-see-says").textContent = `To see it ${way} from ${plain(metric.share)} by ${plain(chosen.drop)}, 95 % sure, with a chance of 80 %: ${spell(found.overall.days)}${found.slice ? `; in the slice alone ${spell(found.slice.days)}` : ""}.`;
        fill("td-see-rows", [["All users", ...told(found.overall)], ...(found.slice ? [[`${slice.name.replace(/_/g, " ")} ${slice.value}`, ...told(found.slice)]] : [])]);
        fill("td-see-charts", found.charts.map((one) => [`${page.charts[one.method]}, limit ${plain(one.limit)}`, spell(one.false_alarm_days), spell(one.days), one.days_in_slice === null ? "–" : spell(one.days_in_slice)]));
        fill("td-see-rates", found.rates.map((rate) => [plain(rate.sampling), cents(rate.cost), days(rate.days), slice ? days(rate.days_in_slice) : "–", slice ? cents(rate.targeted_cost) : "–"]));
        curve(found, slice);
      },
    };

    /** Days against cost over sampling rates: everybody, the slice among everybody, and the slice alone. */
    function curve(found, slice) {
      const points = (cost, wait) => found.rates.map((rate) => [rate[cost], rate[wait]]).filter(([a, b]) => a > 0 && b < 1e6);
      const lines = [{points: points("cost", "days")}];
      if (slice) lines.push({points: points("cost", "days_in_slice")}, {points: points("targeted_cost", "days_in_slice")});
      const all = lines.flatMap((line) => line.points);
      $("td-see-plot").hidden = !all.length;
      $("td-see-legend").hidden = !slice || !all.length;
      if (!all.length) return;
      const across = all.map((one) => one[0]), up = all.map((one) => one[1]), now = found.rates.find((rate) => rate.sampling === td.valueOf("sampling"));
      teledesignChart($("td-see-plot"), {
        says: "Days until a change shows against cost a month, over sampling rates. The table below has the numbers.", lines,
        marks: now && now.cost > 0 && now.days < 1e6 ? [[now.cost, now.days]] : [],
        x: {low: Math.min(...across) * 0.95, high: Math.max(...across) * 1.02, title: `${page.sheets[state.prices].currency} a month`, shown: short},
        y: {low: 1, high: Math.max(10, ...up), log: true, title: "days", shown: plain},
      });
    }

    const options = () => {
      const metric = metrics.get(chosen.metric);
      $("td-slice").replaceChildren(node("option", "none", {value: ""}), ...metric.slices.map((one) => node("option", `${one.name.replace(/_/g, " ")} ${one.value}`, {value: `${one.name}:${one.value}`})));
      $("td-slice").value = sliceOf(metric, chosen.slice) ? chosen.slice : "";
    };
    $("td-metric").addEventListener("change", () => {
      chosen.metric = $("td-metric").value;
      chosen.drop = metrics.get(chosen.metric).drop;
      td.mistakes.delete("td-drop");
      if (!sliceOf(metrics.get(chosen.metric), chosen.slice)) chosen.slice = "";
    });
    bind("td-metric", "metric", String);
    refresh.push(options);
    bind("td-slice", "slice", String);
    bind("td-drop", "drop");
  }

  bind("td-draws", "draws", String);
  bind("td-months", "months");
  bind("td-budget", "budget");
  bind("td-solve", "solve", String);

  // What the address says comes to the tabs with everything else.
  views.path = {stop() {}, show() {}};
  td.onShow(() => {
    turn(chosen.view, false);
    for (const one of refresh) one();
  });
  td.start();
})();
