"""Many short texts looked for in a long one at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Needles"]


@dataclass(frozen=True)
class Needles:
    """Texts to look for, each with what it is (`kinds`).

    Cut a long text into blocks of w bytes: whatever it holds of at least 2w - 1 bytes covers a whole block. So
    the blocks are compared with all pieces of w bytes of the needles, and a needle is searched for only where one of
    its pieces is a block.
    """

    kinds: Mapping[bytes, str]

    def found_in(self, text: bytes) -> Iterator[str]:
        """What is found, in the order of `kinds`."""
        width = self._width
        blocks = {text[at : at + width] for at in range(0, len(text), width)}
        likely = {needle for piece in blocks & self._pieces.keys() for needle in self._pieces[piece]}
        for needle, kind in self.kinds.items():
            if needle in likely and needle in text:
                yield kind

    @cached_property
    def _width(self) -> int:
        return (min(map(len, self.kinds), default=1) + 1) // 2 or 1

    @cached_property
    def _pieces(self) -> Mapping[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for needle in self.kinds:
            for at in range(len(needle) - self._width + 1):
                found.setdefault(needle[at : at + self._width], []).append(needle)
        return found
