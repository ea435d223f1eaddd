"""Runs side by side: which settings they differ in, and how they fare over their seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from cellcolony.contract import Measure
from cellcolony.errors import RunError
from cellcolony.runs.config import CONFIG, StudyConfig
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.scores import FINAL, SEARCH, Contender
from cellcolony.runs.significance import Paired, paired_test
from cellcolony.search.methods import METHODS
from cellcolony.settings import plain

PARTS = ("method", "judge name", "stages")
"""What decides which settings a run has."""
ABSENT = "-"
"""What a setting is where a run has none of that name."""
OF_OTHERS = (
    "control", "ensemble", "rivals", "cells", "scores", "importance", "final-scores",
)  # fmt: skip
"""Stages on which a study's own model does not depend."""


class Measured(NamedTuple):
    """What some runs are compared by.

    Attributes:
        measure: Of the task.
        stage: Whether the models count as the search has trained them, or as the final trainings
            have: "search" or "final".
        split: "test" where all runs have been tested, else "valid".
        has_stages: Whether the task knows final trainings, so that the stage must be told.
    """

    measure: Measure
    stage: str
    split: str
    has_stages: bool

    @staticmethod
    def of(runs: Sequence[Result]) -> Measured:
        """Return what runs with the same measure have in common."""
        stage = FINAL if all(_stages(run) >= {FINAL} for run in runs) else SEARCH
        found = Measured(runs[0].measure, stage, "test", not runs[0].facts.targets)
        has_test = all(found.error(run) is not None for run in runs)
        return found if has_test else found._replace(split="valid")

    @property
    def title(self) -> str:
        """What is measured: "MAE", "final perplexity"."""
        return f"{self.stage} {self.measure.title}" if self.has_stages else self.measure.title

    @property
    def words(self) -> str:
        """What is measured, and on which split: "test MAE"."""
        return f"{self.split} {self.title}"

    def error(self, run: Result, split: str = "") -> float | None:
        """Return what a run's own model comes to; None where it has not come so far.

        Args:
            run: The run.
            split: "valid" or "test"; empty for the one that runs are compared on.
        """
        return self.of_model(run.models[0], split) if run.models else None

    def of_model(self, model: Contender, split: str = "") -> float | None:
        """Return what any model of a run comes to."""
        return model.value(split or self.split, stage=self.stage)


def _stages(run: Result) -> set[str]:
    return {one.stage for one in run.models[0].scores} if run.models else set()


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

    def errors(self, measured: Measured) -> dict[int, float]:
        """Return what the study's own model comes to for each seed.

        Of several runs with the same seed it is the median.
        """
        found: dict[int, list[float]] = {}
        for run in self.runs:
            error = measured.error(run)
            if error is not None:
                found.setdefault(run.config.seed, []).append(error)
        return {seed: median(errors) for seed, errors in found.items()}

    @property
    def sizes(self) -> list[int]:
        """The trainable numbers of the own model of each run."""
        return [run.models[0].n_weights for run in self.runs if run.models]


