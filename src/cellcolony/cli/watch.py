"""`cellcolony watch`: a study in another terminal, by its files alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cellcolony.cli.printing import print_parts


def watch(run: Path, /, *, once: bool = False) -> None:
    """Watch how a study stands until it ends, from another terminal; Ctrl-C leaves it alone.

    The run is not touched: nothing is written, and no lock is taken.

    Args:
        run: The run directory; of several seeds, that of one of them.
        once: Print how it stands now, and leave.
    """
    from cellcolony.report.watch_view import picture, watch_run

    with suppress(KeyboardInterrupt):
        if once:
            print_parts(picture(run))
        else:
            watch_run(run)
