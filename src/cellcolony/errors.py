"""The errors that a user can meet; each says where, what was found, and the cure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CellcolonyError(Exception):
    """What every error of this package is: the command line prints it and exits with 2."""


class ConfigError(CellcolonyError, ValueError):
    """A setting has a value that it cannot have."""


class GenomeError(CellcolonyError, ValueError):
    """A cell or a network is not well formed."""


class RunError(CellcolonyError, RuntimeError):
    """A run directory cannot be made, read or continued."""


class DataError(CellcolonyError, ValueError):
    """Data cannot be used as they are.

    Attributes:
        findings: Every fault that was found, one sentence each, sorted by place.
    """

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self.findings))


class TrainingRangeWarning(UserWarning):
    """New data lie outside of the range that a network was trained on."""


class ObserverWarning(UserWarning):
    """An observer of a study has failed; the study has not."""


LONGEST_VALUE = 200
"""Characters of a foreign value that a message repeats."""


def brief(value: object) -> str:
    """Return a foreign value as a message shows it: not too long, whatever it is."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"
    except RecursionError:
        return "a list or table that is nested very deeply"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say which known name lies nearest to an unknown one, or list them all.

    Returns:
        A sentence that begins with a space, to append to an error's message.
    """
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {near[0]!r}?"
    if not known:
        return ""
    return f" Known are: {', '.join(known)}."
