"""Evolve a recurrent node for a text: the whole of a run, from the search to the scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Event, Observer, Warned
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.loop import STRICT_WINDOW
from cellcolony.runs.nodes.against import METHODS, RANDOM, random_config
from cellcolony.runs.nodes.bench import MakeBench, text_bench
from cellcolony.runs.nodes.comparison import Comparison
from cellcolony.runs.nodes.config import RIVALS, NodeConfig
from cellcolony.runs.nodes.result import NodeResult
from cellcolony.runs.nodes.searching import Hands, Searching
from cellcolony.runs.nodes.stored import open_node_run
from cellcolony.runs.standing import Order
from cellcolony.runs.workplaces.executors import Workplace, check_workplace
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.language import Language
from cellcolony.version import VERSION


def evolve_node(
    task: Language,
    search: NodeEvolution,
    budget: str | Iterable[str] | Budget | None = None,
    *,
    out: str | Path,
    model: ModelSettings,
    training: Schedule,
    final_model: ModelSettings | None = None,
    final_training: Schedule | None = None,
    rivals: Sequence[str] = RIVALS,
    tuned: Sequence[str] = (),
    n_seeds: int = 3,
    seed: int = 0,
    workers: int = 1,
    order: Order = "arrival",
    executor: Workplace = "processes",
    candidate_seconds: float | None = None,
    against: str | None = RANDOM,
    on_event: Observer | None = None,
    make_bench: MakeBench = text_bench,
) -> NodeResult:
    """Search for the best recurrent node for a text, and compare it with its rivals.

    A candidate fills every unit of a small language model, whose loss on validation is its verdict:
    the *search* perplexity. When the search has ended, random search over the same trees gets as
    many trainings, and each rival one; a tuned one gets as many, each with its own learning rate,
    clip, range of first weights and luck. Then the best node of the evolution, that of random
    search and the rivals are trained by the same *final* training, a tuned one by its best recipe,
    with several seeds each; the epoch is chosen on validation, and the test split is touched once,
    at the end.

    The first Ctrl-C ends the search and goes on with what follows; a second leaves at once, and so
    does one during what follows. `resume_node` then goes on where it stood.

    Args:
        task: The text.
        search: The settings of the evolution.
        budget: "2h", "200 networks", "loss<4.5" (in nats a token) or several: the first to be
            reached ends the search; None for all generations. What follows does not count.
        out: The directory to write the run to; it must not exist.
        model: The language model that a candidate fills.
        training: How that is trained.
        final_model: The model of the final comparison; None for the same.
        final_training: How that is trained; None for the same.
        rivals: The cells of the library to compare with.
        tuned: Those of them that get as many trainings as the evolution.
        n_seeds: With how many seeds everybody is trained in the end: `seed`, `seed + 1` and so on.
        seed: The same seed on one worker, or in strict order, is the same run.
        workers: How many candidates are trained at once.
        order: "arrival", or "strict": the same run for any number of workers.
        executor: Where: "processes", "threads", or an executor of `concurrent.futures`.
        candidate_seconds: A candidate whose training takes longer has failed; not in strict order.
        against: "random", or None for no random search.
        on_event: Is called with every event, from this thread.
        make_bench: Gives what trains: see `cellcolony.runs.nodes.bench`.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The text is too short for the training.
        RunError: `out` exists or cannot be made, or no candidate could be trained.
    """
    limits = budget_of(budget) or Budget()
    check_settings(seed, workers, order)
    check_workplace(executor)
    config = NodeConfig(
        seed=seed,
        order=order,
        search=search,
        model=model,
        training=training,
        final_model=final_model or model,
        final_training=final_training or training,
        rivals=tuple(rivals),
        tuned=tuple(tuned),
        n_seeds=n_seeds,
        data=task.summary(),
        version=VERSION,
        candidate_seconds=candidate_seconds,
    )
    check_against(config, against)
    path = Path(out)
    directory.refuse_existing(path)
    hands = Hands(make_bench(task, config), executor, workers)
    with ExitStack() as stack:
        searching = Searching.begin(path, config)
        searching.record(stack, limits, workers, against)
        carry_on(searching, hands, limits, against, on_event)
    return open_node_run(path)


def carry_on(
    searching: Searching,
    hands: Hands,
    budget: Budget,
    against: str | None,
    on_event: Observer | None,
) -> None:
    """Search, and do what follows; what is done already is not done again.

    Raises:
        RunError: No candidate could be trained, or a file is damaged or cannot be written.
        KeyboardInterrupt: The user wants to leave; everything is written down.
    """

    def observe(event: Event) -> None:
        if on_event is not None:
            on_event(event)

    if searching.config.order == "strict" and 4 * hands.workers > STRICT_WINDOW:
        observe(
            Warned(
                f"In strict order {hands.workers} workers may have to wait for each other: it asks "
                f"no further than {STRICT_WINDOW} candidates ahead."
            )
        )
    ended = searching.search(hands, budget, [observe])
    Comparison(searching, hands, observe).carry_out(ended, str(budget), against)


def budget_of(budget: str | Iterable[str] | Budget | None) -> Budget | None:
    """Return a budget from what a caller may give; None for none.

    Raises:
        ConfigError: A text is no limit.
    """
    if budget is None or isinstance(budget, Budget):
        return budget
    return Budget.parse(budget)


def check_against(config: NodeConfig, against: str | None) -> None:
    """Check what a search is to be held against.

    Raises:
        ConfigError: There is no such search, or it does not fit.
    """
    if against is None:
        return
    if against not in METHODS:
        raise ConfigError(
            f"`against` must be one of: {', '.join(METHODS)}. Got {against!r}."
            + did_you_mean(str(against), METHODS)
        )
    random_config(config)
