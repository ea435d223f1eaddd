"""Read a run directory: of a run that ended, was killed, or still runs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cellcolony.config import RunConfig
from cellcolony.errors import CellcolonyError, RunError
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from cellcolony.runs.journal import read_journal
from cellcolony.runs.result import Outcome, Result
from cellcolony.runs.scores import read_scores
from cellcolony.tasks.summary import FileSummary, Summary
from cellcolony.tasks.transform import Transform


def open_run(path: str | Path) -> Result:
    """Read a run directory.

    Raises:
        RunError: It is no run directory, a file of it is broken, or no network was trained yet.
    """
    path = Path(path)
    if not (path / directory.CONFIG).is_file():
        raise RunError(f"{path} is no run directory: it has no {directory.CONFIG}.")
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, CellcolonyError):
            raise RunError(f"{path}: {error}") from error
        raise RunError(f"{path}: the run cannot be read: {error!r}.") from error


def _read(path: Path) -> Result:
    config = RunConfig.from_toml((path / directory.CONFIG).read_text("utf-8"))
    lines = read_journal(path / directory.JOURNAL)
    asked, done = {}, {}
    for line in lines:
        (done if line["event"] == "done" else asked)[line["number"]] = line
    if not (path / directory.FRONT).exists():
        raise RunError(f"{path}: {len(done)} networks are done, and none was trained. See journal.")
    scores = read_scores(path / directory.SCORES)
    if all(score.network is None for score in scores):
        raise RunError(f"{path / directory.SCORES} lists no network.")
    numbers = dict.fromkeys(score.network for score in scores if score.network is not None)
    front = tuple(
        Champion(
            number,
            directory.read_champion(path, number),
            done[number]["loss"],
            done[number]["seconds"],
            epochs_before=asked[number]["how"].get("epochs_before", 0),
            own_epochs=len(done[number]["curve"]) - 1,
        )
        for number in numbers
    )
    return Result(
        config=config,
        data=_summary(config.data),
        transform=Transform.from_dict(config.transform),
        front=front,
        scores=scores,
        n_done=len(done),
        n_failed=sum("failure" in line for line in done.values()),
        outcome=_outcome(path / directory.RESULT),
        path=path,
    )


def _outcome(path: Path) -> Outcome | None:
    if not path.exists():
        return None
    return Outcome(**tomllib.loads(path.read_text("utf-8")))


def _summary(data: Mapping[str, Any]) -> Summary:
    """Read what `dataclasses.asdict` made of a summary; TOML has lists for tuples, and no None."""
    values = {field.name: _tuples(data.get(field.name)) for field in fields(Summary)}
    files = tuple(
        FileSummary(**{field.name: _tuples(file[field.name]) for field in fields(FileSummary)})
        for file in data["files"]
    )
    return Summary(**{**values, "files": files})


def _tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tuples(member) for key, member in value.items()}
    return tuple(value) if isinstance(value, list) else value
