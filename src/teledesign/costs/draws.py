"""Draws for ranges: counter hashes and triangular numbers, the same to the last bit in Python and in a page.

A draw is a hash of (seed, name of the input, number of the run), so that adding an input leaves all others' draws
alone.  Hashes are 32 bits wide, because that is what JavaScript multiplies exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["JAVASCRIPT", "triangular", "uniform"]

Floats = NDArray[np.float64]
Bits = NDArray[np.uint32]

BASIS, PRIME = 0x811C9DC5, 0x01000193
"""FNV-1a, 32 bits."""
FIRST, SECOND = 0x7FEB352D, 0x846CA68B
"""The multipliers of C. Wellons' lowbias32 (Prospecting for Hash Functions, 2018)."""


def key_of(text: str) -> int:
    """The 32 bits of a name: FNV-1a over its UTF-8 bytes."""
    value = BASIS
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * PRIME) & 0xFFFFFFFF
    return value


def _mixed(bits: Bits) -> Bits:
    bits = bits ^ (bits >> np.uint32(16))
    bits = bits * np.uint32(FIRST)
    bits = bits ^ (bits >> np.uint32(15))
    bits = bits * np.uint32(SECOND)
    return bits ^ (bits >> np.uint32(16))


def uniform(seed: int, name: str, first: int, count: int) -> Floats:
    """Numbers strictly between 0 and 1 of the runs `first` to `first + count - 1`."""
    one, other = key_of(f"{seed}:{name}"), key_of(f"{name}:{seed}")
    runs = np.arange(first, first + count, dtype=np.uint32)
    bits = _mixed(_mixed(runs + np.uint32(one)) ^ np.uint32(other))
    found: Floats = (bits.astype(np.float64) + 0.5) / 4294967296.0
    return found


def triangular(u: Floats, low: float, mode: float, high: float) -> Floats:
    """Numbers between low and high, most often near the mode, from uniform ones."""
    width = high - low
    if width <= 0:
        return np.full(u.shape, low)
    cut = (mode - low) / width
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u < cut, rising, falling)


JAVASCRIPT = f"""\
function td_key(text) {{
  let value = {BASIS};
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, {PRIME}) >>> 0;
  return value;
}}
function td_mixed(bits) {{
  bits = Math.imul(bits ^ (bits >>> 16), {FIRST}) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 15), {SECOND}) >>> 0;
  return (bits ^ (bits >>> 16)) >>> 0;
}}
function td_uniform(one, other, run) {{
  return (td_mixed((td_mixed((run + one) >>> 0) ^ other) >>> 0) + 0.5) / 4294967296;
}}
function td_triangular(u, low, mode, high) {{
  const width = high - low;
  if (width <= 0) return low;
  return u < (mode - low) / width
    ? low + Math.sqrt(u * width * (mode - low)) : high - Math.sqrt((1 - u) * width * (high - mode));
}}
"""
