"""Runs side by side: which settings they differ in, and how they fare over their seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from cellcolony.errors import RunError
from cellcolony.runs.directory import CONFIG
from cellcolony.runs.kinds import FORECAST, refuse_other
from cellcolony.runs.result import Result
from cellcolony.runs.scores import mean_mae
from cellcolony.runs.significance import Paired, paired_test
from cellcolony.runs.stored import open_run

ABSENT = "-"
"""What a setting is where a run has none of that name."""


class Spread(NamedTuple):
    """The middle of some values, and how far they reach."""

    least: float
    median: float
    most: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Return the spread of one or more values."""
        return Spread(min(values), median(values), max(values))


@dataclass(frozen=True, eq=False)
class Group:
    """Runs whose settings differ in nothing but the seed.

    Attributes:
        name: "A", "B" ...
        settings: The settings in which groups differ, as this one has them.
        runs: The runs, by seed.
    """

    name: str
    settings: Mapping[str, Any]
    runs: tuple[Result, ...]

    @property
    def test_errors(self) -> dict[int, float]:
        """The test MAE of the best network for each seed; of a seed's several runs the median."""
        found: dict[int, list[float]] = {}
        for run in self.runs:
            error = error_of(run, "test")
            if error is not None:
                found.setdefault(run.config.seed, []).append(error)
        return {seed: median(errors) for seed, errors in found.items()}

    @property
    def sizes(self) -> list[int]:
        """The number of weights of the best network of each run."""
        return [run.best.n_weights for run in self.runs]


def error_of(run: Result, split: str) -> float | None:
    """Return the MAE of a run's best network, meant over the targets; None where not scored."""
    return mean_mae(run.scores, run.chosen.number, split)


def open_runs(paths: Iterable[Path]) -> tuple[Result, ...]:
    """Open run directories, and those that lie in folders of runs.

    Files are passed over, so that a pattern such as `runs/*` may be given.

    Raises:
        RunError: A folder is neither a run nor holds runs, a run is broken, there are none, or they
            are on different data.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_file():
            continue
        for run in _runs_in(path):
            found.setdefault(run.resolve(), run)
    if not found:
        raise RunError("There is no run to compare. Name one or more run directories.")
    for path in found.values():
        refuse_other(path, FORECAST, "compare")
    runs = tuple(open_run(path) for path in found.values())
    check_same_data(runs)
    return runs


def _runs_in(path: Path) -> list[Path]:
    if (path / CONFIG).is_file():
        return [path]
    if not path.is_dir():
        raise RunError(f"{path}: there is no such run directory.")
    inside = sorted(child for child in path.iterdir() if (child / CONFIG).is_file())
    if not inside:
        raise RunError(f"{path} is no run directory and holds none: it has no {CONFIG}.")
    return inside


def check_same_data(runs: Sequence[Result]) -> None:
    """Check that errors may be compared: the same columns, values, splits and horizon.

    Raises:
        RunError: They differ; the message says which runs belong together.
    """
    by_data: dict[str, list[str]] = {}
    for run in runs:
        by_data.setdefault(str(run.config.data["fingerprint"]), []).append(str(run.path))
    if len(by_data) > 1:
        parts = [f"{', '.join(paths)} (data {data[:8]})" for data, paths in by_data.items()]
        raise RunError(
            "These runs are on different data or splits, so their errors cannot be compared: "
            f"{'; '.join(parts)}. Compare the runs on the same data alone."
        )


def grouped(runs: Sequence[Result]) -> tuple[Group, ...]:
    """Put runs together that differ in nothing but the seed, in the order of the first of each."""
    settings = [settings_of(run) for run in runs]
    keys = sorted({key for one in settings for key in one})
    differ = [key for key in keys if len({str(one.get(key, ABSENT)) for one in settings}) > 1]
    groups: dict[str, tuple[dict[str, Any], list[Result]]] = {}
    for run, one in zip(runs, settings, strict=True):
        shown = {key: one.get(key, ABSENT) for key in differ}
        groups.setdefault(str(shown), (shown, []))[1].append(run)
    return tuple(
        Group(_letters(place), shown, tuple(sorted(members, key=lambda run: run.config.seed)))
        for place, (shown, members) in enumerate(groups.values())
    )


def settings_of(run: Result) -> dict[str, Any]:
    """Return all settings of a run but its seed; the number of workers is none."""
    config = run.config
    search = dict(config.search)
    search |= search.pop("ants", {})  # random search walks a colony's march
    return {
        **search,
        **{f"protocol {key}": value for key, value in config.protocol.items()},
        "order": config.order,
        "scale": run.data.scale,
        "version": config.version,
        "budget": run.outcome.budget if run.outcome is not None else "not ended",
    }


def paired(one: Group, other: Group) -> Paired | None:
    """Compare two groups by test MAE on the seeds that both have; None without such a seed."""
    a, b = one.test_errors, other.test_errors
    common = sorted(a.keys() & b.keys())
    if not common:
        return None
    return paired_test([a[seed] for seed in common], [b[seed] for seed in common])


def _letters(place: int) -> str:
    first, last = divmod(place, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)
