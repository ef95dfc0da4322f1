"""Small accidents of a keyboard, drawn from a generator: what happens to a file that somebody edits."""

from __future__ import annotations

import random
import re

__all__ = ["MARKS", "WORDS", "mutated", "nudged"]

MARKS = ["'", '"', ":", ": ", "-", "- ", "{", "}", "[", "]", ",", "&a ", "*a", "!!x ", "\t", "\n", "#", "|", ">", "%"]
MARKS += ["\0", "?"]
WORDS = ["end", "again", "rest", "given", "else", "null", "yes", "1e999", "-1", "0", "day 99", "40 s", "5 months"]
WORDS += ["outcome"]


def mutated(text: str, chance: random.Random) -> str:
    """The text with one to four small accidents."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        kind = chance.randrange(7)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif kind == 2:
            lines[at] = " " * chance.randint(1, 4) + lines[at]
        elif kind == 3:
            place = chance.randint(0, len(lines[at]))
            lines[at] = lines[at][:place] + chance.choice(MARKS) + lines[at][place:]
        elif kind == 4:
            key, colon, _ = lines[at].partition(": ")
            lines[at] = key + colon + chance.choice(WORDS)
        elif kind == 5:
            words = lines[at].split(" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            lines[at] = " ".join(words)
        else:
            words = text.split()
            text = text.replace(chance.choice(words), chance.choice(words), 1)
            continue
        text = "\n".join(lines)
    return text


NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])")
NUMBERS = ["0", "0.001", "0.5", "1", "2", "7", "99", "1000", "1000000", "1e9"]


def nudged(text: str, chance: random.Random) -> str:
    """The text with one number changed to another that somebody might write."""
    places = list(NUMBER.finditer(text))
    if not places:
        return text
    place = chance.choice(places)
    return text[: place.start()] + chance.choice(NUMBERS) + text[place.end() :]
