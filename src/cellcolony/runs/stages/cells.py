"""Cells of the library as rivals of a node: trained as candidates are, once, or tuned as often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from cellcolony.cells import Cell, label
from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer_json import layer_to_plain
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of, left_of
from cellcolony.runs.journal import evaluation_of, plain_evaluation
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.runs.stages.search import begin_judging
from cellcolony.search.model.trials import trials_of
from cellcolony.settings import DISTINCT, Known, settings

TUNED = "tuned"
"""What stands before a rival's name where its recipe was searched."""


class Rival(NamedTuple):
    """A cell that is compared with the evolved node.

    Attributes:
        title: What it is called.
        cell: The cell's name.
        recipe: How its training differs from the settings.
        loss: Its validation loss as a candidate; None for a failure.
        seconds: How long all its trainings as a candidate took.
    """

    title: str
    cell: str
    recipe: Recipe
    loss: float | None
    seconds: float


@STAGES.register("cells")
@settings
class CellsStage:
    """Train rivals as candidates are trained.

    Attributes:
        cells: The cells of the library to compare with, and recurrent highway networks of a depth,
            `rhn-5`.
        tuned: Those of them whose recipe is searched too, with as much training in all as the
            search had.
    """

    name: ClassVar[str] = "cells"
    task: ClassVar[str | None] = "language"

    cells: Annotated[tuple[Annotated[str, Known(kind_of)], ...], DISTINCT] = ()
    tuned: Annotated[tuple[str, ...], DISTINCT] = ()

    def __post_init__(self) -> None:
        if not {*self.tuned} <= {*self.cells}:
            raise ConfigError(
                f"`tuned` must name rivals, and they are {', '.join(self.cells) or 'none'}. "
                f"Got {', '.join(self.tuned)}."
            )

    def run(self, session: Session) -> None:
        """Do the trainings that are left.

        Raises:
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        n = self._n_trials(session)
        title = f"Rivals, trained as candidates are: {', '.join(map(label, self.cells)) or 'none'}"
        if self.tuned:
            tuned = ", ".join(map(label, self.tuned))
            title += f"; {tuned} with {n:,} recipes, as much training as in the search"
        carry_out(
            session, self.name, title, self.items(session), begin_judging(session), _kept,
            failed=Evaluation.failed, per_gpu=session.hands.per_gpu_of_candidates,
        )  # fmt: skip

    def outlook(self, session: Session, seconds: float) -> Outlook:
        """Return what is going to be done."""
        n = len(self.cells) + len(self.tuned) * (self._n_trials(session) - 1)
        names = f"{', '.join(map(label, self.cells)) or 'no rival'} as candidates"
        if self.tuned:
            names += f", {', '.join(map(label, self.tuned))} with as much training as the search"
        return Outlook(names, n * _effort(session) * seconds)

    def left(self, session: Session) -> int:
        """Return how many trainings are not done yet."""
        return len(left_of(session, self.name, self.items(session)))

    def items(self, session: Session) -> Sequence[Item]:
        """Return all trainings: each rival once, then those of the tuned ones."""
        n, seed = self._n_trials(session), session.config.seed
        effort = _effort(session)
        first = [_item(next(trials_of(name, 1, seed, effort))) for name in self.cells]
        more = [
            _item(one)
            for name in self.tuned
            for one in trials_of(name, n, seed, effort)
            if one.number
        ]
        return [*first, *more]

    def _n_trials(self, session: Session) -> int:
        return max(1, session.restored.books.n_trainings // _effort(session))

    def rivals(self, session: Session) -> Iterator[Rival]:
        """Yield the rivals as they take part in the final trainings: as they are, then tuned."""
        seed, effort = session.config.seed, _effort(session)

        def verdict_of(candidate: Candidate[FixedCell]) -> Evaluation:
            return kept_of(session, self.name, _item(candidate).key, evaluation_of)

        for name in self.cells:
            first = next(trials_of(name, 1, seed, effort))
            verdict = verdict_of(first)
            yield Rival(label(name), name, AS_SET, _loss(verdict), verdict.seconds)
        for name in self.tuned:
            trials = [
                (one.genome.recipe, verdict_of(one))
                for one in trials_of(name, self._n_trials(session), seed, effort)
            ]
            recipe, best = min(trials, key=lambda trial: trial[1].for_method().loss)
            seconds = sum(verdict.seconds for _, verdict in trials)
            yield Rival(f"{TUNED} {label(name)}", name, recipe, _loss(best), seconds)


def _effort(session: Session) -> int:
    """Return how long a rival is trained: as the best candidates are."""
    config = session.config
    return config.method_entry.efforts(config.method)[-1]


def _item(candidate: Candidate[FixedCell]) -> Item:
    genome = candidate.genome
    made = genome.to_cell()
    program = made.to_dict() if isinstance(made, Cell) else layer_to_plain(made)
    parts = [program, genome.recipe.to_dict()]
    digest = digest_of(*parts, *([candidate.effort] if candidate.effort > 1 else ()))
    title = label(genome.cell)
    if genome.trial:
        title += f" with recipe {genome.trial:,}"
    return Item(f"{genome.cell} {genome.trial} {digest}", title, candidate)


def _kept(item: Item, verdict: Evaluation) -> tuple[Mapping[str, Any], str]:
    if verdict.failure is not None:
        text = f"{item.title} as a candidate failed: {verdict.failure}."
    else:
        text = (
            f"{item.title} as a candidate: search perplexity {perplexity(verdict.loss):.2f} on "
            "validation."
        )
    return plain_evaluation(verdict), text


def _loss(verdict: Evaluation) -> float | None:
    return None if verdict.failure is not None else verdict.loss
