"""`cellcolony list`: what there is to choose from."""

from __future__ import annotations

from typing import Literal

from cellcolony.cli.printing import print_parts

UNBROKEN = 10_000
"""Characters of a line where a program reads it: every row is one line."""


def list(what: Literal["cells", "species", "pheromones", "presets", "batteries"], /) -> None:
    """List what there is to choose from by name: what it is, and its source.

    Args:
        what: Memory cells, species of ants, pheromone schemes, presets of a search, or batteries of
            experiments.
    """
    from cellcolony.report.listing import listing

    print_parts(listing(what), log_width=UNBROKEN)
