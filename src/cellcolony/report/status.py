"""Sentences on how a search stands."""

from __future__ import annotations

from cellcolony.report.progress import Progress
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import NothingLeft
from cellcolony.wording import count, duration, printable


def compiling_line(progress: Progress) -> str:
    """Say that cells are compiled, and why that happens now."""
    cells = count(progress.compiling, "cell")
    return f"Compiling {cells} for this machine; the next start finds them ready."


def heading(progress: Progress) -> str:
    """Say what is under way and with which settings."""
    assert progress.started is not None
    started = progress.started
    text = f"{started.title}: seed {started.seed}"
    if started.workers is not None:
        text += f", {count(started.workers, 'worker')}"
    if started.budget != Budget():
        text += f", until {started.budget}"
    if started.seconds:
        done = count(started.n_done, "network")
        text += f"; it goes on after {done} in {duration(started.seconds)}"
    return text


def draining_line(progress: Progress) -> str:
    """Say what the search waits for after an interrupt."""
    return (
        f"Interrupted: {count(progress.draining, 'training')} under way may end; Ctrl-C again "
        "leaves at once."
    )


def nothing_left_line(event: NothingLeft) -> str:
    """Say why a run does not go on."""
    if event.is_final:
        return f"This run has ended for good: {event.reason}."
    return f"Nothing is left to do: {event.reason}. Give a larger --budget to go on."


def count_done(progress: Progress) -> str:
    """Say how many networks are done, and of how many where that is known."""
    limit = progress.started.budget.n_networks if progress.started else None
    return f"{progress.n_done:,}" + (f" of {limit:,}" if limit else "")


def best_of(progress: Progress) -> str:
    """Say which network is the best one, and its size."""
    if progress.best is None:
        return ""
    measure = progress.measure
    return f"{measure.noun} {progress.best_number}, {count(progress.best_size, measure.unit)}"


def ending(progress: Progress) -> str:
    """Say why the search ended where that is known, and what goes on."""
    assert progress.ended is not None
    reason = printable(progress.ended.reason)
    text = f"The search ended: {reason}." if reason else "The search ended."
    if progress.scoring:
        text += " Scoring on the test split" + (
            "; Ctrl-C again cuts the rivals short." if progress.ended.interrupted else "."
        )
    return text


def rivals_line(progress: Progress) -> str:
    """Say which rivals are fitted now."""
    return f"Rivals: {progress.rivals}."


def standing(progress: Progress) -> str:
    """Return one line on how the search stands."""
    measure = progress.measure
    line = (
        f"{duration(progress.seconds)}: networks {count_done(progress)} done, "
        f"{progress.n_failed} failed, {progress.per_minute:.1f} per minute"
    )
    if progress.best is not None:
        line += (
            f"; {measure.sentence}: best {measure.text(progress.best)} ({best_of(progress)}), "
            f"median {measure.text(progress.median)}"
        )
    if progress.generation is not None:
        line += f"; generation {progress.generation}"
    if progress.entropy is not None:
        line += f"; entropy {progress.entropy:.3f}"
    return line
