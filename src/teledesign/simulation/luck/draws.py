"""Draws with an address: a number in (0, 1) that depends on seed, dotted name, unit and step, and on nothing else.

No generator has a state, so any part of a simulation can be played alone, in any order, on any number of
workers, and adding a draw leaves every other draw alone.  Only integer arithmetic is used.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "GOLDEN",
    "Floats",
    "Ids",
    "Seed",
    "as_uniform",
    "bits_below",
    "child_ids",
    "hashed",
    "hashed_each",
    "practice_seed",
    "uniform",
]

Ids = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12, _32 = (np.uint64(bits) for bits in (30, 27, 31, 12, 32))
_TO_UNIT = 2.0**-52
_HALF_STEP = 2.0**-53


@dataclass(frozen=True)
class Seed:
    """What all luck of one log comes from: 32 bytes.  Never written into a log."""

    secret: bytes

    @classmethod
    def of_number(cls, number: int) -> Seed:
        """The seed a person names with `--seed N`."""
        return cls(hashlib.sha256(b"teledesign seed %d" % number).digest())

    def key(self, name: str) -> np.uint64:
        """The 64-bit key of a dotted name under this seed."""
        return np.uint64(int.from_bytes(hmac.digest(self.secret, name.encode(), "sha256")[:8], "big"))

    def point(self, name: str) -> float:
        """The one number of a dotted name under this seed, in [0, 1)."""
        return float(self.key(name) >> _12) * _TO_UNIT


def practice_seed(scenario: str) -> Seed:
    """The public seed of a scenario's practice log: everybody gets the same one."""
    return Seed(hmac.digest(b"teledesign practice", f"{scenario} | log".encode(), "sha256"))


def hashed(ids: Ids, key: np.uint64, step: int | npt.NDArray[np.integer] = 0) -> Ids:
    """64 well-mixed bits per id (splitmix64: Steele, Lea and Flood, Fast splittable generators, 2014)."""
    bits = ids ^ key
    if not isinstance(step, int):
        bits += step.astype(np.uint64) * GOLDEN
    elif step:
        bits += np.uint64(step * int(GOLDEN) & 0xFFFF_FFFF_FFFF_FFFF)
    return _mixed(bits)


def hashed_each(ids: Ids, key: np.uint64, steps: npt.NDArray[np.integer]) -> Ids:
    """`hashed` for every id at every step: shape (ids, steps)."""
    return _mixed((ids ^ key)[:, np.newaxis] + steps.astype(np.uint64) * GOLDEN)


def _mixed(bits: Ids) -> Ids:
    """The bits, mixed where they are."""
    bits ^= bits >> _30
    bits *= _FIRST
    bits ^= bits >> _27
    bits *= _SECOND
    bits ^= bits >> _31
    return bits


def uniform(ids: Ids, key: np.uint64, step: int | npt.NDArray[np.integer] = 0) -> Floats:
    """One number per id, strictly between 0 and 1, with 52 bits."""
    return as_uniform(hashed(ids, key, step))


def as_uniform(bits: Ids) -> Floats:
    """A number strictly between 0 and 1 from the leading 52 of 64 bits, which are used up."""
    bits >>= _12
    found = bits.astype(np.float64)
    found *= _TO_UNIT
    found += _HALF_STEP
    return found


def bits_below(chances: Floats) -> Ids:
    """Bits that no draw exceeds whose number is below a chance; some more draws may not exceed them either."""
    most = np.minimum(chances * (1.0 + 1e-9), 1.0) * 2.0**52
    return np.where(most >= 2.0**52, ~np.uint64(0), (most.astype(np.uint64) + np.uint64(1)) << _12)


def child_ids(parents: Ids, key: np.uint64, visit: npt.NDArray[np.integer], number: npt.NDArray[np.integer]) -> Ids:
    """Ids of started episodes: parent, name (the key), how often its step was entered before, child number."""
    slot = (visit.astype(np.uint64) << _32) | number.astype(np.uint64)
    return hashed(parents, key, slot)
