"""Who wins on the test split, how sure that is, and the numbers that matter most."""

from __future__ import annotations

import math
from typing import NamedTuple

from cellcolony.report.blocks import Block, Cards, Paragraph
from cellcolony.report.sections import section
from cellcolony.report.sections.margins import evidence, margin_of
from cellcolony.runs.intervals import Margin
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL, EVOLVED, FINAL, MODEL, Contender
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import capital, duration, name, number, printable


class Verdict(NamedTuple):
    """What a comparison came to.

    Attributes:
        text: It, in whole sentences.
        is_won: Whether the study's own model is better than all others.
    """

    text: str
    is_won: bool


@section("verdict", order=0)
def verdicts(result: Result) -> list[Block]:
    """Return the verdict on each target, and the cards."""
    blocks: list[Block] = []
    if result.outcome is None:
        blocks.append(Paragraph("The study has not ended: there are no test scores yet.", "lost"))
    else:
        targets = result.facts.targets
        for target in targets or ("",):
            found = verdict(result, target)
            about = f"{name(target)}: " if len(targets) > 1 else ""
            blocks.append(Paragraph(about + found.text, "verdict" if found.is_won else "lost"))
    return [*blocks, Cards(_cards(result))]


def _cards(result: Result) -> list[tuple[str, str]]:
    measure, ours, noun = result.measure, own(result), result.noun
    several = " (mean over targets)" if len(result.facts.targets) > 1 else ""
    cards = []
    if ours is not None:
        error = ours.value("test")
        if error is not None:
            cards.append((number(error), f"test {measure.title} of the {noun}{several}"))
        cards.append((f"{ours.n_weights:,}", "trainable numbers in it"))
    if result.front:
        cards.append((f"{result.n_done:,}", f"{noun}s evolved"))
        if result.outcome is not None:
            cards.append((duration(result.outcome.search_seconds), "time of the search"))
    return cards


def own(result: Result) -> Contender | None:
    """Return the study's own model: what its search has found, or the one that it trained."""
    return next((one for one in result.models if one.role in (EVOLVED, MODEL)), None)


def error_of(model: Contender, split: str = "test", target: str = "") -> float | None:
    """Return what a model comes to; infinite where it diverged, None where it was not scored."""
    value = model.value(split, target)
    return math.inf if value is not None and math.isnan(value) else value


def verdict(result: Result, target: str = "") -> Verdict:
    """Say who wins on the test split, and what follows where a rival does.

    What to use is said by the validation scores: whoever picked by the test scores would have no
    untouched data left to tell how good the pick is.
    """
    ours = own(result)
    who = f"the evolved {result.noun}" if result.front or ours is None else name(ours.model)
    if ours is not None and ours.failure:
        why = printable(ours.failure)
        return Verdict(f"The final training of {who} failed: {why}. It cannot be judged.", False)
    others = [one for one in result.models if one is not ours]
    if _is_untested(result):
        return Verdict(
            "There is no test: the rows that models were chosen on are the only ones scored, and a "
            "model that was chosen on them looks better there than it is.", False,
        )  # fmt: skip
    scored = {one: error for one in others if (error := error_of(one, "test", target)) is not None}
    mine = None if ours is None else error_of(ours, "test", target)
    if not scored:
        which = "No rival was trained" if not others else "No rival was scored on the test split"
        return Verdict(f"{which}, so {who} cannot be judged.", False)
    if ours is None or mine is None:
        return Verdict(f"{capital(who)} was not scored on the test split.", False)
    rival = min(scored, key=scored.__getitem__)
    theirs, title = scored[rival], name(rival.model)
    if mine == theirs:
        return Verdict(
            f"{capital(who)} is no better than {title}, which is simpler: use that.", False
        )
    lower, higher = sorted((mine, theirs))
    measured = f"test {result.measure.title}"
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    margin = margin_of(result, rival, target)
    if margin is not None and not margin.is_sure:
        before, after = ("ahead of", "below") if mine < theirs else ("behind", "above")
        share = 100 * abs(mine / theirs - 1) if theirs else math.inf
        said = (
            f"{capital(who)} is {before} {title}, but not by more than chance: its {measured} is "
            f"{share:.1f} % {after}."
        )
        return Verdict(f"{said} {evidence(margin, len(_margins(result)))}", False)
    if mine < theirs and not result.front:
        said = f"The {measured} of {who} is {gain} that of {title}."
    elif mine < theirs:
        said = f"{capital(who)} wins: its {measured} is {gain} that of {title}."
    elif rival.role == CONTROL:
        said = (
            f"Chance wins: the {measured} of {title} is {gain} that of {who}. On these data the "
            "guidance of the search has brought nothing: see whether that holds for other seeds, "
            "or give it a larger --budget."
        )
    elif not result.front:
        said = (
            f"A plain rival wins: the {measured} of {title} is {gain} that of {who}, which has "
            "learned nothing of use. Train it for more epochs, or with another learning rate."
        )
    else:
        said = (
            f"A plain rival wins: the {measured} of {title} is {gain} that of {who}. On these data "
            "the search has found nothing better: give it a larger --budget, or use "
            f"{_advised(result, target, rival)}."
        )
    sure = [] if margin is None else [evidence(margin, len(_margins(result)))]
    return Verdict(" ".join([said, *sure, *_evidence(ours, rival)]), mine < theirs)


def _margins(result: Result) -> tuple[Margin, ...]:
    return () if result.outcome is None else result.outcome.margins


def _is_untested(result: Result) -> bool:
    facts = result.facts
    return isinstance(facts, ForecastFacts) and facts.summary.n_scored["test"] == 0


def _advised(result: Result, target: str, winner: Contender) -> str:
    """Return the model of the lowest validation error, and what it is where that is a surprise."""
    scored = {
        one: error for one in result.models if (error := error_of(one, "valid", target)) is not None
    }
    lowest = min(scored, key=scored.__getitem__, default=winner)
    if lowest is winner:
        return name(winner.model)
    if lowest.role == EVOLVED:
        return f"{name(winner.model)} (on validation the evolved {result.noun} was ahead)"
    return f"{name(lowest.model)}, which validation, made for choosing, puts first"


def _evidence(ours: Contender, rival: Contender) -> list[str]:
    """Say whether the seeds of the final trainings tell two models apart."""
    if ours.stage != FINAL or ours.role != EVOLVED:
        return []
    mine, theirs = ours.reach, rival.reach
    if mine is None:
        return ["With one seed each the difference may be luck: see --n-seeds."]
    if theirs is None:  # a model without chance has one value
        value = rival.value("test") or math.inf
        theirs = (value, value)
    reaches = " and ".join(f"{number(low)} to {number(high)}" for low, high in (mine, theirs))
    if mine[1] < theirs[0] or theirs[1] < mine[0]:
        return [f"The difference is larger than what the seeds make: they reach from {reaches}."]
    return [f"Their seeds overlap (from {reaches}), so the difference may be luck: see --n-seeds."]
