"""Who takes part in the final trainings: the best nodes, the controls', the rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellcolony.layers.architecture import Filling, filling_of
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.runs.finals_found import plain_title
from cellcolony.runs.genomes import KINDS, Champion
from cellcolony.runs.items import digest_of
from cellcolony.runs.pool import Pooled
from cellcolony.runs.scores import CONTROL, EVOLVED, MODEL, RIVAL
from cellcolony.runs.session import Session
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.grid import GridModel, GridStage
from cellcolony.search.model import FixedModel


@dataclass(frozen=True)
class FinalModel:
    """A model of the final comparison.

    Attributes:
        title: What it is called.
        role: "evolved", "control", "rival" or "model".
        layer: What its layers are made of.
        candidate: The number of the candidate whose node or mixture it is; None for others.
        search_loss: The validation loss of its training as a candidate; None where there is none.
        search_seconds: How long that took.
        recipe: How its trainings differ from the settings.
    """

    title: str
    role: str
    layer: Filling
    candidate: int | None = None
    search_loss: float | None = None
    search_seconds: float = 0.0
    recipe: Recipe = AS_SET


def contenders_of(session: Session, n: int) -> list[list[FinalModel]]:
    """Return who is compared, of each search so many of its best nodes, its niches in turn.

    Args:
        session: The study.
        n: How many of the best nodes of the search, and of each control.
    """
    config = session.config
    if isinstance(config.method, FixedModel):
        grid = config.stage("grid")
        if isinstance(grid, GridStage):
            return [[_tuned(session, grid, model)] for model in grid.models(session.config)]
        return [[FinalModel(config.method.title, MODEL, config.method.filling)]]
    noun = KINDS[config.genome].noun
    found = [_best(session, n, f"evolved {noun}", EVOLVED, noun)]
    for search in config.searches:
        own = session.within.get(search.folder)
        if own is not None and own.front:
            found.append(_best(own, n, search.title, CONTROL, f"{search.title}, {noun}"))
    rivals = config.stage("cells")
    if isinstance(rivals, CellsStage):
        for one in rivals.rivals(session):
            cell = FixedCell(one.cell).to_cell()
            found.append(
                [FinalModel(one.title, RIVAL, cell, None, one.loss, one.seconds, one.recipe)]
            )
    return found


def _best(session: Session, n: int, title: str, role: str, noun: str) -> list[FinalModel]:
    by_loss = n == 1 and not session.config.is_by_guide
    found: Sequence[Champion | Pooled]
    found = [session.best] if by_loss else session.pooled(n, in_turn=True)
    models = []
    for one in found:
        filling, recipe = (
            filling_of(one.genome, f"{noun} {one.number}"),
            Recipe(learning_rate=one.rate),
        )
        models.append(FinalModel(title, role, filling, one.number, one.loss, one.seconds, recipe))
    return models


def _tuned(session: Session, grid: GridStage, model: GridModel) -> FinalModel:
    """Return a model by the settings that it did best with on its highest rung."""
    best = grid.best(session, model)
    recipe = Recipe(changes=best.point)
    return FinalModel(
        model.title, model.role, model.filling, search_loss=best.loss,
        search_seconds=best.seconds, recipe=recipe,
    )  # fmt: skip


def at_rate(model: FinalModel, rate: float) -> FinalModel:
    """Return a model whose learning rate is so many times as high."""
    recipe = replace(model.recipe, learning_rate=model.recipe.learning_rate * rate)
    return replace(model, recipe=recipe)


def folder_name(model: FinalModel, seed: int) -> str:
    """Return the name of a final training's folder: "evolved-node-12-rate-x0.5-seed-0".

    A factor of the learning rate is written out, any other recipe has a digest.
    """
    number = "" if model.candidate is None else f"-{model.candidate}"
    rate, recipe = model.recipe.learning_rate, ""
    if model.recipe == Recipe(learning_rate=rate):
        recipe = "" if rate == 1 else f"-rate-x{rate!r}"
    else:
        recipe = f"-{digest_of(model.recipe.to_dict())[:8]}"
    return f"{plain_title(model.title)}{number}{recipe}-seed-{seed}"
