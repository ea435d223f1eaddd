"""Go on with a search for nodes where it was ended, or where it was killed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import NothingLeft, Observer
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.nodes.against import METHODS, check_random
from cellcolony.runs.nodes.bench import MakeBench, text_bench
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.evolve import budget_of, carry_on
from cellcolony.runs.nodes.result import NodeResult
from cellcolony.runs.nodes.rivals import TUNED
from cellcolony.runs.nodes.searching import MOST_FAILED, Hands, Searching
from cellcolony.runs.nodes.stages import read_stages
from cellcolony.runs.nodes.stored import open_node_run, read_node_config
from cellcolony.runs.origin import order_of
from cellcolony.runs.spent import why_spent
from cellcolony.runs.text_again import text_again
from cellcolony.runs.workplaces.executors import Workplace, check_workplace
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.language import Language


def resume_node(
    path: str | Path,
    budget: str | Iterable[str] | Budget | None = None,
    *,
    workers: int = 1,
    executor: Workplace = "processes",
    task: Language | None = None,
    on_event: Observer | None = None,
    make_bench: MakeBench = text_bench,
) -> NodeResult:
    """Go on with a run that was killed, interrupted, or ended with a smaller budget.

    What was asked and not done is trained again, and the search goes on; then comes what follows
    it, without the trainings that are done. A search that goes on with a larger budget may find
    another best node: then that is trained in the end, and the rivals are not trained again.

    A run that somebody else made executes nothing, and no link in it is followed out of it. Its
    settings name the files of its text, wherever they lie: those are read, and unless they give the
    run's own fingerprint, the run does not go on.

    Args:
        path: The run directory.
        budget: When the whole search ends, earlier sessions included; None for the budget that it
            had.
        workers: How many candidates are trained at once.
        executor: Where: see `evolve_node`.
        task: The text; None to read again what the run was begun with.
        on_event: Is called with every event, from this thread.
        make_bench: Gives what trains.

    Returns:
        What the run has found; where nothing was left to do, what it had found.

    Raises:
        RunError: It is no run directory of a search for nodes, or damaged; another process writes
            it; its text or settings have changed; or no candidate could be trained.
        ConfigError: A setting has a value that it cannot have.
        DataError: The files of its text cannot be used.
    """
    path = Path(path)
    limits = budget_of(budget)
    config = read_node_config(path)
    check_settings(config.seed, workers, config.order)
    check_workplace(executor)
    with ExitStack() as stack:
        searching = Searching.go_on(stack, path, config)
        checkpoint = searching.checkpoint
        limits = limits or (checkpoint.budget if checkpoint is not None else None)
        if limits is None:
            raise RunError(
                f"{path} does not say any more when its search is to end: give a --budget."
            )
        if _is_scored(path, config) and (end := _spent(searching, limits)):
            if on_event is not None:
                on_event(end)
            return open_node_run(path)
        task = text_again(path, config.data, task)
        against = None if checkpoint is None else checkpoint.against
        if against is not None:
            if against not in METHODS:
                raise RunError(f"{path} is held against {against!r}, which is not known.")
            check_random(path / against, config)  # refused now, not after the search
        read_stages(path)
        hands = Hands(make_bench(task, config), executor, workers)
        searching.record(stack, limits, workers)
        carry_on(searching, hands, limits, against, on_event)
    return open_node_run(path)


def _is_scored(path: Path, config: NodeConfig) -> bool:
    """Say whether a run has ended, and whoever is tuned has scores."""
    if not (path / directory.RESULT).exists():
        return False
    models = {score.model for score in open_node_run(path).scores}
    return all(f"{TUNED} {name}" in models for name in config.tuned)


def _spent(searching: Searching, budget: Budget) -> NothingLeft | None:
    """Say why a search that has ended is over; None where it is not."""
    restored, config = searching.restored, searching.config
    search = config.search
    evolution = search if isinstance(search, NodeEvolution) else search.evolution
    standing = restored.standing
    if standing.n_asked >= evolution.n_candidates and not standing.unjudged:
        return NothingLeft("all its generations have passed", is_final=True)
    return why_spent(restored, budget, order_of(config.order), MOST_FAILED)
