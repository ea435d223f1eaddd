"""Sentences on how a study stands."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.contract import Measure
from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.report.progress import Progress, SearchProgress, StageProgress, TrainingProgress
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import ItemDone, NothingLeft, Share
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.watch.states import StageState
from cellcolony.wording import capital, count, duration, number, printable


def compiling_line(progress: Progress) -> str:
    """Say that cells are compiled, and why that happens now."""
    cells = count(progress.compiling, "cell")
    return f"Compiling {cells} for this machine; the next start finds them ready."


def heading(search: SearchProgress) -> str:
    """Say which search is under way and with which settings."""
    started = search.started
    text = f"{capital(started.title)}: seed {started.seed}"
    if started.workers is not None:
        text += f", {count(started.workers, 'worker')}"
    if started.budget != Budget():
        text += f", until {started.budget}"
    if started.seconds:
        done = count(started.n_done, noun_of(search))
        text += f"; it goes on after {done} in {duration(started.seconds)}"
    return text


def draining_line(search: SearchProgress) -> str:
    """Say what the search waits for after an interrupt."""
    return (
        f"Interrupted: {count(search.draining, 'training')} under way may end; Ctrl-C again leaves "
        "at once."
    )


def nothing_left_line(event: NothingLeft) -> str:
    """Say why a study does not go on."""
    if event.is_final:
        return f"This run has ended: {event.reason}."
    return f"Nothing is left to do: {event.reason}. Give a larger --budget to go on."


def noun_of(search: SearchProgress) -> str:
    """Return what a candidate of a search is called."""
    return KINDS[search.started.kind].noun


def count_done(search: SearchProgress) -> str:
    """Say how many candidates are done, and of how many where that is known."""
    limit = search.started.budget.n_networks
    return f"{search.n_done:,}" + (f" of {limit:,}" if limit else "")


def best_of(search: SearchProgress) -> str:
    """Say which candidate is the best one, and its size."""
    if search.best is None:
        return ""
    kind = KINDS[search.started.kind]
    return f"{kind.noun} {search.best_number}, {count(search.best_size, kind.unit)}"


def word_of(measure: Measure) -> str:
    """Return what losses of a search are shown as, in one word."""
    return "loss" if measure.of_loss is None else measure.title


def where_of(measure: Measure) -> str:
    """Say on what the losses of a search are measured."""
    return measure.loss if measure.of_loss is None else f"search {measure.title} on validation"


def loss_text(measure: Measure, loss: float | None) -> str:
    """Return a loss of a search as it is shown; a dash for none."""
    if loss is not None and measure.of_loss is not None:
        loss = measure.of_loss(loss)
    return number(loss)


def ending(search: SearchProgress) -> str:
    """Say that a search has ended, and why where that is known."""
    reason = "" if search.ended is None else printable(search.ended.reason)
    title = search.started.title
    who = "The search" if title == "Search" else capital(title)
    return f"{who} ended: {reason}." if reason else f"{who} ended."


def search_line(search: SearchProgress) -> str:
    """Return one line on how a search stands."""
    measure = search.started.measure
    line = (
        f"{duration(search.seconds)}: {noun_of(search)}s {count_done(search)} done, "
        f"{search.n_failed} failed, {search.per_minute:.1f} per minute"
    )
    if search.best is not None:
        line += (
            f"; {where_of(measure)}: best {loss_text(measure, search.best)} ({best_of(search)}), "
            f"median {loss_text(measure, search.median)}"
        )
    if search.generation is not None:
        line += f"; generation {search.generation}"
    if search.entropy is not None:
        line += f"; entropy {search.entropy:.3f}"
    return line


def stage_line(stage: StageProgress) -> str:
    """Say what happens in a stage, and how much of it is done."""
    title = capital(printable(stage.started.title))
    return f"{title}: {stage.n_done:,} of {stage.n:,} done." if stage.n else f"{title}."


def item_line(event: ItemDone) -> str:
    """Say what came of an item of a stage."""
    return f"{event.n_done:,} of {event.n:,}: {printable(event.text)}"


def share_line(event: Share) -> str:
    """Return what a log says of an epoch of a final training."""
    assert event.epoch is not None
    return f"{printable(event.title)}: {epoch_line(event.epoch, event.n_epochs, event.is_best)}"


def epoch_line(epoch: Epoch, n_epochs: int, is_best: bool) -> str:
    """Return what a log says of an epoch.

    Args:
        epoch: The epoch.
        n_epochs: How many epochs there are in all.
        is_best: Whether it has the lowest validation loss so far; a star says so.
    """
    place = f"epoch {epoch.number + 1:>{len(str(n_epochs))}}/{n_epochs}"
    if epoch.failure is not None:
        return f"{place}  failed: {printable(epoch.failure)}"
    speed = epoch.n_tokens / max(epoch.seconds, 1e-9)
    return (
        f"{place}  rate {epoch.rate:<8.4g} perplexity: train {perplexity(epoch.train_loss):8.2f}  "
        f"valid {epoch.perplexity:8.2f}{' *' if is_best else '  '}  {duration(epoch.seconds)}, "
        f"{speed:,.0f} tokens a second"
    )


def training_line(training: TrainingProgress) -> str:
    """Say in which epoch a final training is, and its best one so far."""
    place = min(training.n_done + (not training.is_over), training.n_epochs)
    text = f"epoch {place} of {training.n_epochs}"
    if training.least is not None:
        best = f"{perplexity(training.least):.2f}"
        text += f"; perplexity on validation: best {best}, after epoch {training.best_epoch}"
    return text


def state_text(stage: StageState) -> str:
    """Say how a stage stands: done, under way or to come, and about how long it takes."""
    text = stage.state
    if stage.state == "under way" and (stage.n_done or stage.n is not None):
        text += f": {stage.n_done:,}{'' if stage.n is None else f' of {stage.n:,}'} done"
    return text if stage.seconds is None else f"{text}, about {duration(stage.seconds)}"


def left_line(stages: Sequence[StageState]) -> str:
    """Say how long what is left of a study takes in all; empty where nothing is left."""
    left = [stage for stage in stages if stage.state != "done"]
    known = [stage.seconds for stage in left if stage.seconds is not None]
    unknown = ", ".join(printable(one.title) for one in left if one.seconds is None)
    if not left:
        return ""
    if not known:
        return f"How long what is left takes is not known yet: {unknown}."
    more = f", and what is not known yet: {unknown}" if unknown else ""
    return f"Left: about {duration(sum(known))}{more}."
