"""A search that guides nothing, with as many networks: what the guidance of the other is worth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cellcolony.config import RunConfig
from cellcolony.errors import ConfigError, RunError, did_you_mean
from cellcolony.runs import directory
from cellcolony.runs.begun import last_checkpoint, settings_of
from cellcolony.runs.bench import Bench, SearchSettings
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.differences import differences
from cellcolony.runs.findings import Findings
from cellcolony.runs.origin import Origin
from cellcolony.runs.recorder import Recorder, continued_run, new_run
from cellcolony.runs.restoring import Restored, restore, state_of
from cellcolony.runs.result import Outcome
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.scoring import Scorer
from cellcolony.search.random import RandomSearch
from cellcolony.store.lock import locked

METHODS = {"random": RandomSearch.like}
TITLES = {"random": "random search"}
"""What its best network is called among the rivals."""


@dataclass(frozen=True)
class Against:
    """What the other search found.

    Attributes:
        scores: Of its best network, chosen on validation like everything else.
        n_networks: How many networks it drew.
        seconds: Its wall time.
    """

    scores: tuple[ModelScore, ...] = ()
    n_networks: int = 0
    seconds: float = 0.0


def other_search(search: SearchSettings, method: str) -> RandomSearch:
    """Return the settings of the search that `search` is held against.

    Raises:
        ConfigError: There is no such method, or it does not fit the search.
    """
    if method not in METHODS:
        raise ConfigError(
            f"`against` must be one of: {', '.join(METHODS)}. Got {method!r}."
            + did_you_mean(str(method), METHODS)
        )
    return METHODS[method](search)


def begun_before(path: Path, bench: Bench, other: SearchSettings) -> RunConfig | None:
    """Return the settings of the other search where an earlier session has begun it; None if not.

    Raises:
        RunError: Something else stands there.
    """
    if path.is_symlink():
        raise RunError(f"{path} is a link, and a run is not written to where it leads. Remove it.")
    directory.remove_unbegun(path)
    if not path.exists():
        return None
    config = settings_of(path, "resumed")
    found = differences(config.to_compare(), bench.config(other).to_compare())
    if found:
        raise RunError(
            f"{path} holds another search than the one that this run is held against: "
            f"{'; '.join(found)}. Move it away."
        )
    return config


def search_against(
    bench: Bench,
    other: SearchSettings,
    title: str,
    n_networks: int,
    plain: Sequence[ModelScore],
    path: Path | None,
) -> Against:
    """Run the other search, or go on with it, and score its best network.

    Args:
        bench: The data, the training, the seed and the workers of the first search.
        other: The settings of the other search.
        title: What its best network is called in its scores.
        n_networks: How many networks it may try: as many as the first did.
        plain: The scores of plain rivals, which its own run directory lists too.
        path: The run directory to write, or to go on with; None for none.

    Raises:
        RunError: Something else stands there.
    """
    scorer, budget = Scorer(bench.task, bench.protocol.residual), Budget(n_networks=n_networks)
    findings = None if path is None else Findings(path, scorer)
    with ExitStack() as stack:
        begun, recorder = _begun(stack, path, bench, other, budget, findings)
        standing, books = begun.standing, begun.books
        if recorder is not None:
            recorder.checkpoints(lambda: state_of(standing, books))
            books.observers.append(recorder.observe)
        ended = bench.search(standing, other.cells, budget, books, begun.seconds)
        front = tuple(books.front)
        if not front:
            return Against((), books.n_done, ended.seconds)
        scores = scorer.score(front, "valid", "test")
        if findings is not None:
            outcome = Outcome(
                str(budget), bench.workers, ended.reason, ended.interrupted,
                0.0, round(ended.seconds, 3), 0.0,
            )  # fmt: skip
            findings.finish(front, (*scores, *plain), scorer.tested(front[-1]), outcome)
    best = [score for score in scores if score.network == front[-1].number]
    renamed = tuple(replace(score, model=title, network=None) for score in best)
    return Against(renamed, books.n_done, ended.seconds)


def _begun(
    stack: ExitStack,
    path: Path | None,
    bench: Bench,
    other: SearchSettings,
    budget: Budget,
    findings: Findings | None,
) -> tuple[Restored, Recorder | None]:
    """Return where the other search stands, and what writes it down until the stack is left."""
    beginning = Restored(bench.start(other), Bookkeeping())
    if path is None or findings is None:
        return beginning, None
    config = begun_before(path, bench, other)
    if config is None:
        record = new_run(path, bench.config(other), budget, bench.workers, findings.write_front)
        return beginning, stack.enter_context(record)
    stack.enter_context(locked(path))
    settings = config.to_compare()
    checkpoint = last_checkpoint(path, settings)
    restored = restore(path, Origin.of_forecast(config, other), checkpoint)
    last = restored.next_checkpoint(checkpoint, settings, budget, bench.workers)
    front, write_front = tuple(restored.books.front), findings.write_front
    record = continued_run(path, last, front, write_front, directory.OF_AN_END)
    return restored, stack.enter_context(record)
