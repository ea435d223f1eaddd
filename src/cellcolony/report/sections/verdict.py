"""Who wins on the test split, how sure that is, and the numbers that matter most."""

from __future__ import annotations

import math
from typing import NamedTuple

from cellcolony.report.blocks import Block, Cards, Paragraph
from cellcolony.report.sections import section
from cellcolony.report.sections.margins import evidence, margin_of
from cellcolony.report.steps import told_targets
from cellcolony.runs.intervals import Margin
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL, EVOLVED, FINAL, MODEL, Contender
from cellcolony.runs.stages.control import KNOWN, TITLES
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import capital, count, duration, name, number, printable


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
        targets = told_targets(result)
        for target in targets or ("",):
            found = verdict(result, target)
            about = f"{name(target)}: " if len(targets) > 1 else ""
            blocks.append(Paragraph(about + found.text, "verdict" if found.is_won else "lost"))
            if (found := verdict_on_ensemble(result, target)) is not None:
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
    ensemble = own_ensemble(result)
    if ensemble is not None and (error := ensemble.value("test")) is not None:
        cards.append((number(error), f"test {measure.title} of the {ensemble.model}{several}"))
    if result.front:
        cards.append((f"{result.n_done:,}", f"{noun}s evolved"))
        if result.outcome is not None:
            cards.append((duration(result.outcome.search_seconds), "time of the search"))
    return cards


def own(result: Result) -> Contender | None:
    """Return the study's own model: what its search has found, or the one that it trained."""
    ours = (one for one in result.models if one.role in (EVOLVED, MODEL) and not one.is_ensemble)
    return next(ours, None)


def own_ensemble(result: Result) -> Contender | None:
    """Return the ensemble of several models that the study's own search has found, or trained."""
    ours = (one for one in result.models if one.role in (EVOLVED, MODEL) and one.is_ensemble)
    return next(ours, None)


def error_of(model: Contender, split: str = "test", target: str = "") -> float | None:
    """Return what a model comes to; infinite where it diverged, None where it was not scored."""
    value = model.value(split, target)
    return math.inf if value is not None and math.isnan(value) else value


def verdict(result: Result, target: str = "") -> Verdict:
    """Say who wins on the test split, and what follows where a rival does.

    What to use is said by the validation scores: whoever picked by the test scores would have no
    untouched data left to tell how good the pick is. Where the search has an ensemble too, its best
    model is compared with single models here, and the ensemble with everybody: see
    `verdict_on_ensemble`.
    """
    ours = own(result)
    who = f"the evolved {result.noun}" if result.front or ours is None else name(ours.model)
    if ours is not None and ours.failure:
        why = printable(ours.failure)
        return Verdict(f"The final training of {who} failed: {why}. It cannot be judged.", False)
    others = [one for one in result.models if one is not ours]
    if own_ensemble(result) is not None:
        others = [one for one in others if not one.is_ensemble]
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
    theirs, title = scored[rival], _called(rival)
    if mine == theirs:
        return Verdict(
            f"{capital(who)} is no better than {title}, which is simpler: use that.", False
        )
    lower, higher = sorted((mine, theirs))
    measured = f"test {result.measure.title}"
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    margin = margin_of(result, rival, target)
    if margin is not None and not margin.is_sure:
        return Verdict(_by_chance(result, who, title, mine, theirs, margin), False)
    if mine < theirs and not result.front:
        said = f"The {measured} of {who} is {gain} that of {title}."
    elif mine < theirs:
        said = f"{capital(who)} wins: its {measured} is {gain} that of {title}."
    elif rival.role == CONTROL and rival.model == TITLES[KNOWN]:
        said = (
            f"Cells of the literature win: the {measured} of the {title} is {gain} that of {who}. "
            "On these data evolved nodes have added nothing to mixtures."
        )
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
        winner = "An ensemble of rivals" if rival.is_ensemble else "A plain rival"
        said = (
            f"{winner} wins: the {measured} of {title} is {gain} that of {who}. On these data the "
            "search has found nothing better: give it a larger --budget, or use "
            f"{_advised(result, target, rival)}."
        )
    sure = [] if margin is None else [evidence(margin, len(_margins(result)))]
    return Verdict(" ".join([said, *sure, *_evidence(ours, rival)]), mine < theirs)


def verdict_on_ensemble(result: Result, target: str = "") -> Verdict | None:
    """Say whether the ensemble of the search wins on the test split, over everybody's models.

    Returns:
        None where there is no ensemble of several, or nobody to compare it with.
    """
    ours, best = own_ensemble(result), own(result)
    if ours is None or _is_untested(result):
        return None
    others = [one for one in result.models if one.role not in (EVOLVED, MODEL)]
    scored = {one: error for one in others if (error := error_of(one, "test", target)) is not None}
    mine = error_of(ours, "test", target)
    if not scored or mine is None:
        return None
    rival = min(scored, key=scored.__getitem__)
    theirs, title = scored[rival], _called(rival)
    who = f"{_called(ours)} ({count(ours.n_weights, 'weight')})"
    measured = f"test {result.measure.title}"
    margin = margin_of(result, rival, target, ours)
    if mine == theirs:
        return Verdict(f"{capital(who)} is no better than {title}.", False)
    lower, higher = sorted((mine, theirs))
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    if margin is not None and not margin.is_sure:
        said = _by_chance(result, who, title, mine, theirs, margin)
    else:
        said = f"{capital(who)} wins: its {measured} is {gain} that of {title}."
        if theirs < mine:
            said = f"{capital(title)} wins over {who}: its {measured} is {gain}."
        if margin is not None:
            said += f" {evidence(margin, len(_margins(result)))}"
    alone = None if best is None else error_of(best, "test", target)
    if best is not None and alone and math.isfinite(alone) and math.isfinite(mine):
        change = 100 * (mine / alone - 1)
        side = "below" if change < 0 else "above"
        said += (
            f" The {measured} of the ensemble is {abs(change):.1f} % {side} that of "
            f"{name(best.model)} alone."
        )
    return Verdict(said, mine < theirs and (margin is None or margin.is_sure))


def _called(model: Contender) -> str:
    return f"the {name(model.model)}" if model.is_ensemble else name(model.model)


def _by_chance(
    result: Result, who: str, title: str, mine: float, theirs: float, margin: Margin
) -> str:
    """Say that one model is ahead of another, but not by more than chance."""
    before, after = ("ahead of", "below") if mine < theirs else ("behind", "above")
    share = 100 * abs(mine / theirs - 1) if theirs else math.inf
    return (
        f"{capital(who)} is {before} {title}, but not by more than chance: its test "
        f"{result.measure.title} is {share:.1f} % {after}. "
        f"{evidence(margin, len(_margins(result)))}"
    )


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
        return _called(winner)
    if lowest.role == EVOLVED:
        ahead = _called(lowest) if lowest.is_ensemble else f"the evolved {result.noun}"
        return f"{_called(winner)} (on validation {ahead} was ahead)"
    return f"{_called(lowest)}, which validation, made for choosing, puts first"


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
