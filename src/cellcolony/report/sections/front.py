"""Accuracy against size: the front beside its rivals."""

from __future__ import annotations

from typing import NamedTuple

from cellcolony.judges.proxy import ProxyTraining
from cellcolony.networks.genome import Network
from cellcolony.report.blocks import Block, Column, Paragraph, Picture, TableBlock
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.report.sections.rivals import training_time
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.result import Result
from cellcolony.runs.scores import EVOLVED, SEARCH
from cellcolony.wording import count, number

HEIGHT = 360
SMALLEST, LARGEST = 1e-280, 1e280
"""Errors that a logarithmic axis can show."""
WEIGHT = "weight"
"""The unit of sizes that every model has, rivals too."""


class Sized(NamedTuple):
    """A model's size, and what it comes to as the search trains.

    Attributes:
        model: What it is called.
        candidate: Its number on the front; None for a rival or an ensemble.
        size: Its size in the unit of the front; 0 for a model that has none.
        error: The measure, in the mean over the targets.
        is_own: Whether the search has found it.
        is_ensemble: Whether it averages several models.
    """

    model: str
    candidate: int | None
    size: int
    error: float
    is_own: bool = False
    is_ensemble: bool = False


def error_of_candidate(result: Result, number: int, split: str) -> float | None:
    """Return what a candidate of the front comes to, in the mean over the targets."""
    values = [
        one.value
        for one in result.scores
        if (one.role, one.candidate, one.split) == (EVOLVED, number, split)
        and (one.measure, one.stage) == (result.measure.name, SEARCH)
        and one.value is not None
    ]
    return result.measure.mean(values) if values else None


def unit_of(result: Result) -> str:
    """Return what sizes of a study's candidates count, in the singular."""
    return KINDS[result.config.genome].unit


def sized_models(result: Result, split: str) -> list[Sized]:
    """Return the front, and the rivals, as the search has trained them."""
    found = [
        Sized(one.title, one.number, one.size, error, is_own=True)
        for one in result.front
        if (error := error_of_candidate(result, one.number, split)) is not None
    ]
    has_sizes = unit_of(result) == WEIGHT
    for model in result.models:
        error = model.value(split, stage=SEARCH)
        is_own = model.role == EVOLVED
        if error is not None and (model.is_ensemble or not is_own):
            size = model.n_weights if has_sizes else 0
            found.append(Sized(model.model, None, size, error, is_own, model.is_ensemble))
    return found


@section("front", "Accuracy against size", order=30)
def front(result: Result) -> list[Block]:
    """Return the chart, and the table of the best candidate of each size."""
    if not result.front:
        return []
    blocks: list[Block] = [*front_chart(result), front_table(result)]
    if result.chosen not in result.front:
        size = count(result.chosen.size, unit_of(result))
        told = (
            f"The final trainings chose {result.chosen.title}, which is not among them: as a "
            f"candidate it was not the best of its size, {size}."
        )
        blocks.append(Paragraph(told, "remark"))
    return blocks


def _split(result: Result) -> str:
    """Return on which split the chart shows the front: test, unless only validation is known."""
    tested = error_of_candidate(result, result.chosen.number, "test") is not None
    return "test" if tested and result.outcome is not None else "valid"


def front_chart(result: Result) -> list[Picture]:
    """Return the chart with its legend; models without a size are lines across."""
    split, measure, unit, noun = _split(result), result.measure, unit_of(result), result.noun
    models = [model for model in sized_models(result, split) if SMALLEST < model.error < LARGEST]
    sizes = [float(model.size) for model in models if model.size]
    if not sizes:
        return []
    x_ends = padded(sizes, log=True, share=0.08)
    y_ends = padded([model.error for model in models], log=True, share=0.08)
    chosen = result.chosen.number

    def draw(width: int) -> list[Panel]:
        y = Scale(*y_ends, HEIGHT - BOTTOM, TOP, log=True)
        panel = Panel(across(*x_ends, width, log=True), y)
        where = "test" if split == "test" else "validation"
        panel.axes(
            "trainable numbers" if unit == WEIGHT else f"{unit}s", f"{where} {measure.title}"
        )
        members = sorted((m for m in models if m.candidate is not None), key=lambda m: m.size)
        panel.line([(m.size, m.error) for m in members], "front")
        for model in sorted(models, key=lambda m: (m.size > 0, m.candidate != chosen, m.error)):
            if model.size == 0:
                panel.level(model.error, "level", model.model)
                continue
            kind = "chosen" if model.candidate == chosen else "member"
            kind = kind if model.is_own else "rival"
            size = count(model.size, unit)
            told = f"{model.model}: {size}, {measure.title} {number(model.error)}"
            panel.dot(model.size, model.error, kind, told, 5 if kind == "chosen" else 4)
            if model.candidate in (None, chosen):
                panel.note(model.size, model.error, model.model)
        return [panel]

    has_ensemble = any(model.is_own and model.is_ensemble for model in models)
    others = f"other {noun}s of the front{', and their ensemble' if has_ensemble else ''}"
    keys = [("chosen", f"the {noun} chosen on validation"), ("member", others)]
    if any(not model.is_own and model.size for model in models):
        keys.append(("rival", "rivals"))
    trained = "" if unit == WEIGHT else "Each model as the search trains, not as in the end."
    return [chart("accuracy against size", HEIGHT, draw, keys, trained)]


def front_table(result: Result) -> TableBlock:
    """Return the table of the best candidate of each size."""
    unit, title = unit_of(result), result.measure.title
    splits = [
        split
        for split in ("valid", "test")
        if any(error_of_candidate(result, one.number, split) is not None for one in result.front)
    ]
    searched = "search, " if any(one.stage != SEARCH for one in result.models) else ""
    rows = [
        [
            f"{one.noun} {one.number}{', by proxy' if _is_by_proxy(result, one.number) else ''}",
            f"{one.size:,}",
            *(number(error_of_candidate(result, one.number, split)) for split in splits),
            training_time(one.seconds, one.epochs if isinstance(one.genome, Network) else None),
        ]
        for one in result.front
    ]
    measured = [f"{searched}{split} {title}" for split in splits]
    columns = (Column("front", "text"), f"{unit}s", *measured, "trained in")
    several = "; errors are means over the targets" if len(result.facts.targets) > 1 else ""
    says = f"The best {result.noun} of each size (no other beats both size and validation){several}"
    places = {one.number: place for place, one in enumerate(result.front)}
    marked = places.get(result.chosen.number)
    return TableBlock(columns, rows, marked, says, "chosen")


def _is_by_proxy(result: Result, number: int) -> bool:
    """Say whether a candidate of the front was trained by a smaller training than others."""
    config = result.config
    if not isinstance(config.judge, ProxyTraining) or result.path is None:
        return False
    efforts = config.method_entry.efforts(config.method)
    rung = result.history.candidate(number).count("rung") or 0
    return config.judge.stands_for(efforts[min(rung, len(efforts) - 1)])
