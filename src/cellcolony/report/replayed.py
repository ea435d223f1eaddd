"""What a replay has compared, as a report."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from cellcolony.report.blocks import Facts
from cellcolony.report.terminal import render
from cellcolony.runs.replay.items import ReplayedItems
from cellcolony.runs.replay.replay import Replayed
from cellcolony.runs.replay.retraining import Retrained
from cellcolony.runs.replay.search import ReplayedSearch
from cellcolony.wording import count, printable

MOST_NAMED = 5
"""Trainings that came out otherwise and are named."""


def replay_report(replayed: Replayed) -> RenderableType:
    """Return the report, one comparison a line; a state that differed would be an error instead."""
    return render([Facts(list(facts(replayed)))])


def facts(replayed: Replayed) -> Iterator[tuple[str, str]]:
    """Yield labels and facts."""
    if replayed.search is not None:
        yield from _search(replayed.search)
    for folder, search in replayed.within.items():
        yield from _search(search, f"{folder}: ")
    for items in replayed.items:
        yield f"stage {printable(items.stage)}", _items(items)
    if replayed.n_finals:
        n = count(replayed.n_finals, "final training")
        yield "files", f"of {n}: the same losses, epochs and numbers of weights as in the journal"
    if replayed.trained is not None:
        yield from _trainings(replayed.trained)


def _search(search: ReplayedSearch, of: str = "") -> Iterator[tuple[str, str]]:
    asked, n_open = count(search.n_asked, search.noun), search.n_asked - search.n_done
    yield f"{of}asked again", f"{asked}: the same, with parents and how each was made"
    failed = f"{search.n_failed} failed" + (f", {n_open} not done" if n_open else "")
    yield f"{of}told again", f"{count(search.n_done, 'result')} ({failed})"
    yield f"{of}front", _front(search)
    if search.keepsake:
        yield f"{of}{search.keepsake}", "the same at the end, to the last bit"
    at = search.at_checkpoint
    yield (
        f"{of}checkpoint",
        "none with a state at a line of the journal"
        if at is None
        else f"the same state, when {count(at, search.noun)} had been asked",
    )


def _front(search: ReplayedSearch) -> str:
    when = f", when {count(search.n_told, 'result')} had been told; the search has not ended"
    return (
        f"{count(len(search.front), search.noun)}: the same sizes, genomes and files"
        f"{'' if search.is_over else when}"
    )


def _items(items: ReplayedItems) -> str:
    text = f"{count(items.n_same, 'result')}: what the stage asks for"
    if items.n_former:
        text += f"; {count(items.n_former, 'result')} of earlier sessions not compared"
    return text


def _trainings(trained: Retrained) -> Iterator[tuple[str, str]]:
    n = trained.n_same + len(trained.different)
    agree = f"{trained.n_same:,} of {count(n, 'training')} agree to the last bit"
    finals = f", {trained.n_finals:,} of them final trainings" if trained.n_finals else ""
    yield "trained again", f"{agree}{finals}: loss, learning curve, steps, weights"
    for name, difference in list(trained.different.items())[:MOST_NAMED]:
        yield "", f"{name} differs in {difference}"
    if len(trained.different) > MOST_NAMED:
        yield "", f"and {len(trained.different) - MOST_NAMED:,} more"
    for reason, times in trained.apart.items():
        yield "", f"not comparable, {times} times: {reason}"
    if trained.scores is not None:
        yield "scores", f"on validation differ in {trained.scores}"
    else:
        yield "scores", "on validation: the same"


def different_line(trained: Retrained) -> str:
    """Say that trainings came out otherwise, and why that may be."""
    n = trained.n_same + len(trained.different)
    what = f"{len(trained.different):,} of {count(n, 'training')}"
    if not trained.different:
        what = "The scores on validation"
    return (
        f"{what} came out otherwise than the run directory says. Was it written on another kind of "
        "machine? Then the last bits may differ. Else a file of it was changed."
    )
