"""Run a study and show it: what the commands that begin or go on with one have in common."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellcolony.cli.interrupts import Interrupts
from cellcolony.cli.printing import print_parts

if TYPE_CHECKING:
    from cellcolony.runs.result import Result
    from cellcolony.runs.study import Study


def run_study(
    study: Study,
    *,
    budget: tuple[str, ...] = (),
    seeds: int = 1,
    out: Path | None = None,
    **options: Any,
) -> None:
    """Run a study with progress on standard error, and print what was understood and found.

    Of several seeds the one of the lowest validation error is reported in full.
    """
    from cellcolony.report.seeds import seeds_report
    from cellcolony.report.understood import understood
    from cellcolony.report.watch import watch
    from cellcolony.runs.repeat import repeat

    print_parts(understood(study.config.facts))
    interrupts = Interrupts()
    with watch() as shown:
        options["on_event"] = interrupts.then(shown.observe)
        if seeds == 1:
            results = (study.run(budget or None, out=out, **options),)
        else:
            results = repeat(study, seeds, out, budget=budget or None, **options)
    if len(results) > 1:
        print_parts(seeds_report(results))
    measured = [(result.error("valid"), place) for place, result in enumerate(results)]
    best = min((value, place) for value, place in measured if value is not None)[1]
    for place, result in enumerate(results):
        show_found(result, in_full=place == best)
    if len(results) < seeds:
        interrupts.tell(f"the same command runs the other {seeds - len(results)} of {seeds} seeds")


def show_found(result: Result, in_full: bool = True) -> None:
    """Write the report and the drawings of a study, and print the report.

    Args:
        result: The study.
        in_full: Whether to print it too.
    """
    from cellcolony.report.files import write_files
    from cellcolony.report.sections import contents
    from cellcolony.report.terminal import report
    from cellcolony.runs.session import leaving

    with leaving(result.path):
        written = write_files(result)
        if in_full:
            print_parts(report(contents(result, "final")))
            if written is not None:
                print(f"Open: {shlex.quote(str(written))}")


def place_for(out: Path | None, seeds: int = 1) -> Path:
    """Return where a study goes: where the user says, or runs/ with date and time.

    Raises:
        RunError: Something stands there, and it is no folder of several seeds to go on with.
    """
    from cellcolony.runs.directory import refuse_existing

    path = out or Path("runs") / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    if seeds == 1:
        refuse_existing(path)
    return path
