"""Who wins, in a sentence for each target, and the numbers that matter most."""

from __future__ import annotations

import math

from cellcolony.report.blocks import Block, Cards, Paragraph
from cellcolony.report.sections import section
from cellcolony.runs.against import TITLES
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore, mean_mae
from cellcolony.wording import duration, name, number


@section("verdict", order=0)
def verdicts(result: Result) -> list[Block]:
    """Return the verdict on each target."""
    targets = result.data.targets
    blocks: list[Block] = []
    if result.outcome is None:
        blocks.append(Paragraph("The run has not ended: there are no test scores yet.", "lost"))
    else:
        for target in targets:
            says = verdict(result, target)
            about = f"{name(target)}: " if len(targets) > 1 else ""
            won = says.startswith("The evolved network wins")
            blocks.append(Paragraph(about + says, "verdict" if won else "lost"))
    error = mean_mae(result.scores, result.chosen.number, "test")
    several = " (mean over targets)" if len(targets) > 1 else ""
    cards = [
        (f"{result.best.n_weights:,}", "trainable numbers in it"),
        (f"{result.n_done:,}", "networks evolved"),
    ]
    if error is not None:
        cards.insert(0, (number(error), f"test MAE of the network{several}"))
    if result.outcome is not None:
        cards.append((duration(result.outcome.search_seconds), "time of the search"))
    return [*blocks, Cards(cards)]


def contenders(result: Result) -> list[ModelScore]:
    """Return the scores of the network chosen on validation, and of all rivals."""
    chosen = result.chosen.number
    return [score for score in result.scores if score.network in (chosen, None)]


def verdict(result: Result, target: str) -> str:
    """Say who wins on the test split, and what follows where a rival does.

    What to use is said by the validation errors: whoever picked by the test errors would have no
    untouched rows left to tell how good the pick is.
    """
    tested = [s for s in contenders(result) if s.split == "test" and s.target == target]
    network = next(score for score in tested if score.network is not None)
    rival = min((s for s in tested if s.network is None), key=error_of)
    ours, theirs = error_of(network), error_of(rival)
    if ours == theirs:
        return f"The evolved network is no better than {rival.model}, which is simpler: use that."
    lower, higher = sorted((ours, theirs))
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    if ours < theirs:
        return f"The evolved network wins: its test MAE is {gain} that of {rival.model}."
    if rival.model in TITLES.values():
        return (
            f"Chance wins: the test MAE of {rival.model} is {gain} that of the evolved network. "
            f"On these data the colony's guidance has brought nothing: see whether that holds for "
            f"more seeds (--seeds), or give it a larger --budget."
        )
    return (
        f"A plain rival wins: the test MAE of {rival.model} is {gain} that of the evolved network. "
        f"On these data the search has found nothing better: give it a larger --budget, or use "
        f"{_advised(result, target, rival.model)}."
    )


def error_of(score: ModelScore) -> float:
    """Return a model's MAE; that of one that diverged to no number is infinite."""
    return math.inf if math.isnan(score.mae) else score.mae


def _advised(result: Result, target: str, winner: str) -> str:
    """Return the model of the lowest validation error, and what it is where that is a surprise."""
    scored = [s for s in contenders(result) if s.split == "valid" and s.target == target]
    lowest = min(scored, key=error_of)
    if lowest.model == winner:
        return winner
    if lowest.network is not None:
        return f"{winner} (on validation the evolved network was ahead)"
    return f"{lowest.model}, which validation, made for choosing, puts first"
