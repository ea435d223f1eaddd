"""What a language model is made of, as settings and as a genome that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, TypeAlias

from annotated_types import Ge, Gt, Le, Lt

from cellcolony.cells import Cell
from cellcolony.errors import ConfigError
from cellcolony.layers.dropout import Dropout, Dropped
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Layer, layer_of
from cellcolony.layers.layer_json import counted, layer_from_plain, layer_to_plain
from cellcolony.layers.mixture import Mixture, Skip
from cellcolony.layers.mogrifier import MOST_ROUNDS, Mogrifier
from cellcolony.settings import Known, settings

MOST_UNITS, MOST_LAYERS = 100_000, 100
"""More than any machine of today can hold: a file that says more is wrong."""


Filling: TypeAlias = Cell | Layer | Mixture
"""What the layers of a model are made of."""


def filling_of(genome: Any, name: str = "") -> Filling:
    """Return what a genome makes of a model's layers.

    Args:
        genome: A mixture, or what has a method `to_cell`: the tree of a node, a `FixedCell`.
        name: What a node's cell is called; empty for its usual name.
    """
    if isinstance(genome, Mixture):
        return genome
    return genome.to_cell(name) if name else genome.to_cell()


@dataclass(frozen=True)
class Architecture:
    """A language model: an embedding, recurrent layers, a softmax.

    Attributes:
        n_words: The size of the vocabulary.
        layers: The recurrent layers, from the embedding to the softmax.
        tied: Whether embedding and softmax have one matrix (Press & Wolf 2016).
        dropout: Which shares are dropped in training.
        bound: First weights come from U(-bound, bound); None for 1 / sqrt(columns) of each matrix.
        bound_embedding: The same for those of the embedding and the softmax; None for `bound`.
        embedding: The numbers of a word's vector; None for as many as the layer has units that the
            embedding meets: the first, or, where it is tied, the last.
        skips: Outputs that are added to what enters a later layer, or the softmax: see
            `layers.mixture`. Both are then of one size.
        cutoffs: The first word of each tail of a softmax in two steps: see `layers.softmax`.

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
    bound_embedding: float | None = None
    skips: tuple[Skip, ...] = ()
    cutoffs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.n_words < 2:
            raise ConfigError(f"A language model needs at least 2 words. Got {self.n_words}.")
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise ConfigError(f"`layers` must be 1 to {MOST_LAYERS}. Got {len(self.layers)}.")
        if any(layer.n_units > MOST_UNITS for layer in self.layers):
            raise ConfigError(f"A layer may have {MOST_UNITS:,} units at most.")
        if self.embedding is not None and not 1 <= self.embedding <= MOST_UNITS:
            raise ConfigError(f"`embedding` must be 1 to {MOST_UNITS:,}. Got {self.embedding}.")
        for name in ("bound", "bound_embedding"):
            bound = getattr(self, name)
            if bound is not None and not 0 < bound < 1e3:
                raise ConfigError(f"`{name}` must be above 0 and below 1000. Got {bound!r}.")
        check_cutoffs(self.cutoffs, self.n_words)
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
    def n_scored(self) -> int:
        """The numbers that enter the softmax."""
        return self.n_embedding if self.tied else self.layers[-1].n_units

    @property
    def widths(self) -> tuple[int, ...]:
        """The numbers that enter each layer, then those that leave the last one."""
        return (self.n_embedding, *(layer.n_units for layer in self.layers))

    @property
    def n_weights(self) -> int:
        """How many trainable numbers the model has."""
        from cellcolony.layers.shapes import weight_shapes  # Numba, which settings do without

        total = self.n_words  # the softmax's bias
        total += self.n_words * self.n_embedding
        if not self.tied:
            total += self.n_words * self.layers[-1].n_units
        if self.is_projected:
            total += self.n_embedding * self.layers[-1].n_units
        total += len(self.cutoffs) * (self.n_scored + 1)
        for layer, n_inputs in zip(self.layers, self.widths, strict=False):
            total += sum(math.prod(shape) for shape in weight_shapes(layer, n_inputs).values())
        return total

    @property
    def recurrent_weights(self) -> tuple[tuple[int, int, int], ...]:
        """The shape of each layer's recurrent weights: see `shapes.recurrent_shape`."""
        from cellcolony.layers.shapes import recurrent_shape

        return tuple(recurrent_shape(layer) for layer in self.layers)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` reads them."""
        plain: dict[str, Any] = {
            "n_words": self.n_words,
            "layers": [layer_to_plain(layer) for layer in self.layers],
            "tied": self.tied,
            "dropout": self.dropout.to_dict(),
            "bound": self.bound,
        }
        for name in ("embedding", "bound_embedding"):
            if getattr(self, name) is not None:  # else it is that of an earlier version
                plain[name] = getattr(self, name)
        if self.skips:
            plain["skips"] = [list(skip) for skip in self.skips]
        if self.cutoffs:
            plain["cutoffs"] = list(self.cutoffs)
        return plain

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Architecture:
        """Read what `to_dict` wrote, which somebody else may have made.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        try:
            layers = tuple(layer_from_plain(layer) for layer in data["layers"])
            return Architecture(
                counted(data["n_words"]),
                layers,
                bool(data["tied"]),
                Dropout(**{str(key): float(share) for key, share in data["dropout"].items()}),
                None if data["bound"] is None else float(data["bound"]),
                counted(data["embedding"]) if "embedding" in data else None,
                float(data["bound_embedding"]) if "bound_embedding" in data else None,
                tuple((_place(source), counted(to)) for source, to in data.get("skips", ())),
                tuple(map(counted, data.get("cutoffs", ()))),
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ConfigError(f"the architecture cannot be read: {error}") from error


def _kind_or_none(name: str) -> Layer | None:
    return kind_of(name) if name else None


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
        dropout_input: The share that is dropped of what enters the first layer; None for `dropout`.
        dropout_output: The share that is dropped of what leaves the last one; None for `dropout`.
        weight_drop: The share of recurrent weights that is dropped (Merity et al. 2017).
        bound_embedding: First weights of embedding and softmax come from U(-this, this); None for
            `bound`.
        narrow: Whether the last layer has as many units as a word's vector has numbers, so that the
            tied matrix fits it and none stands between (Merity et al. 2017).
        mogrifier: How often input and previous output of a layer scale each other before a step
            (Melis et al. 2020); 0 for not.
        mogrifier_rank: The rank of the matrices that they do it by; 0 for whole matrices.
        cutoffs: Cut the words, the most frequent first, into a head and tails, so that the softmax
            has two steps and is a few times faster: 80, 800 for 2,000 words (Grave et al. 2017).
            Those that a vocabulary does not reach are left out; none for the plain softmax.

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
    like: Annotated[str, Known(_kind_or_none)] = ""
    dropout_input: Dropped | None = None
    dropout_output: Dropped | None = None
    weight_drop: Dropped = 0.0
    bound_embedding: Annotated[float, Gt(0), Lt(1e3)] | None = None
    narrow: bool = False
    mogrifier: Annotated[int, Ge(0), Le(MOST_ROUNDS)] = 0
    mogrifier_rank: Annotated[int, Ge(0), Le(MOST_UNITS)] = 0
    cutoffs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.narrow and (self.embedding is None or self.layers < 2):
            raise ConfigError(
                "`narrow` needs an `embedding` whose size the last layer takes, and at least 2 "
                f"`layers`. Got `embedding` {self.embedding} and `layers` {self.layers}."
            )
        if self.mogrifier_rank and not self.mogrifier:
            raise ConfigError(
                "`mogrifier_rank` must be 0 where `mogrifier` is 0: there are no matrices. "
                f"Got {self.mogrifier_rank}."
            )
        check_cutoffs(self.cutoffs)

    @property
    def first_bound(self) -> float:
        """The bound that first weights have, given or not."""
        return 1 / math.sqrt(self.hidden) if self.bound is None else self.bound

    def of(self, filling: Filling, n_words: int) -> Architecture:
        """Return the model whose layers are all of one cell, all like a layer, or a mixture's.

        The groups of a layer share the units as they do there.

        Raises:
            ConfigError: A mixture has another number of layers, or skips what is of another size.
        """
        kind = layer_of(filling, 1) if isinstance(filling, Cell) else filling
        n_units = equal_units(self, kind, n_words) if self.like else self.hidden
        return self._with(kind, n_units, n_words)

    def layer(self, cell: Cell | Layer, n_units: int) -> Layer:
        """Return one layer of so many units."""
        layer = (cell if isinstance(cell, Layer) else layer_of(cell, 1)).with_units(n_units)
        if self.mogrifier:
            layer = replace(layer, mogrifier=Mogrifier(self.mogrifier, self.mogrifier_rank))
        return layer

    def _with(self, kind: Layer | Mixture, n_units: int, n_words: int) -> Architecture:
        dropout = Dropout(
            self.dropout, self.dropout_recurrent, self.dropout_embedding, self.dropout_input,
            self.dropout_output, self.weight_drop,
        )  # fmt: skip
        units = [n_units] * self.layers
        if self.narrow:
            assert self.embedding is not None
            units[-1] = self.embedding
        layers = [kind] * self.layers if isinstance(kind, Layer) else self._layers_of(kind, n_units)
        return Architecture(
            n_words, tuple(map(self.layer, layers, units)), self.tied, dropout, self.bound,
            self.embedding, self.bound_embedding, kind.skips if isinstance(kind, Mixture) else (),
            tuple(cutoff for cutoff in self.cutoffs if cutoff < n_words),
        )  # fmt: skip

    def _layers_of(self, mixture: Mixture, n_units: int) -> list[Layer]:
        if len(mixture.layers) != self.layers:
            raise ConfigError(
                f"The mixture has {len(mixture.layers)} layers, and `layers` is {self.layers}: "
                "they must be the same."
            )
        layers = mixture.filled(n_units)
        if self.narrow:
            assert self.embedding is not None
            layers = (*layers[:-1], mixture.filled(self.embedding)[-1])
        return list(layers)


@lru_cache(1 << 12)
def equal_units(model: ModelSettings, kind: Layer | Mixture, n_words: int) -> int:
    """Return how many units of a kind have at most the weights of `model.hidden` of `model.like`.

    It is the least number that gives each group a unit where even that has more.
    """
    wanted = model._with(kind_of(model.like), model.hidden, n_words).n_weights

    def n_weights(n_units: int) -> int:
        return model._with(kind, n_units, n_words).n_weights

    low = 1
    if isinstance(kind, Layer):
        low = -(-kind.n_units // min(group.n_units for group in kind.groups))
    high = 2 * low
    while high <= MOST_UNITS and n_weights(high) <= wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if n_weights(middle) <= wanted else (low, middle)
    return low


def check_cutoffs(cutoffs: Sequence[int], n_words: int | None = None) -> None:
    """Check that cutoffs cut a vocabulary, of so many words where that is known.

    Raises:
        ConfigError: They do not rise, or one is not within it.
    """
    end = math.inf if n_words is None else n_words
    if not all(before < after for before, after in pairwise((0, *cutoffs, end))):
        below = "" if n_words is None else f" and below the {n_words:,} words there are"
        raise ConfigError(
            f"`cutoffs` must rise, each of them at least 1{below}, such as 80, 800. "
            f"Got {', '.join(map(str, cutoffs))}."
        )


def _place(value: object) -> int:
    return 0 if value == 0 and type(value) is int else counted(value)
