// The estimator's engine: what a page works out with the formulas that teledesign prints into `parts`.  No words, no
// page.  Every step is Python's, in Python's order, so that numbers agree to the last bit; where a function says
// `*`, it is worked out in slices: a generator that yields the share done and returns the answer.
"use strict";
const teledesignEngine = (tools, parts) => {
  const {td_money, td_key, td_uniform, td_triangular, td_in_month, td_run_length, solved, detection} = tools;
  const {names, facts, defaults, bounds, doubts, lines, payers, effectNames} = parts;
  const {work, affect} = parts.formulas(tools);
  const SLICE = 2048;
  const place = Object.fromEntries(names.map((name, at) => [name, at]));
  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

  const valueOf = (settings, name) => (has(settings, name) ? settings[name] : defaults[name]);

  function given(settings) {
    const x = new Float64Array(names.length);
    for (const name of Object.keys(facts)) x[place[name]] = facts[name];
    for (const name of Object.keys(defaults)) x[place[name]] = valueOf(settings, name);
    return x;
  }

  function totalled(amounts, payer) {
    let amount = 0;
    for (let at = 0; at < lines.length; at++) {
      if (lines[at][1] === payer && !Number.isNaN(amounts[at])) amount = amount + amounts[at];
    }
    return td_money(amount);
  }

  function model(settings) {
    const x = given(settings), quantities = [], amounts = [], totals = {};
    work(x, quantities, amounts);
    affect(x);
    const rows = lines.map(([item, payer], at) =>
      ({item, payer, quantity: quantities[at], amount: Number.isNaN(amounts[at]) ? null : amounts[at]}));
    for (const payer of payers) {
      const at_least = rows.some((row) => row.payer === payer && row.amount === null);
      totals[payer] = {amount: totalled(amounts, payer), at_least};
    }
    const reached = x[place.users] * x[place.targeting];
    const user_per_month = reached && !totals.user.at_least ? totals.user.amount / reached : null;
    const pick = (wanted) => Object.fromEntries(wanted.map((name) => [name, x[place[name]]]));
    const values = pick(names.filter((name) => !effectNames.includes(name)));
    return {values, rows, totals, user_per_month, effects: pick(effectNames)};
  }

  /** The firm's total alone, and the amounts behind it. */
  function priced(settings) {
    const amounts = [];
    work(given(settings), [], amounts);
    return {firm: totalled(amounts, "firm"), amounts};
  }

  // --- Ranges: many draws of what is uncertain ---

  /** What is drawn: what is in doubt and not set, and what has a range of its own, around its likeliest value. */
  function uncertain(settings, wider) {
    const found = [];
    for (const name of Object.keys(defaults)) {
      const doubt = wider && has(wider, name) ? wider[name] : has(settings, name) ? null : doubts[name];
      if (!doubt || doubt[0] >= doubt[1]) continue;
      found.push({name, low: doubt[0], mode: valueOf(settings, name), high: doubt[1]});
    }
    return found;
  }

  // Put the value of one rank in its place, smaller ones before it (Hoare's selection, middle of three).
  function selected(values, rank, low, high) {
    while (low < high) {
      const a = values[low], b = values[(low + high) >>> 1], c = values[high];
      const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
      let left = low, right = high;
      while (left <= right) {
        while (values[left] < pivot) left++;
        while (values[right] > pivot) right--;
        if (left <= right) {
          const held = values[left];
          values[left++] = values[right];
          values[right--] = held;
        }
      }
      if (rank <= right) high = right;
      else if (rank >= left) low = left;
      else break;
    }
    return values[rank];
  }

  function band(values) {
    const last = values.length - 1, [tenth, half, most] = [1, 5, 9].map((n) => Math.ceil(values.length * n / 10) - 1);
    const p50 = selected(values, half, 0, last);
    return {p10: selected(values, tenth, 0, half), p50, p90: selected(values, most, half, last)};
  }

  const monthly = ["users", "hot_days", "cold_days", "hot_least", "cold_least"].filter((name) => has(place, name));
  const read = ["growth", "days", ...monthly];

  /** Work out the runs `from` to `to` of a task.  What no draw moves is kept once and not as many times. */
  function drawn(task, from, to) {
    const {inputs, x, start, month, users, sums, quantities, amounts, first, rows, now} = task, count = lines.length;
    for (let run = from; run < to; run++) {
      if (month) for (const name of monthly) x[place[name]] = start[place[name]];
      for (const u of inputs) x[u.at] = td_triangular(td_uniform(u.one, u.other, run), u.low, u.mode, u.high);
      if (month) {
        for (const name of read) now[name] = x[place[name]];
        const changed = td_in_month(now, month);
        for (const name of monthly) x[place[name]] = changed[name];
        users[run] = changed.users;
      }
      work(x, quantities, amounts);
      if (run === 0) first.set(amounts);
      for (let at = 0; at < count; at++) {
        const row = rows[at], amount = amounts[at];
        if (row !== null) row[run] = amount;
        else if (amount !== first[at] && amount === amount) {
          rows[at] = new Float64Array(task.runs).fill(first[at], 0, run);
          rows[at][run] = amount;
        }
      }
      for (let p = 0; p < payers.length; p++) sums[p][run] = totalled(amounts, payers[p]);
    }
  }

  /** The bands of one month (0: any month at full volume). */
  function* spread(settings, wider, runs, seed, month) {
    const inputs = uncertain(settings, wider).map((one) => ({
      ...one, at: place[one.name], one: td_key(`${seed}:${one.name}`), other: td_key(`${one.name}:${seed}`),
    }));
    const task = {
      inputs, runs, month, x: given(settings), start: given(settings), now: {}, users: new Float64Array(month ? runs : 0),
      quantities: new Float64Array(lines.length), amounts: new Float64Array(lines.length), first: new Float64Array(lines.length),
      rows: lines.map(() => null), sums: payers.map(() => new Float64Array(runs)),
    };
    for (let run = 0; run < runs; run += SLICE) {
      drawn(task, run, Math.min(runs, run + SLICE));
      yield run / runs;
    }
    const {rows, sums, first, users} = task, totals = {}, bands = [], at_least = {};
    for (let p = 0; p < payers.length; p++) {
      totals[payers[p]] = band(sums[p]);
      at_least[payers[p]] = lines.some((line, at) => line[1] === payers[p] && Number.isNaN(first[at]));
      yield 1;
    }
    for (let at = 0; at < lines.length; at++) {
      const one = first[at], whole = Number.isNaN(one) ? null : {p10: one, p50: one, p90: one};
      bands.push({item: lines[at][0], band: rows[at] ? band(rows[at]) : whole});
      if (rows[at]) yield 1;
    }
    return {rows: bands, totals, at_least, ...(month ? {users: band(users).p50} : {})};
  }

  /** A generator run to its end. */
  function whole(work) {
    let step = work.next();
    while (!step.done) step = work.next();
    return step.value;
  }

  function* ranging(settings, options) {
    const {runs = 10000, seed = 0, wider = null} = options || {};
    return yield* spread(settings, wider, runs, seed, 0);
  }

  const certain = Object.fromEntries(Object.keys(doubts).map((name) => [name, [0, 0]]));

  function* monthing(settings, count, options) {
    const {runs = 1, seed = 0, wider = null} = options || {}, found = [];
    for (let number = 1; number <= count; number++) {
      found.push({number, ...yield* spread(settings, runs > 1 ? wider : certain, runs, seed, number)});
      yield number / count;
    }
    return found;
  }

  function swings(settings, wider) {
    const total = (name, value) => priced({...settings, [name]: value}).firm;
    return uncertain(settings, wider)
      .map(({name, low, high}) => ({name, low, high, at_low: total(name, low), at_high: total(name, high)}))
      .sort((a, b) => Math.abs(b.at_high - b.at_low) - Math.abs(a.at_high - a.at_low));
  }

  // --- Two settings ---

  /** The second made out of the first, one setting at a time in the order of an estimate. */
  function compared(first, second) {
    const before = model(first), after = model(second), held = {...first}, changes = [];
    let found = before;
    for (const name of Object.keys(defaults)) {
      const old = valueOf(held, name), value = valueOf(second, name);
      if (old === value) continue;
      held[name] = value;
      const then = model(held), rows = {};
      then.rows.forEach((row, at) => {
        const moved = td_money((row.amount || 0) - (found.rows[at].amount || 0));
        if (moved) rows[row.item] = moved;
      });
      const difference = td_money(then.totals.firm.amount - found.totals.firm.amount);
      changes.push({lever: name, before: old, after: value, difference, rows});
      found = then;
    }
    return {before, after, changes};
  }

  // --- A budget ---

  /** The best setting of a lever that keeps a budget: from the one wanted least, on whole steps, then by halving. */
  function solve(settings, lever, budget) {
    const [wantsMore, step] = solved[lever], [low, high] = bounds[lever], grid = solved.grid;
    const at = (value) => priced({...settings, [lever]: value});
    const exact = (steps) => (step >= 1 ? steps * step : steps / Math.round(1 / step));
    let steps = [];
    for (let n = 0; n <= grid; n++) {
      const even = n / grid, value = low + (high - low) * even * even * even;
      steps.push(Math.min(Math.max(Math.floor(value / step + 0.5) * step, low), high));
    }
    steps = steps.filter((value, n) => !n || value !== steps[n - 1]);
    if (!wantsMore) steps.reverse();
    const totals = steps.map((value) => at(value).firm);
    let best = -1;
    totals.forEach((total, n) => { if (total <= budget) best = n; });
    if (best < 0) {
      const cheapest = steps[totals.indexOf(Math.min(...totals))];
      return told(null, cheapest, cheapest, false);
    }
    if (best === steps.length - 1) return told(steps[best], steps[best], steps[best], true);
    let fits = Math.round(steps[best] / step), breaks = Math.round(steps[best + 1] / step);
    while (Math.abs(breaks - fits) > 1) {
      const middle = Math.floor((fits + breaks) / 2);
      if (at(exact(middle)).firm <= budget) fits = middle;
      else breaks = middle;
    }
    return told(exact(fits), exact(fits), exact(breaks), false);

    function told(value, here, beyond, all) {
      const now = at(here), there = at(beyond).amounts;
      const known = now.amounts.map((one) => (Number.isNaN(one) ? 0 : one));
      const sizes = here === beyond ? known : now.amounts.map((one, n) => (Number.isNaN(one) || Number.isNaN(there[n]) ? 0 : there[n] - one));
      let first = 0;
      lines.forEach(([, payer], n) => {
        const firm = payer === "firm", held = lines[first][1] === "firm";
        if ((firm && !held) || (firm === held && sizes[n] > sizes[first])) first = n;
      });
      const at_least = lines.some((line, n) => line[1] === "firm" && Number.isNaN(now.amounts[n]));
      return {
        lever, value, total: {amount: now.firm, at_least}, slack: td_money(budget - now.firm),
        binding: lines[first][0], binding_grows: td_money(sizes[first]), whole: all,
      };
    }
  }

  // --- What one would see ---

  const {z_sure, z_seen, surely, rates, charts, ...reckon} = detection;
  const needed = (before, after) => (before === after ? Infinity : reckon.rows_needed({z_sure, z_seen, before, after}));

  function smallest(before, rows, worse) {
    const most = worse < 0 ? before : 1 - before;
    if (rows <= 0 || most <= 0 || needed(before, before + worse * most) > rows) return Infinity;
    let low = 0, high = most;
    for (let n = 0; n < 60; n++) {
      const middle = (low + high) / 2;
      if (needed(before, before + worse * middle) <= rows) high = middle;
      else low = middle;
    }
    return high;
  }

  /** A metric over some users at a sampling rate; the change is signed. */
  function seen(settings, metric, one, change, sampling) {
    const kept = metric.own.length ? Math.min(...metric.own.map((own) => (own === null ? sampling : own))) : sampling;
    const reached = valueOf(settings, "users") * valueOf(settings, "targeting") * facts.heard;
    const rows_per_day = reached * one.rows * kept, changed = one.share + change, likeness = valueOf(settings, "likeness");
    const worth_per_day = metric.by_user
      ? reckon.worth({rows: rows_per_day, rows_each: metric.rows_each, likeness, kept}) : rows_per_day;
    const rows_needed = needed(one.share, changed);
    const days = worth_per_day <= 0 || rows_needed === Infinity
      ? Infinity : Math.max(1, reckon.days_needed({rows_needed, rows_a_day: worth_per_day}));
    const month = rows_per_day * 30;
    return {
      rows_per_day, worth_per_day, share: one.share, changed, rows_needed, days,
      smallest_in_a_week: smallest(one.share, worth_per_day * 7, Math.sign(change)),
      rarest_in_a_month: month > 0 ? reckon.rarest_seen({surely, rows: month}) : Infinity,
    };
  }

  const lengths = new Map();
  function runLength(method, limit, shift) {
    const key = `${method} ${limit} ${shift}`;
    if (!lengths.has(key)) lengths.set(key, td_run_length(method, limit, shift));
    return lengths.get(key);
  }

  /** Days to a change for the worse of a metric, overall and in a slice; charts; cost against days over rates. */
  function detect(settings, metric, drop, slice) {
    const sign = metric.better === "lower" ? 1 : -1, sampling = valueOf(settings, "sampling"), change = sign * drop;
    const at = (one, rate) => (one ? seen(settings, metric, one, change, rate) : null);
    const overall = at(metric, sampling), part = at(slice, sampling);
    const shift = (one) => {
      const before = one.share, rows = one.worth_per_day;
      if (!(before > 0 && before < 1) || rows <= 0) return 0;
      return Math.floor(reckon.shift_of({change: drop, rows, before}) * 1e4 + 0.5) / 1e4;
    };
    return {
      change, overall, slice: part,
      charts: charts.map(([method, limit, spacing]) => ({
        method, limit, false_alarm_days: spacing, days: runLength(method, limit, shift(overall)),
        days_in_slice: part && runLength(method, limit, shift(part)),
      })),
      rates: [...new Set([...rates, sampling])].sort((a, b) => b - a).map((rate) => {
        const there = {...settings, sampling: rate}, aimed = slice && {...there, targeting: valueOf(settings, "targeting") * slice.aimed};
        return {
          sampling: rate, cost: priced(there).firm, days: at(metric, rate).days,
          days_in_slice: slice ? at(slice, rate).days : null, targeted_cost: aimed && priced(aimed).firm,
        };
      }),
    };
  }

  return {
    model, defaults, bounds, doubts, uncertain, swings, compared, solve, detect, ranging, monthing,
    levers: Object.keys(solved).filter((name) => has(bounds, name)),
    ranges: (settings, options) => whole(ranging(settings, options)),
    months: (settings, count, options) => whole(monthing(settings, count, options)),
    detection: {...reckon, z_sure, z_seen},
  };
};
