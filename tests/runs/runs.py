"""What two runs are compared by, and ways to end one before its time."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellcolony.layers.trained import read_trained
from cellcolony.runs.directory import Outcome
from cellcolony.runs.events import Event
from cellcolony.runs.journal import TIMES
from cellcolony.runs.result import Result
from cellcolony.runs.scores import Score


def lines_of(run: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's journal."""
    return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


def journal(run: Path) -> list[dict[str, Any]]:
    """Return the lines of a search that count, sorted by number and without times."""
    of_search = [line for line in lines_of(run) if line["event"] in ("asked", "done")]
    counted = [line for line in of_search if "cut_short" not in line]
    plain = [{key: line[key] for key in line if key not in TIMES} for line in counted]
    return sorted(plain, key=lambda line: (line["number"], line["event"]))


def items(run: Path) -> list[tuple[str, str]]:
    """Return stage and key of each item that is done, as they stand in the journal, sorted."""
    return sorted((line["stage"], line["key"]) for line in lines_of(run) if line["event"] == "item")


def front(result: Result) -> list[tuple[int, float]]:
    """Return number and loss of each champion."""
    return [(champion.number, champion.loss) for champion in result.front]


def scores(result: Result) -> list[Score]:
    """Return the scores, without the seconds that trainings took."""
    return [replace(score, seconds=0.0) for score in result.scores]


def outcome(result: Result) -> Outcome:
    """Return how a study ended, which has."""
    assert result.outcome is not None
    return result.outcome


def lasting(result: Result) -> dict[str, Any]:
    """Return what of an outcome depends on neither the clock nor who worked."""
    kept = ("budget", "interrupted", "rival_epochs", "control_candidates", "test_readings")
    assert set(kept) <= {one.name for one in fields(Outcome)}
    return {name: getattr(outcome(result), name) for name in kept}


def same(result: Result, undisturbed: Result) -> None:
    """Check that two studies came out alike to the bit, and that none did anything twice."""
    assert result.path is not None
    assert undisturbed.path is not None
    assert journal(result.path) == journal(undisturbed.path)
    assert front(result) == front(undisturbed)
    assert scores(result) == scores(undisturbed)
    assert items(result.path) == items(undisturbed.path)
    assert lasting(result) == lasting(undisturbed)
    for name in ("test_predictions.csv", "importance.csv"):
        files = [one.path / name for one in (result, undisturbed) if one.path is not None]
        assert files[0].exists() == files[1].exists()
        assert not files[0].exists() or files[0].read_bytes() == files[1].read_bytes()
    controls = [one.path / "control" for one in (result, undisturbed) if one.path is not None]
    assert controls[0].exists() == controls[1].exists()
    if controls[0].exists():
        assert journal(controls[0]) == journal(controls[1])
    same_finals(result.path, undisturbed.path)
    for folder in (".", "control"):
        assert ensemble_files(result.path / folder) == ensemble_files(undisturbed.path / folder)


def ensemble_files(run: Path) -> dict[str, bytes]:
    """Return what stands in the folder of an ensemble, by the files' names; nothing without one."""
    return {path.name: path.read_bytes() for path in sorted((run / "ensemble").glob("*"))}


def same_finals(run: Path, undisturbed: Path) -> None:
    """Check that two studies have the same final trainings, to the bit."""
    folders = [sorted((one / "finals").glob("*")) for one in (run, undisturbed)]
    assert [one.name for one in folders[0]] == [one.name for one in folders[1]]
    for folder, other in zip(*folders, strict=True):
        if (other / "model.json").exists():
            here, there = read_trained(folder), read_trained(other)
            assert curve(here) == curve(there)
            assert here.weights is not None
            assert there.weights is not None
            assert here.weights.keys() == there.weights.keys()
            for name, weights in here.weights.items():
                np.testing.assert_array_equal(weights, there.weights[name], strict=True)


def curve(trained: Any) -> list[Any]:
    """Return what became of the epochs, without their seconds."""
    return [replace(epoch, seconds=0.0) for epoch in trained.epochs]


class Killed(BaseException):
    """The run ends here, as if it had been killed."""


class Nth:
    """Is true at the n-th event of a kind, or of several, for which a condition holds."""

    def __init__(self, kind: Any, n: int, is_meant: Callable[[Any], bool] = lambda _: True):
        self.kind, self.n, self.is_meant = kind, n, is_meant

    def __call__(self, event: Event) -> bool:
        is_one = isinstance(event, self.kind) and self.is_meant(event)
        self.n -= is_one
        return is_one and self.n == 0


def at(is_it: Callable[[Event], bool], do: Callable[[], object]) -> Callable[[Event], None]:
    """Return an observer that does something at an event."""

    def observe(event: Event) -> None:
        if is_it(event):
            do()

    return observe


def killing(is_it: Callable[[Event], bool]) -> Callable[[Event], None]:
    """Return an observer that ends everything at an event."""

    def kill() -> None:
        raise Killed

    return at(is_it, kill)


def interrupting(is_it: Callable[[Event], bool], n: int = 1) -> Callable[[Event], None]:
    """Return an observer that sends so many Ctrl-C at an event."""
    return at(is_it, lambda: [signal.raise_signal(signal.SIGINT) for _ in range(n)])


@contextmanager
def killed() -> Iterator[None]:
    """Expect that the block ends as if it had been killed."""
    with pytest.raises(Killed):
        yield
