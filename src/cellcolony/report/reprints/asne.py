"""The experiments of the Ant Swarm paper: a battery on one series, and what it is shown as."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from cellcolony.errors import ConfigError
from cellcolony.report.battery import notes
from cellcolony.report.blocks import Paragraph
from cellcolony.report.reprints import Reprint, written_down
from cellcolony.report.reprints.experiments import Experiments
from cellcolony.report.terminal import render
from cellcolony.runs.battery.plan import Battery, read_battery
from cellcolony.runs.battery.run import Observer, run_battery
from cellcolony.runs.part import WHOLE, Part
from cellcolony.store.files import write_file

BATTERIES = {"small": "asne_small", "published": "paper"}
TARGETS = ["Main_Flm_Int"]
"""The columns that the paper forecasts."""
FIXED = {
    "widths": [0], "recurrent": False, "rate_factor": 1.0, "weight_decays": [0.0], "windows": [1],
    "efforts": [1], "shares": [1.0],
}  # fmt: skip
"""Fixed networks as published: as wide as the inputs, without recurrent edges between nodes."""
NEAT_NETWORKS = {"small": 2_000, "published": 200_000}
"""Ten times the forward passes that the trainings of the others make."""
HALVES = ("first_half.csv", "second_half.csv")


def reprint_asne(
    chosen: Sequence[tuple[str, Reprint]],
    size: str,
    files: Sequence[str],
    folder: Path,
    *,
    target: Sequence[str] | None = None,
    valid: Sequence[str] | None = None,
    part: str | None = None,
    repeats: int | None = None,
    workers: int | None = None,
    on_event: Observer | None = None,
) -> tuple[RenderableType, list[Path]]:
    """Run what a folder does not hold yet of the paper's experiments, and show them as it did.

    Args:
        chosen: What is shown, by name.
        size: "small" or "published".
        files: The data: see `halves` for a single file.
        folder: The folder to write to, or to continue.
        target: The columns to forecast; None for those of the paper.
        valid: What is chosen on; None for the second half of the single file.
        part: Such as "2/5": see `run_battery`.
        repeats: How often each experiment is run; None for what the size says.
        workers: How many runs at once; None for one for each processor core.
        on_event: Is called with every event.

    Returns:
        What a terminal shows, and the files that were written.

    Raises:
        ConfigError: There is no such part, or there are no data.
        DataError: The data cannot be used.
        RunError: The folder holds something else, or cannot be written to.
    """
    share = WHOLE if part is None else Part.parse(part)
    name = BATTERIES[size]
    given: dict[str, Any] = {} if repeats is None else {"repeats": repeats}
    given["configuration"] = rivals_of(size)
    data = {"files": list(files), "target": list(target or TARGETS)}
    if valid is not None:
        data["valid"] = list(valid)
    elif files:
        data["files"], data["valid"] = halves(files, folder.parent / f"{folder.name}-data")
    if not files:
        raise ConfigError(
            "There is no data. Name a file: cellcolony reproduce asne burner_0.csv. The Ant "
            "Swarm paper used one burner of a coal plant, 14,401 rows of which one half trains and "
            "the other is chosen on."
        )
    battery = read_battery(name, {**given, "data": data})
    records = run_battery(
        battery, folder, workers=workers, on_event=on_event, part=share,
        wanted=lambda one: any(reprint.needs(one) for _, reprint in chosen),
    )  # fmt: skip
    experiments = Experiments.of(battery, records)
    shown, written = written_down(chosen, experiments, folder)
    last = map(Paragraph, notes(battery, records))
    return render([Paragraph(_about(battery, size)), *shown, *last]), written


def rivals_of(size: str) -> list[dict[str, Any]]:
    """Return the other methods that the Ant Swarm paper compares with, as a battery's file has it.

    Args:
        size: "small" or "published".
    """
    neat = f"{NEAT_NETWORKS[size]} networks"
    return [
        {"label": "EXAMM", "method": "examm"},
        {"label": "NEAT", "method": "neat", "judge": "evaluate", "budget": neat},
        {"label": "fixed", "method": {"name": "fixed", **FIXED}},
    ]


def halves(files: Sequence[str], folder: Path) -> tuple[list[str], list[str]]:
    """Write the halves of one CSV file, the first of an odd number of rows without the middle one.

    The published split of 14,401 rows is 7,200 to train on and 7,200 to choose on.

    Args:
        files: The one file.
        folder: Where the halves are written; it is made if it is missing.

    Returns:
        The first half, and the second.

    Raises:
        ConfigError: There are several files.
        DataError: It cannot be read.
    """
    if len(files) != 1:
        raise ConfigError(
            f"One file is cut into halves, to train on and to choose on. Got {len(files)}: name "
            "with --valid what is chosen on."
        )
    path = Path(files[0])
    try:
        head, *rows = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(f"{path}: the file cannot be read: {error}. Check the path.") from error
    n = len(rows) // 2
    paths = [folder / name for name in HALVES]
    folder.mkdir(parents=True, exist_ok=True)
    for half, some in zip(paths, (rows[:n], rows[len(rows) - n :]), strict=True):
        write_file(half, "\n".join([head, *some, ""]))
    return [str(paths[0])], [str(paths[1])]


def _about(battery: Battery, size: str) -> str:
    ours = "The grid, the budget and the repeats are ours. " if size == "small" else ""
    return (
        f"{len(battery.configurations):,} configurations, {battery.repeats} repeats, "
        f"{battery.budget} each. {ours}The published program chose on what it reports, and so does "
        "this: there is no test split."
    )
