"""An observer that counts events, and writes the counts down."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from cellcolony.errors import ConfigError
from cellcolony.runs.observers import OBSERVERS, ObserverKind


def check(where, folder):
    if not where:
        raise ConfigError("The observer 'tally' needs a file: tally=FILE.")


@contextmanager
def begin(subject, where):
    counts = Counter()
    yield lambda event: counts.update([type(event).__name__])
    Path(where).write_text(f"{subject.name}: {counts['Done']} done\n")


OBSERVERS.register("tally")(ObserverKind(check, begin, "Counts what happened, for a file."))
