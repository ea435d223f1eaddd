"""A grid of settings of a training, raced by successive halving: which of them serves a model best.

Each model of the study races the same points by itself: all for a short training, the best of them
for one several times as long, trained anew, and so on. The best on the last rung says by which
settings the model is trained in the end, and how far all points of the first rung lie apart how
much depends on them.

Source: Rawal & Miikkulainen 2018, section 4.1, search a grid of dropout rates before the final
training; the rungs are those of successive halving (Jamieson & Talwalkar 2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias

from annotated_types import Ge, Le, MinLen

from cellcolony.cells import label
from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import Filling
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Layer
from cellcolony.layers.layer_json import layer_to_plain
from cellcolony.layers.recipe import Recipe, check_setting
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.grid_file import Tried, grid_csv
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of
from cellcolony.runs.journal import evaluation_of, plain_evaluation
from cellcolony.runs.scores import MODEL, RIVAL
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.runs.stages.search import begin_judging
from cellcolony.search.model import FixedModel
from cellcolony.settings import DISTINCT, Known, OneOrMore, settings
from cellcolony.wording import count, names

MOST_POINTS = 10_000
"""More than any machine trains for a model."""
Point: TypeAlias = tuple[tuple[str, int | float], ...]
"""Settings by name, and what they are."""
Values = Annotated[tuple[int | float, ...], MinLen(1), DISTINCT]


class GridModel(NamedTuple):
    """A model whose settings are raced.

    Attributes:
        title: What it is called.
        role: "model" for the study's own, "rival" for others.
        filling: What its layers are made of.
    """

    title: str
    role: str
    filling: Filling


class Best(NamedTuple):
    """What a model did best by.

    Attributes:
        point: The settings.
        loss: Its validation loss on the highest rung; None where all have failed.
        seconds: How long all trainings of the model took.
    """

    point: Point
    loss: float | None
    seconds: float


@dataclass(frozen=True)
class _Setting:
    """What a worker trains: a model by one point of the grid, from the same first weights."""

    filling: Filling
    recipe: Recipe
    kind: ClassVar[str] = "cell"

    def to_cell(self) -> Filling:
        return self.filling

    def to_dict(self) -> dict[str, Any]:
        return {"layers": _plain(self.filling), "recipe": self.recipe.to_dict()}

    def seed(self, seed: int) -> int:
        return seed


@STAGES.register("grid")
@settings
class GridStage:
    """Race the points of a grid for the study's model, and for cells that it is compared with.

    Attributes:
        axes: Which settings of the model or its schedule vary, and what they may be: a point for
            each combination.
        cells: The cells that are compared with the model, each with a race of its own.
        efforts: How many times the epochs of the study's training each rung lasts.
        kept: Of so many points of a rung one goes on to the next.
    """

    name: ClassVar[str] = "grid"
    task: ClassVar[str | None] = "language"

    axes: Mapping[str, Values]
    cells: Annotated[tuple[Annotated[str, Known(kind_of)], ...], DISTINCT] = ()
    efforts: Annotated[tuple[OneOrMore, ...], MinLen(1)] = (1, 3)
    kept: Annotated[int, Ge(2), Le(1_000)] = 3

    def __post_init__(self) -> None:
        if not self.axes:
            raise ConfigError(
                "`grid` must name a setting and its values, such as dropout=0.2:0.6. Got none."
            )
        for name in self.axes:
            check_setting(name)
        n = math.prod(len(values) for values in self.axes.values())
        if n > MOST_POINTS:
            raise ConfigError(
                f"`grid` must have at most {MOST_POINTS:,} points. Got {n:,}: give fewer values."
            )
        if list(self.efforts) != sorted(self.efforts):
            raise ConfigError(f"`efforts` must rise. Got {list(self.efforts)}.")

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All combinations, the last axis turning fastest."""
        return tuple(
            tuple(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())
        )

    @property
    def n_trainings(self) -> int:
        """How many trainings of the study's epochs the race of one model is worth."""
        return sum(
            effort * self._n_on(rung, len(self.points)) for rung, effort in enumerate(self.efforts)
        )

    def check(self, config: StudyConfig) -> None:
        """Check that there is a model to race for, and that each point is a training.

        Raises:
            ConfigError: There is none, or a value is one that its setting cannot have.
        """
        if not isinstance(config.method, FixedModel):
            raise ConfigError("The stage 'grid' is for a model that is not searched for.")
        if (title := config.method.title) in map(label, self.cells):
            raise ConfigError(f"`rivals` must be others than the model itself. Got {title!r}.")
        for point in self.points:
            recipe = Recipe(changes=point)
            recipe.model(config.training.model)
            recipe.schedule(config.training.schedule)

    def run(self, session: Session) -> None:
        """Race what is left, rung by rung.

        Raises:
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        models = self.models(session.config)
        for rung, effort in enumerate(self.efforts):
            n = self._n_on(rung, len(self.points))
            epochs = effort * session.config.training.schedule.epochs
            title = (
                f"Grid over {names([*self.axes])}: {count(n, 'point')} for "
                f"{names([one.title for one in models])}, {count(epochs, 'epoch')} each"
            )
            items = [
                item
                for one in models
                for found in islice(self._rungs(session, one), rung, rung + 1)
                for item, _ in found
            ]
            carry_out(
                session, self.name, title, items, begin_judging(session), _kept,
                failed=Evaluation.failed, per_gpu=session.hands.per_gpu_of_candidates,
            )  # fmt: skip
        files = {directory.GRID: grid_csv(self.tried(session)).encode()}
        session.keepsake = {**session.keepsake, **files}
        session.write(files)

    def left(self, session: Session) -> int:
        """Return how many trainings of the rungs that models have reached are left."""
        return sum(
            verdict is None
            for one in self.models(session.config)
            for found in self._rungs(session, one)
            for _, verdict in found
        )

    def models(self, config: StudyConfig) -> list[GridModel]:
        """Return who races: the study's model, then the cells that it is compared with."""
        own = config.method
        assert isinstance(own, FixedModel)
        rivals = [GridModel(label(name), RIVAL, FixedCell(name).to_cell()) for name in self.cells]
        return [GridModel(own.title, MODEL, own.filling), *rivals]

    def best(self, session: Session, model: GridModel) -> Best:
        """Return what a model did best by, on the highest rung that any of its points has left.

        Before all that is done, it is the best so far.
        """
        seconds, best = 0.0, Best(self.points[0], None, 0.0)
        for found in self._rungs(session, model):
            done = [(item, verdict) for item, verdict in found if verdict is not None]
            seconds += sum(verdict.seconds for _, verdict in done)
            sound = [(item, verdict) for item, verdict in done if verdict.failure is None]
            if sound:
                item, verdict = min(sound, key=lambda one: one[1].loss)
                best = Best(self.points[item.payload.number], verdict.loss, 0.0)
        return best._replace(seconds=seconds)

    def tried(self, session: Session) -> Iterator[Tried]:
        """Yield the trainings that are done, model by model, in their order."""
        epochs = session.config.training.schedule.epochs
        for model in self.models(session.config):
            for rung, found in enumerate(self._rungs(session, model)):
                for item, verdict in found:
                    if verdict is not None:
                        point = self.points[item.payload.number]
                        told = " ".join(f"{name}={value:g}" for name, value in point)
                        loss = None if verdict.failure is not None else verdict.loss
                        n = self.efforts[rung] * epochs
                        yield Tried(model.title, rung, n, told, loss, verdict.seconds)

    def _n_on(self, rung: int, n: int) -> int:
        for _ in range(rung):
            n = max(1, n // self.kept)
        return n

    def _rungs(
        self, session: Session, model: GridModel
    ) -> Iterator[list[tuple[Item, Evaluation | None]]]:
        """Yield, rung by rung, who runs there, and what came of it; None for what is not done.

        The next rung has the best of this one, and is not known before all of it is done.
        """
        done, numbers = session.items(self.name), [*range(len(self.points))]
        for rung in range(len(self.efforts)):
            found: list[tuple[Item, Evaluation | None]] = []
            for number in numbers:
                item = self._item(session.config, model, number, rung)
                is_done = item.key in done
                verdict = kept_of(session, self.name, item.key, evaluation_of) if is_done else None
                found.append((item, verdict))
            yield found
            verdicts = [verdict for _, verdict in found if verdict is not None]
            if len(verdicts) < len(found):
                return
            ranked = sorted(
                (verdict.loss, number)
                for number, verdict in zip(numbers, verdicts, strict=True)
                if verdict.failure is None
            )
            numbers = [number for _, number in ranked[: self._n_on(1, len(found))]]

    def _item(self, config: StudyConfig, model: GridModel, number: int, rung: int) -> Item:
        point, effort = self.points[number], self.efforts[rung]
        genome = _Setting(model.filling, Recipe(changes=point))
        candidate = Candidate(number, genome, effort=effort)
        digest = digest_of(genome.to_dict(), effort)
        values = ", ".join(f"{name} {value:g}" for name, value in point)
        epochs = count(effort * config.training.schedule.epochs, "epoch")
        return Item(f"{number} {effort} {digest}", f"{model.title}, {values}, {epochs}", candidate)


def _plain(filling: Filling) -> Any:
    return layer_to_plain(filling) if isinstance(filling, Layer) else filling.to_dict()


def _kept(item: Item, verdict: Evaluation) -> tuple[Mapping[str, Any], str]:
    if verdict.failure is not None:
        text = f"{item.title} failed: {verdict.failure}."
    else:
        text = f"{item.title}: perplexity {perplexity(verdict.loss):.2f} on validation."
    return plain_evaluation(verdict), text
