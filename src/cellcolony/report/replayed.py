"""What a replay has compared, as a report."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cellcolony.runs.replaying.replay import Replayed
from cellcolony.runs.replaying.retraining import Retrained
from cellcolony.wording import count

MOST_NAMED = 5
"""Trainings that came out otherwise and are named."""


def replay_report(replayed: Replayed) -> RenderableType:
    """Return the report, one comparison a line; a state that differed would be an error instead."""
    table = Table.grid(padding=(0, 2))
    for label, fact in facts(replayed):
        table.add_row(Text(label), Text(fact))
    return table


def facts(replayed: Replayed) -> Iterator[tuple[str, str]]:
    """Yield labels and facts."""
    asked, n_open = count(replayed.n_asked, "network"), replayed.n_asked - replayed.n_done
    yield "asked again", f"{asked}: the same, with parents and how each was made"
    failed = f"{replayed.n_failed} failed" + (f", {n_open} not done" if n_open else "")
    yield "told again", f"{count(replayed.n_done, 'result')} ({failed})"
    yield "front", _front(replayed)
    if replayed.has_colony:
        yield "colony", "the same at the end: pheromone, weights, epochs"
    elif not replayed.is_over:
        yield "colony", "not kept: the search has not ended"
    at = replayed.at_checkpoint
    yield (
        "checkpoint",
        "none with a state at a line of the journal"
        if at is None
        else f"the same state, when {count(at, 'network')} had been asked",
    )
    if replayed.trained is not None:
        yield from _trainings(replayed.trained)


def _front(replayed: Replayed) -> str:
    networks = count(len(replayed.front), "network")
    when = "" if replayed.is_over else f", when {count(replayed.n_told, 'result')} had been told"
    return f"{networks}: the same sizes and weights{when}"


def _trainings(trained: Retrained) -> Iterator[tuple[str, str]]:
    n = trained.n_same + len(trained.different)
    agree = f"{trained.n_same:,} of {count(n, 'training')} agree to the last bit"
    yield "trained again", f"{agree}: loss, learning curve, steps, weights"
    for number, difference in list(trained.different.items())[:MOST_NAMED]:
        yield "", f"network {number} differs in {difference}"
    if len(trained.different) > MOST_NAMED:
        yield "", f"and {len(trained.different) - MOST_NAMED:,} more"
    for reason, times in trained.apart.items():
        yield "", f"not comparable, {times} times: {reason}"
    if trained.front is not None:
        yield "errors", f"of the front differ in {trained.front}"
    else:
        yield "errors", "of the front: the same"


def different_line(trained: Retrained) -> str:
    """Say that trainings came out otherwise, and why that may be."""
    n = trained.n_same + len(trained.different)
    what = f"{len(trained.different):,} of {count(n, 'training')}"
    if not trained.different:
        what = "The errors of the front"
    return (
        f"{what} came out otherwise than the run directory says. Was it written on another kind of "
        "machine? Then the last bits may differ. Else a file of it was changed."
    )
