"""`cellcolony list`: what there is to choose from."""

from __future__ import annotations

from cellcolony.cli.printing import print_parts
from cellcolony.errors import ConfigError, did_you_mean

UNBROKEN = 10_000
"""Characters of a line where a program reads it: every row is one line."""


def list(what: str, /) -> None:
    """List what there is to choose from by name: what it is, and its source.

    Members that other packages bring are listed with the name of the package.

    Args:
        what: batteries, cells, executors, exports, judges, methods, observers, operations,
            pheromones, predictors, presets, recipes, rivals, species, stages, tasks or tokenizers.
    """
    from cellcolony.report.listing import KINDS, listing

    if what not in KINDS:
        raise ConfigError(f"There is no list of {what!r}.{did_you_mean(what, KINDS)}")
    print_parts(listing(what), log_width=UNBROKEN)
