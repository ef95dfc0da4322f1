"""Printed ids: keyed one-to-one scrambles of inner numbers, so that an id shows neither order nor time nor seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import Ids, Seed

__all__ = ["Scramble", "hex_digits"]

Bytes2D = npt.NDArray[np.uint8]
_TWO_DIGITS: npt.NDArray[np.uint32] = np.frombuffer(
    b"".join(b"%02x" % number for number in range(1 << 8)), dtype="<u2"
).astype("<u4")
_FOUR_DIGITS: npt.NDArray[np.uint32] = (_TWO_DIGITS[:, np.newaxis] << np.uint32(16) | _TWO_DIGITS).ravel()
"""The digits of two bytes, the first of which is the lower half of the number that is looked up."""


@dataclass(frozen=True)
class Scramble:
    """A one-to-one map of 64-bit (or 32-bit) numbers, chosen by a seed and a name."""

    keys: tuple[int, ...]
    factors: tuple[int, ...]
    bits: int

    @classmethod
    def of(cls, seed: Seed, name: str, bits: int = 64) -> Scramble:
        """The map of that name; odd factors and shifted xors can be undone, so no two numbers meet."""
        mask = (1 << bits) - 1
        drawn = [int(seed.key(f"{name} {n}")) & mask for n in range(6)]
        return cls(tuple(drawn[:3]), tuple(number | 1 for number in drawn[3:]), bits)

    def __call__(self, numbers: Ids) -> Ids:
        """Scrambled numbers; with 32 bits the input must be below 2**32."""
        found = numbers.astype(np.uint64)
        mask = np.uint64((1 << self.bits) - 1) if self.bits < found.itemsize * 8 else None
        for key, factor in zip(self.keys, self.factors, strict=True):
            found ^= np.uint64(key)
            found *= np.uint64(factor)
            if mask is not None:
                found &= mask
            found ^= found >> np.uint64(self.bits // 2)
            found ^= found >> np.uint64(self.bits // 4 + 1)
        return found


def hex_digits(numbers: Ids, width: int = 16) -> Bytes2D:
    """Lower-case hexadecimal ASCII of numbers, one row each, `width` digits (a multiple of 4)."""
    halves = numbers.astype(">u8").view("<u2").reshape(len(numbers), 4)
    return _FOUR_DIGITS.take(halves[:, 4 - width // 4 :]).view(np.uint8)
