"""Read the directory of a search for nodes: of a run that ended, was killed, or still runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cellcolony.cells import Cell
from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from cellcolony.runs.journal import LOSS, read_journal
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.findings import TREE
from cellcolony.runs.nodes.result import Judged, NodeOutcome, NodeResult, tree_in
from cellcolony.runs.nodes.scores import read_node_scores, whole
from cellcolony.runs.reading import read_settings
from cellcolony.runs.stored import read_outcome
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_SCORES, read, read_text
from cellcolony.toml_table import LIST, TABLE, TEXT, TomlTable


def read_node_config(run: Path) -> NodeConfig:
    """Return the settings of a run.

    Raises:
        RunError: It is no run directory, or its settings cannot be read.
    """
    return read_settings(run, NodeConfig.from_toml)


def open_node_run(path: str | Path) -> NodeResult:
    """Read a run directory, which somebody else may have made: nothing in it is executed.

    Raises:
        RunError: It is no run directory of a search for nodes, a file of it is broken, too large,
            no regular file or a link that leads out of it, or no node was trained yet.
    """
    path = Path(path)
    config = read_node_config(path)
    outcome = read_outcome(path, NodeOutcome)
    has_front = (path / directory.FRONT).exists()
    numbers = _numbers_of_front(path) if has_front else ()
    history = read_history(path / directory.JOURNAL)
    if not numbers:
        n_done = sum(one.is_done for one in history)
        raise RunError(f"{path}: {n_done} nodes are done, and none was trained. See journal.")
    scores = path / directory.SCORES
    return NodeResult(
        config,
        tuple(_champions(path, numbers, history)),
        history,
        read_node_scores(path, scores) if scores.exists() else (),
        outcome,
        path,
    )


def best_tree(path: Path) -> Tree:
    """Return the best node of a run.

    Raises:
        RunError: As for `open_node_run`.
    """
    return tree_in(open_node_run(path).chosen)


def best_cell(path: Path) -> Cell:
    """Return what the best node of a run computes.

    Raises:
        RunError: As for `open_node_run`.
    """
    best = open_node_run(path).chosen
    return tree_in(best).to_cell(f"node {best.number}")


def read_history(journal: Path) -> tuple[Judged, ...]:
    """Return every candidate that a journal says was asked, and what became of it, by number.

    Raises:
        RunError: The journal cannot be read, or a line cannot be.
    """
    history: list[Judged] = []
    if not journal.exists():
        return ()
    for line in read_journal(journal):
        number = line["number"]
        table = TomlTable(line, f"{journal}, node {number} {line['event']}")
        try:
            if line["event"] == "asked":
                if number != len(history):
                    raise ConfigError(f"{table.where}: node {len(history)} is next.")
                history.append(_asked(table, number))
            elif number >= len(history):
                raise ConfigError(f"{table.where}: it was not asked.")
            elif "failure" in table:
                failure = table.take("failure", TEXT)
                history[number] = replace(history[number], failure=failure, loss=None)
            else:
                loss = float(table.take("loss", LOSS))
                history[number] = replace(history[number], failure=None, loss=loss)
        except ConfigError as error:
            raise RunError(str(error)) from error
    return tuple(history)


def _asked(table: TomlTable, number: int) -> Judged:
    parents = table.take("parents", LIST)
    if not all(type(parent) is int and 0 <= parent < number for parent in parents):
        raise ConfigError(f"{table.where}: `parents` must be numbers of earlier nodes.")
    return Judged(number, table.take(Tree.kind, TABLE), tuple(parents), table.take("how", TABLE))


def _numbers_of_front(run: Path) -> tuple[int, ...]:
    path = run / directory.FRONT
    lines = csv.DictReader(io.StringIO(read_text(run, path, LARGEST_SCORES), newline=""))
    try:
        return tuple(whole(row["candidate"] + "") for row in lines)
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        where = f"{path}, line {lines.line_num}"
        raise RunError(f"{where}: the front cannot be read: {error!r}.") from error


def _champions(
    run: Path, numbers: Iterable[int], history: tuple[Judged, ...]
) -> Iterable[Champion]:
    """Yield the nodes of the front.

    Raises:
        RunError: One was not done, its file is broken or holds another tree than the journal, or is
            no better than a smaller one.
    """
    journal = run / directory.JOURNAL
    before: Champion | None = None
    for number in numbers:
        judged = history[number] if number < len(history) else None
        if judged is None or judged.loss is None:
            raise RunError(f"{journal}: node {number}, which is on the front, was not done.")
        path = run / directory.CHAMPIONS / str(number) / TREE
        try:
            tree = Tree.from_dict(foreign.parse_json(read(run, path, LARGEST_GENOME)))
        except ValueError as error:
            raise RunError(f"{path}: the tree cannot be read: {error}") from error
        if tree.to_dict() != judged.plain:
            raise RunError(f"{path} holds another tree than the journal has for node {number}.")
        champion = Champion(number, tree, judged.loss)
        if before is not None and not (before.size < champion.size and before.loss > judged.loss):
            raise RunError(
                f"{run / directory.FRONT}: node {number} does not belong behind node "
                f"{before.number}: each must be larger and better than the one before."
            )
        before = champion
        yield champion
