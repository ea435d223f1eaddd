"""Numbers and names as they are written for people."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_NAME = 40
"""Characters of a column's or a file's name that a report repeats."""
MOST_NAMES = 4
BARS = "▁▂▃▄▅▆▇█"
"""Signs of eight heights, for courses in a terminal."""


def duration(seconds: float) -> str:
    """Return a time as "8.3 s", "2 min 05 s" or "3 h 07 min"."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def number(value: float | None) -> str:
    """Return a measure with four digits that count, or a dash."""
    return "-" if value is None else f"{value:#.4g}"


def share(value: float | None) -> str:
    """Return a change in percent, with its sign, such as "+0.42 %", or a dash."""
    if value is None:
        return "-"
    digits = 2 if abs(value) < 0.1 else 1 if abs(value) < 1 else 0
    return f"{100 * value:+z,.{digits}f} %"


def count(n: int, noun: str) -> str:
    """Return "1 network" or "1,200 networks"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def name(text: str) -> str:
    """Return a name on one line, without what a terminal would obey, and not too long."""
    plain = printable(text.replace("\n", "?"))
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 3] + "..."


def printable(text: str) -> str:
    """Return lines of text without what a terminal would obey, such as escape sequences."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def names(texts: Sequence[str]) -> str:
    """Return a list of names; of a long one the first and the last."""
    shown = [name(text) for text in texts]
    if len(shown) > MOST_NAMES:
        shown = [*shown[: MOST_NAMES - 2], "...", shown[-1]]
    return ", ".join(shown)


def capital(text: str) -> str:
    """Return a text as a sentence begins."""
    return text[:1].upper() + text[1:]
