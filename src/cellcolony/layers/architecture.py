"""What a language model is made of, as settings and as a genome that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from annotated_types import Ge, Gt, Le, Lt

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.errors import ConfigError, brief
from cellcolony.layers.dropout import Dropout, Dropped
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.mixture import Mixture, Skip
from cellcolony.settings import Known, settings

MOST_UNITS, MOST_LAYERS, MOST_PARAMS = 100_000, 100, 10_000_000_000
"""More than any machine of today can hold: a file that says more is wrong."""


Filling: TypeAlias = Cell | Layer | Mixture
"""What the layers of a model are made of."""


@dataclass(frozen=True)
class Architecture:
    """A language model: an embedding, recurrent layers, a softmax.

    Attributes:
        n_words: The size of the vocabulary.
        layers: The recurrent layers, from the embedding to the softmax.
        tied: Whether embedding and softmax have one matrix (Press & Wolf 2016).
        dropout: Which shares are dropped in training.
        bound: First weights come from U(-bound, bound); None for 1 / sqrt(columns) of each matrix.
        embedding: The numbers of a word's vector; None for as many as the layer has units that the
            embedding meets: the first, or, where it is tied, the last.
        skips: Outputs that are added to what enters a later layer, or the softmax: see
            `layers.mixture`. Both are then of one size.

    Raises:
        ConfigError: A number is out of its range, there is no layer, or a skip leads between
            numbers that are not as many.
    """

    n_words: int
    layers: tuple[Layer, ...]
    tied: bool = False
    dropout: Dropout = field(default_factory=Dropout)
    bound: float | None = None
    embedding: int | None = None
    skips: tuple[Skip, ...] = ()

    def __post_init__(self) -> None:
        if self.n_words < 2:
            raise ConfigError(f"A language model needs at least 2 words. Got {self.n_words}.")
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise ConfigError(f"`layers` must be 1 to {MOST_LAYERS}. Got {len(self.layers)}.")
        if any(layer.n_units > MOST_UNITS for layer in self.layers):
            raise ConfigError(f"A layer may have {MOST_UNITS:,} units at most.")
        if self.embedding is not None and not 1 <= self.embedding <= MOST_UNITS:
            raise ConfigError(f"`embedding` must be 1 to {MOST_UNITS:,}. Got {self.embedding}.")
        if self.bound is not None and not 0 < self.bound < 1e3:
            raise ConfigError(f"`bound` must be above 0 and below 1000. Got {self.bound!r}.")
        for source, to in self.skips:
            if not 0 <= source < to - 1 <= len(self.layers):
                raise ConfigError(f"No output can skip from {source} to {to}.")
            if self.widths[source] != self.widths[to - 1]:
                raise ConfigError(
                    f"What skips from {source} to {to} must be as many numbers as it is added to: "
                    f"they are {self.widths[source]} and {self.widths[to - 1]}. Let embedding and "
                    "layers have as many units, or leave skips out."
                )

    @property
    def n_embedding(self) -> int:
        """The numbers of a word's vector."""
        if self.embedding is not None:
            return self.embedding
        return self.layers[-1 if self.tied else 0].n_units

    @property
    def is_projected(self) -> bool:
        """Whether a matrix brings the last layer's output to the size of the tied embedding."""
        return self.tied and self.n_embedding != self.layers[-1].n_units

    @property
    def widths(self) -> tuple[int, ...]:
        """The numbers that enter each layer, then those that leave the last one."""
        return (self.n_embedding, *(layer.n_units for layer in self.layers))

    @property
    def n_weights(self) -> int:
        """How many trainable numbers the model has."""
        from cellcolony.layers.layout import lay_out  # imports Numba, which settings do without

        total = self.n_words  # the softmax's bias
        total += self.n_words * self.n_embedding
        if not self.tied:
            total += self.n_words * self.layers[-1].n_units
        if self.is_projected:
            total += self.n_embedding * self.layers[-1].n_units
        for layer, n_inputs in zip(self.layers, self.widths, strict=False):
            at = lay_out(layer)
            total += at.n_of_input * n_inputs + at.n_of_output * layer.n_units + at.n_params
        return total

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` reads them."""
        layers = [
            [{"n_units": group.n_units, "cell": group.cell.to_dict()} for group in layer.groups]
            for layer in self.layers
        ]
        plain: dict[str, Any] = {
            "n_words": self.n_words,
            "layers": layers,
            "tied": self.tied,
            "dropout": asdict(self.dropout),
            "bound": self.bound,
        }
        if self.embedding is not None:  # else it is that of an earlier version of the program
            plain["embedding"] = self.embedding
        if self.skips:
            plain["skips"] = [list(skip) for skip in self.skips]
        return plain

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Architecture:
        """Read what `to_dict` wrote, which somebody else may have made.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        try:
            layers = tuple(
                Layer(
                    tuple(Group(read_cell(one["cell"]), _count(one["n_units"])) for one in groups)
                )
                for groups in data["layers"]
            )
            return Architecture(
                _count(data["n_words"]),
                layers,
                bool(data["tied"]),
                Dropout(**{str(key): float(share) for key, share in data["dropout"].items()}),
                None if data["bound"] is None else float(data["bound"]),
                _count(data["embedding"]) if "embedding" in data else None,
                tuple((_place(source), _count(to)) for source, to in data.get("skips", ())),
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ConfigError(f"the architecture cannot be read: {error}") from error


def _cell_or_none(name: str) -> Cell | None:
    return cells.get(name) if name else None


@settings
class ModelSettings:
    """A language model but for its cells and its vocabulary, as plain settings.

    Attributes:
        hidden: Units of each layer.
        layers: Recurrent layers, all alike.
        tied: Whether embedding and softmax have one matrix (Press & Wolf 2016). Where it is wider
            or narrower than a layer, another matrix stands between the last layer and the softmax.
        dropout: The share that is dropped of what enters each layer, and leaves the last one.
        dropout_recurrent: The share that is dropped of what a layer sees of its own output.
        dropout_embedding: The share of words that is dropped.
        bound: First weights come from U(-bound, bound); None for 1 / sqrt(units).
        embedding: The numbers of a word's vector, such as 400 for layers of 1,150 units (Merity et
            al. 2017); None for as many as a layer has units.
        like: The name of a cell: a model gets so many units that it has as many weights as a model
            of that cell with `hidden` units, or a few less. Empty for `hidden` units, whatever the
            cell.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """

    hidden: Annotated[int, Ge(1), Le(MOST_UNITS)] = 200
    layers: Annotated[int, Ge(1), Le(MOST_LAYERS)] = 2
    tied: bool = False
    dropout: Dropped = 0.0
    dropout_recurrent: Dropped = 0.0
    dropout_embedding: Dropped = 0.0
    bound: Annotated[float, Gt(0), Lt(1e3)] | None = None
    embedding: Annotated[int, Ge(1), Le(MOST_UNITS)] | None = None
    like: Annotated[str, Known(_cell_or_none)] = ""

    @property
    def first_bound(self) -> float:
        """The bound that first weights have, given or not."""
        return 1 / math.sqrt(self.hidden) if self.bound is None else self.bound

    def of(self, filling: Filling, n_words: int) -> Architecture:
        """Return the model whose layers are all of one cell, all like a layer, or a mixture's.

        Raises:
            ConfigError: A mixture has another number of layers, or skips what is of another size.
        """
        if isinstance(filling, Layer):
            return self._with((filling,) * self.layers, n_words)
        n_units = equal_units(self, filling, n_words) if self.like else self.hidden
        return self._filled(filling, n_units, n_words)

    def _filled(self, filling: Cell | Mixture, n_units: int, n_words: int) -> Architecture:
        if isinstance(filling, Cell):
            return self._with((layer_of(filling, n_units),) * self.layers, n_words)
        if len(filling.layers) != self.layers:
            raise ConfigError(
                f"The mixture has {len(filling.layers)} layers, and `layers` is {self.layers}: "
                "they must be the same."
            )
        return self._with(filling.filled(n_units), n_words, filling.skips)

    def _with(
        self, layers: tuple[Layer, ...], n_words: int, skips: tuple[Skip, ...] = ()
    ) -> Architecture:
        dropout = Dropout(self.dropout, self.dropout_recurrent, self.dropout_embedding)
        return Architecture(n_words, layers, self.tied, dropout, self.bound, self.embedding, skips)


@lru_cache(1 << 12)
def equal_units(model: ModelSettings, filling: Cell | Mixture, n_words: int) -> int:
    """Return how many units a layer has for at most the weights of `model.hidden` of `model.like`.

    It is 1 where even one unit has more.
    """
    wanted = model._filled(cells.get(model.like), model.hidden, n_words).n_weights

    def n_weights(n_units: int) -> int:
        return model._filled(filling, n_units, n_words).n_weights

    low, high = 1, 2
    while high <= MOST_UNITS and n_weights(high) <= wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if n_weights(middle) <= wanted else (low, middle)
    return low


def read_cell(data: Mapping[str, Any]) -> Cell:
    """Read a cell that somebody else may have made.

    Raises:
        ConfigError: It is none.
    """
    try:
        return Cell.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ConfigError(f"the cell cannot be read: {error!r}") from error


def _count(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MOST_PARAMS:
        raise ValueError(f"expected a whole number above 0, got {brief(value)}")
    return value


def _place(value: object) -> int:
    return 0 if value == 0 and type(value) is int else _count(value)
