"""Read a run directory: of a run that ended, was killed, or still runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from cellcolony.runs.journal import LOSS, read_journal
from cellcolony.runs.reading import read_config
from cellcolony.runs.result import Outcome, Result
from cellcolony.runs.scores import ModelScore, read_scores
from cellcolony.store import foreign
from cellcolony.store.reading import read_text
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.transform import Transform
from cellcolony.toml_table import AMOUNT, COUNT, FLAG, LIST, TABLE, TEXT, TomlTable, parse_toml

Ended = TypeVar("Ended")


def open_run(path: str | Path) -> Result:
    """Read a run directory, which somebody else may have made: nothing in it is executed.

    Raises:
        RunError: It is no run directory, a file of it is broken, too large, no regular file or a
            link that leads out of the directory, or no network was trained yet.
    """
    path = Path(path)
    config = read_config(path)
    transform = Transform.from_dict(config.transform)
    outcome = read_outcome(path, Outcome)
    has_front = (path / directory.FRONT).exists()
    scores = read_scores(path / directory.SCORES) if has_front else ()
    numbers = dict.fromkeys(score.network for score in scores if score.network is not None)
    course = _course(path / directory.JOURNAL, numbers)
    if not has_front:
        raise RunError(
            f"{path}: {len(course.failed)} networks are done, and none was trained. See journal."
        )
    if not numbers:
        raise RunError(f"{path / directory.SCORES} lists no network.")
    _check_scores(path / directory.SCORES, scores, transform.targets, outcome is not None)
    return Result(
        config=config,
        data=Summary.from_dict(config.data, "[data]"),
        transform=transform,
        front=tuple(_champion(path, number, course, transform) for number in numbers),
        scores=scores,
        n_done=len(course.failed),
        n_failed=sum(course.failed.values()),
        outcome=outcome,
        path=path,
    )


@dataclass
class _Course:
    """What the journal says.

    Attributes:
        failed: Whether each network that is done has failed, by number.
        asked: The lines of the networks of the front that tell how they were asked, by number.
        done: The lines that tell what became of them.
    """

    failed: dict[int, bool] = field(default_factory=dict)
    asked: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    done: dict[int, Mapping[str, Any]] = field(default_factory=dict)


def _course(journal: Path, front: Collection[int]) -> _Course:
    course = _Course()
    for line in read_journal(journal):
        number, is_done = line["number"], line["event"] == "done"
        if is_done:
            course.failed[number] = "failure" in line
        if number in front:
            (course.done if is_done else course.asked)[number] = line
    return course


def _champion(path: Path, number: int, course: _Course, transform: Transform) -> Champion:
    journal = path / directory.JOURNAL
    if number not in course.asked or number not in course.done:
        raise RunError(f"{journal}: network {number}, which is on the front, was not done.")
    network = directory.read_champion(path, number)
    for nodes, columns in (
        (network.inputs, transform.inputs),
        (network.outputs, transform.targets),
    ):
        names = tuple(node.name for node in nodes)
        if names != columns:
            raise RunError(
                f"{path / directory.CHAMPIONS / str(number)}: the network has the columns "
                f"{brief(names)}, and the run {brief(columns)}."
            )
    done = TomlTable(course.done[number], f"{journal}, network {number} done")
    asked = TomlTable(course.asked[number], f"{journal}, network {number} asked")
    try:
        how = TomlTable(asked.take("how", TABLE), f"{asked.where}, how")
        return Champion(
            number,
            network,
            done.take("loss", LOSS),
            done.take("seconds", AMOUNT),
            epochs_before=how.take("epochs_before", COUNT, 0),
            own_epochs=max(len(done.take("curve", LIST)) - 1, 0),
        )
    except ConfigError as error:
        raise RunError(str(error)) from error


def _check_scores(
    path: Path, scores: Iterable[ModelScore], targets: tuple[str, ...], has_ended: bool
) -> None:
    """Check that every model was scored on every target, and on test where any was.

    Raises:
        RunError: A score is missing, or of another target.
    """
    models: dict[tuple[str, str], set[tuple[str, int | None]]] = {}
    for score in scores:
        models.setdefault((score.split, score.target), set()).add((score.model, score.network))
    splits = dict.fromkeys(split for split, _ in models) | ({"test": None} if has_ended else {})
    expected = {("valid", target) for target in targets} | {
        (split, target) for split in splits for target in targets
    }
    every = set().union(*models.values())
    for place in sorted(models.keys() | expected):
        if place not in expected:
            raise RunError(f"{path}: there are scores of {brief(place[1])}, which is no target.")
        missing = sorted(str(model) for model, _ in every - models.get(place, set()))
        if missing:
            split, target = place
            raise RunError(
                f"{path}: {brief(missing[0])} has no score on {split} for {brief(target)}."
            )
    if has_ended and all(network is not None for _, network in every):
        raise RunError(f"{path}: the run has ended, and there is no score of a rival.")


def read_outcome(run: Path, kind: type[Ended]) -> Ended | None:
    """Return how a run ended; None for one that has not.

    Args:
        run: The run directory.
        kind: A dataclass of texts, counts, amounts and flags.

    Raises:
        RunError: The file cannot be read, or a value of it cannot be.
    """
    path = run / directory.RESULT
    if not path.exists():
        return None
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    try:
        table = parse_toml(text, str(path))
        kinds = {"str": TEXT, "int": COUNT, "float": AMOUNT, "bool": FLAG}
        given = {
            one.name: table.take(one.name, kinds[str(one.type)], one.default)
            for one in fields(kind)  # pyright: ignore[reportArgumentType]
        }
    except ConfigError as error:
        raise RunError(str(error)) from error
    return kind(**given)
