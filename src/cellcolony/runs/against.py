"""A search that guides nothing, with as many networks: what the guidance of the other is worth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.runs.bench import Bench, SearchSettings
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.recorder import new_run
from cellcolony.runs.result import Outcome
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.scoring import Scorer
from cellcolony.search.random import RandomSearch

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


def search_against(
    bench: Bench,
    other: SearchSettings,
    title: str,
    n_networks: int,
    plain: Sequence[ModelScore],
    path: Path | None,
) -> Against:
    """Run the other search and score its best network.

    Args:
        bench: The data, the training, the seed and the workers of the first search.
        other: The settings of the other search.
        title: What its best network is called in its scores.
        n_networks: How many networks it may try: as many as the first did.
        plain: The scores of plain rivals, which its own run directory lists too.
        path: The run directory to write; None for none.
    """
    books, scorer = Bookkeeping(), Scorer(bench.task, bench.protocol.residual)
    budget = Budget(n_networks=n_networks)
    with ExitStack() as stack:
        recorder = None
        if path is not None:
            config = bench.config(other)
            recorder = stack.enter_context(new_run(path, config, budget, bench.workers, scorer))
            books.observers.append(recorder.observe)
        ended = bench.search(bench.start(other), other.cells, budget, books)
        front = tuple(books.front)
        if not front:
            return Against((), books.n_done, ended.seconds)
        scores = scorer.score(front, "valid", "test")
        if recorder is not None:
            outcome = Outcome(
                str(budget), bench.workers, ended.reason, ended.interrupted,
                0.0, round(ended.seconds, 3), 0.0,
            )  # fmt: skip
            recorder.finish(front, (*scores, *plain), scorer.tested(front[-1]), outcome)
    best = [score for score in scores if score.network == front[-1].number]
    renamed = tuple(replace(score, model=title, network=None) for score in best)
    return Against(renamed, books.n_done, ended.seconds)