def open_runs(paths: Iterable[Path]) -> tuple[Result, ...]:
    """Open run directories, and those that lie in folders of runs.

    Files are passed over, so that a pattern such as `runs/*` may be given.

    Raises:
        RunError: A folder is neither a run nor holds runs, a run is broken, there are none, or they
            are compared by different measures, or on the same data after different trainings.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_file():
            continue
        for run in _runs_in(path):
            found.setdefault(run.resolve(), run)
    if not found:
        raise RunError("There is no run to compare. Name one or more run directories.")
    runs = tuple(open_run(path) for path in found.values())
    _check_measure(runs)
    for fingerprint in dict.fromkeys(run.facts.fingerprint for run in runs):
        check_comparable([run for run in runs if run.facts.fingerprint == fingerprint])
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


def _check_measure(runs: Sequence[Result]) -> None:
    by_measure = {run.path: f"measured in {run.measure.title}" for run in runs}
    _check_one("measured differently", "of the same measure", by_measure)


def check_comparable(runs: Sequence[Result]) -> None:
    """Check that errors may be compared: the same measure, of the same data and splits.

    Raises:
        RunError: They differ; the message says which runs belong together.
    """
    _check_measure(runs)
    stages = [_stages(run) for run in runs]
    if not set.intersection(*stages):
        by_stage = {run.path: f"{' and '.join(sorted(_stages(run)))} training" for run in runs}
        _check_one("trained differently", "of the same stage", by_stage)
    by_data = {run.path: f"data {run.facts.fingerprint[:8]}" for run in runs}
    _check_one("on different data or splits", "on the same data", by_data)


def _check_one(fault: str, cure: str, kinds: Mapping[Path | None, str]) -> None:
    members: dict[str, list[str]] = {}
    for path, kind in kinds.items():
        members.setdefault(kind, []).append(str(path))
    if len(members) > 1:
        parts = [f"{', '.join(paths)} ({kind})" for kind, paths in members.items()]
        raise RunError(
            f"These runs are {fault}, so their errors cannot be compared: {'; '.join(parts)}. "
            f"Compare the runs {cure} alone."
        )


def grouped(runs: Sequence[Result]) -> tuple[Group, ...]:
    """Put runs together that differ in nothing but the seed, in the order of the first of each."""
    settings = [settings_of(run) for run in runs]
    keys = list(dict.fromkeys(key for one in settings for key in one))
    differ = [key for key in keys if len({str(one.get(key, ABSENT)) for one in settings}) > 1]
    telling = [key for key in differ if not _follows(key, settings)]
    groups: dict[str, tuple[dict[str, Any], list[Result]]] = {}
    for run, one in zip(runs, settings, strict=True):
        whole = str([one.get(key, ABSENT) for key in differ])
        shown = {key: one.get(key, ABSENT) for key in telling}
        groups.setdefault(whole, (shown, []))[1].append(run)
    return tuple(
        Group(letters(place), shown, tuple(sorted(members, key=lambda run: run.config.seed)))
        for place, (shown, members) in enumerate(groups.values())
    )


def _follows(key: str, settings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a setting is the same where it is, and missing where the method or others differ."""
    if len({str(one[key]) for one in settings if key in one}) > 1:
        return False
    having, lacking = (
        {str([one.get(part) for part in PARTS]) for one in settings if (key in one) == has}
        for has in (True, False)
    )
    return bool(lacking) and not having & lacking


def settings_of(run: Result) -> dict[str, Any]:
    """Return all settings that the study's own model depends on, but for its seed.

    Those of the method have their own names, and those of the search that a control imitates count
    as the control's: "n_ants". The others have the names of their tables before them: "training
    epochs".
    """
    config = run.config
    stages = {one.name: plain(one) for one in config.stages if one.name not in OF_OTHERS}
    other = {"judge": config.to_compare()["judge"], "training": plain(config.training)}
    caps = {"caps": plain(config.caps), **_scaling(config)}
    return {
        "method": config.method_name,
        "stages": [one.name for one in config.stages if one.name not in OF_OTHERS],
        **dict(_flat(_method_settings(config), "")),
        **dict(_flat({**other, **stages, **caps}, "")),
        "order": config.order,
        "version": config.version,
        "budget": "not ended" if run.outcome is None else run.outcome.budget or ABSENT,
    }


def _method_settings(config: StudyConfig) -> dict[str, Any]:
    """Return the settings of the method; of a control, with those of its method in their place."""
    own, entry = plain(config.method), config.method_entry
    if entry.control_of is not None:
        imitated = METHODS[entry.control_of].settings
        for one in fields(config.method):
            if type(getattr(config.method, one.name)) is imitated:
                own |= own.pop(one.name)
    return own


def _scaling(config: StudyConfig) -> dict[str, Any]:
    summary = getattr(config.facts, "summary", None)
    return {} if summary is None else {"scale": summary.scale}


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(one, f"{name} {key}".strip())
    else:
        yield name, value


def shown(value: object) -> str:
    """Return a setting as reports show it."""
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def paired(one: Group, other: Group, measured: Measured) -> Paired | None:
    """Compare two groups by their errors on the seeds that both have; None without such a seed."""
    a, b = one.errors(measured), other.errors(measured)
    common = sorted(a.keys() & b.keys())
    if not common:
        return None
    return paired_test([a[seed] for seed in common], [b[seed] for seed in common])


def letters(place: int) -> str:
    """Return the name of a group by its place: "A", "B" ... "Z", "AA"."""
    first, last = divmod(place, 26)
    return (letters(first - 1) if first else "") + chr(ord("A") + last)
