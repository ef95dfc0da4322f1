"""Run lengths of control charts as JavaScript: `teledesign.detection` and `scenario.elementary`, step by step.

The same operations in the same order, so that a page gives the last bit that Python gives.
"""

from __future__ import annotations

from teledesign.detection import CELLS, CUSUM_K, EWMA_LAMBDA, LONGEST, MOST_SHIFT
from teledesign.scenario.elementary import (
    EXP_TERMS,
    INVERSE_LN2,
    INVERSE_ROOT_TWO_PI,
    LN2_HIGH,
    LN2_LOW,
    MILLS_TERMS,
    TAIL,
)

__all__ = ["JAVASCRIPT"]

JAVASCRIPT = f"""\
const td_bits = new DataView(new ArrayBuffer(8));
function td_two_to(n) {{
  td_bits.setUint32(0, (n + 1023) << 20);
  td_bits.setUint32(4, 0);
  return td_bits.getFloat64(0);
}}
function td_exp(x) {{
  const held = Math.min(Math.max(x, -760), 720), n = Math.floor(held * {INVERSE_LN2!r} + 0.5);
  const r = (held - n * {LN2_HIGH!r}) - n * {LN2_LOW!r}, half = Math.floor(n / 2);
  let total = 1;
  for (let k = {EXP_TERMS}; k > 0; k--) total = 1 + r / k * total;
  return total * td_two_to(half) * td_two_to(n - half);
}}
function td_normal_cdf(given) {{
  const x = Math.min(Math.max(given, -40), 40), distance = Math.abs(x);
  const coarse = Math.floor(distance * 16) / 16, fine = (distance - coarse) * (distance + coarse);
  const density = {INVERSE_ROOT_TWO_PI!r} * td_exp(-0.5 * coarse * coarse) * td_exp(-0.5 * fine);
  let tail;
  if (distance < {TAIL!r}) {{
    let total = 0;
    for (let k = 75; k > 1; k -= 2) total = distance * distance / k * (1 + total);
    tail = 0.5 - density * (distance * (1 + total));
  }} else {{
    let fraction = distance;
    for (let k = {MILLS_TERMS}; k > 0; k--) fraction = distance + k / fraction;
    tail = density / fraction;
  }}
  return x < 0 ? tail : 1 - tail;
}}
function td_bounded(length) {{ return Math.min(Math.max(length, 1), {LONGEST!r}); }}
function td_solved(rows) {{
  const size = rows.length;
  for (let at = 0; at < size; at++) {{
    let pivot = at;
    for (let i = at + 1; i < size; i++) if (Math.abs(rows[i][at]) > Math.abs(rows[pivot][at])) pivot = i;
    [rows[at], rows[pivot]] = [rows[pivot], rows[at]];
    const top = rows[at];
    for (let i = at + 1; i < size; i++) {{
      const row = rows[i], factor = row[at] / top[at];
      for (let j = at; j <= size; j++) row[j] = row[j] - factor * top[j];
    }}
  }}
  const found = new Float64Array(size);
  for (let at = size - 1; at >= 0; at--) {{
    let known = 0;
    for (let j = at + 1; j < size; j++) known = known + rows[at][j] * found[j];
    found[at] = (rows[at][size] - known) / rows[at][at];
  }}
  return found;
}}
function td_from_first(chances, first) {{
  let most = -Infinity;
  for (const row of chances) most = Math.max(most, 1 - row.reduce((sum, one) => sum + one));
  if (most < 1e-12) return {LONGEST!r};
  const rows = chances.map((row, i) => Float64Array.from([...row, 1], (one, j) =>
    (j === row.length ? one : (i === j ? 1 : 0) - one)));
  const length = td_solved(rows)[first];
  return length > 0 ? td_bounded(length) : {LONGEST!r};
}}
function td_cusum(limit, shift) {{
  const cells = {CELLS}, width = 2 * limit / (2 * cells - 1), chances = [];
  for (let i = 0; i < cells; i++) {{
    const row = new Float64Array(cells);
    for (let j = 0; j < cells; j++) {{
      const reach = j * width - i * width + {CUSUM_K!r} - shift, above = td_normal_cdf(reach + width / 2);
      row[j] = j ? above - td_normal_cdf(reach - width / 2) : above;
    }}
    chances.push(row);
  }}
  return td_from_first(chances, 0);
}}
function td_ewma(limit, shift) {{
  const cells = {CELLS}, weight = {EWMA_LAMBDA!r}, edge = limit * Math.sqrt(weight / (2 - weight));
  const width = 2 * edge / cells, half = width / weight / 2, chances = [];
  const middle = (at) => (at + 0.5) * width - edge;
  for (let i = 0; i < cells; i++) {{
    const row = new Float64Array(cells);
    for (let j = 0; j < cells; j++) {{
      const reach = (middle(j) - (1 - weight) * middle(i)) / weight - shift;
      row[j] = td_normal_cdf(reach + half) - td_normal_cdf(reach - half);
    }}
    chances.push(row);
  }}
  return td_from_first(chances, Math.floor(cells / 2));
}}
function td_run_length(method, limit, asked) {{
  const shift = Math.min(Math.max(asked, {-MOST_SHIFT!r}), {MOST_SHIFT!r});
  if (method === "ewma") return td_ewma(limit, shift);
  if (method === "cusum") return td_bounded(1 / (1 / td_cusum(limit, shift) + 1 / td_cusum(limit, -shift)));
  return td_bounded(1 / Math.max(td_normal_cdf(-limit - shift) + td_normal_cdf(-limit + shift), {1 / LONGEST!r}));
}}
"""
