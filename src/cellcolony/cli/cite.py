"""`cellcolony cite`: BibTeX of what a study used."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_text


def cite(run: Path, /) -> None:
    """Print BibTeX of the methods, cells and measures that a study used.

    Args:
        run: The run directory, of a study that has ended or not.
    """
    from cellcolony.report.citations import bibliography
    from cellcolony.runs.open import open_run

    print_text(bibliography(open_run(run)))
