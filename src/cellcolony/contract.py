"""The contracts between the parts of a study: what is asked, judged and told."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The verdict on one candidate. Build it with `succeeded` or `failed`.

    Attributes:
        loss: The validation loss, lower is better; infinite for a failure.
        weights: The trained weights, `(n_all_weights,) float32`; None for a failure, and where a
            candidate's weights are not kept: those of a language model, for instance.
        curve: The validation loss of the starting weights, then after each epoch.
        seconds: Wall time that the judging took.
        n_steps: How many time steps were trained on.
        failure: Why the candidate failed, or None.
    """

    loss: float
    weights: NDArray[np.float32] | None
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    n_steps: int = 0
    failure: str | None = None

    @property
    def n_epochs(self) -> int:
        """How many epochs of training were finished, by the curve."""
        return max(len(self.curve) - 1, 0)

    @classmethod
    def succeeded(
        cls,
        loss: float,
        weights: NDArray[np.float32] | None,
        curve: tuple[float, ...] = (),
        seconds: float = 0.0,
        n_steps: int = 0,
    ) -> Evaluation:
        """Return the evaluation of a trained candidate; a loss that is not finite fails."""
        if not math.isfinite(loss):
            return cls.failed(f"its validation loss was {loss}", seconds, n_steps)
        kept = None if weights is None else np.asarray(weights, np.float32)
        return cls(float(loss), kept, tuple(curve), seconds, n_steps)

    @classmethod
    def failed(cls, reason: str, seconds: float = 0.0, n_steps: int = 0) -> Evaluation:
        """Return the evaluation of a candidate that diverged, ran out of time or died."""
        return cls(math.inf, None, (), seconds, n_steps, reason)


class Signal(Enum):
    """What `ask` may answer instead of a candidate."""

    WAIT = "wait"
    """Nothing now: tell the results that are still out, then ask again."""
    DONE = "done"
    """Nothing any more: the search has ended."""


WAIT, DONE = Signal.WAIT, Signal.DONE


class Genome(Protocol):
    """What a search varies and a run keeps: a `Network`, or the `Tree` of a node; immutable.

    Attributes:
        kind: What it is called in the files of a run: "network" or "tree".
    """

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold, but for weights."""
        ...


G_co = TypeVar("G_co", bound=Genome, covariant=True)


@dataclass(frozen=True)
class Candidate(Generic[G_co]):
    """A genome to be judged.

    Attributes:
        number: Counts candidates from 0 in the order of asking.
        genome: A network with the weights that training starts from, or a node's tree.
        parents: The numbers of the candidates that it descends from; none where ants laid it out.
        how: How it was made, as plain values for the journal. `epochs_before`, where weights are
            handed down, counts the epochs of training behind the starting weights; `entropy` says
            from 1 to 0 how undecided a colony's choices were; `trained_again` is the number under
            which a network of a second training was trained first.
        effort: How much judging it is worth: training takes so many times the protocol's epochs.
    """

    number: int
    genome: G_co
    parents: tuple[int, ...] = ()
    how: Mapping[str, Any] = field(default_factory=dict)
    effort: int = 1


class Search(Protocol):
    """A method of search, steady-state or generational.

    Results are told in any order. `ask` may change the state (evaporation, an island's turn) and
    draws from the given stream alone; `tell` draws nothing, so that a run's outcome depends only on
    the order of asks and tells. WAIT and DONE change no state. A search whose every candidate has
    been told must not answer WAIT. A failed candidate is told like any other.
    """

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        ...

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return the next candidate under this number, or WAIT, or DONE."""
        ...

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values; no pickle."""
        ...


@dataclass(frozen=True)
class Problem:
    """What the networks of a search read and predict.

    Attributes:
        inputs: The input columns, in the data's order.
        outputs: The targets, in the data's order.
        output_cell: What every output computes: the training's choice.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_cell: str = "linear"
