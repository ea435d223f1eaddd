"""What a search proposes, and what comes of judging it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Memory: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays by name: what a training needs, beside the weights, to go on to the bit."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What came out of judging one candidate. Build it with `succeeded` or `failed`.

    Attributes:
        loss: The validation loss, lower is better; infinite for a failure.
        weights: The trained weights, `(n_all_weights,) float32`; None for a failure, and where a
            candidate's weights are not kept: those of a language model, for instance.
        curve: The validation loss of the starting weights, then after each epoch.
        seconds: Wall time that the judging took.
        n_steps: How many time steps were trained on.
        failure: Why the candidate failed, or None.
        memory: What the training needs to go on, where the judge may promote the candidate.
        guide: What the method is led by in the loss's place, lower is better: a screening score,
            what a longer training is predicted to end at, or the error on the training rows where
            the method evolves the weights itself. None where it is led by the loss. Fronts and
            scores know the loss alone.
        gradient_rms: The root mean square, over about the last thousand updates, of the loss's
            gradient by each weight, `(n_all_weights,) float32`, 0 where a weight reaches no output:
            how much the loss cares about it. None where the candidate does not ask for it, and
            where the optimizer does not know it.
        has_gained: Whether the training has made something better of the starting weights.
    """

    loss: float
    weights: NDArray[np.float32] | None
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    n_steps: int = 0
    failure: str | None = None
    memory: Memory | None = None
    guide: float | None = None
    gradient_rms: NDArray[np.float32] | None = None
    has_gained: bool = True

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
        memory: Memory | None = None,
        guide: float | None = None,
        gradient_rms: NDArray[np.float32] | None = None,
    ) -> Evaluation:
        """Return the evaluation of a trained candidate; a loss that is not finite fails."""
        if not math.isfinite(loss):
            return cls.failed(f"its validation loss was {loss}", seconds, n_steps)
        kept, rms = (
            None if one is None else np.asarray(one, np.float32) for one in (weights, gradient_rms)
        )
        gained = not curve or loss < curve[0]
        return cls(
            float(loss), kept, tuple(curve), seconds, n_steps, None, memory, guide, rms, gained
        )

    @classmethod
    def failed(cls, reason: str, seconds: float = 0.0, n_steps: int = 0) -> Evaluation:
        """Return the evaluation of a candidate that diverged, ran out of time or died."""
        return cls(math.inf, None, (), seconds, n_steps, reason)

    def for_method(self) -> Evaluation:
        """Return what the method is told: the guide, where there is one, is the loss."""
        return self if self.guide is None else replace(self, loss=self.guide, guide=None)


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
            which a network that is trained longer was trained before; `rung` is its rung in a race,
            and `niche` with whom it is compared there; `made` says who proposed it, `without` what
            columns it tries to do without, `pruned` the number of the network that it is with fewer
            weights; `taught_by` holds the numbers of those whose mean is its teacher; `promoted` is
            the number of the candidate that a judge gives more training;
            `effort_before` is the effort that its `memory` has behind it.
        effort: How much judging it is worth: training takes so many times the settings' epochs,
            those that `memory` has behind it included.
        memory: What an earlier training of it has left, to go on from; None to begin anew.
        rate: The learning rates of its training are the settings' times this.
        teacher: A trained network whose forecasts of the training rows it learns, in place of the
            targets; None to learn the targets. Validation takes the targets in either case.
        weight_decay: Added to the settings' own; for networks that are trained on series alone.
        with_gradient_rms: Whether its evaluation is to hold the `gradient_rms`.
        least_gain: By which share its training must lower the validation loss of the weights that
            it starts from; else these are its result. Where validation has chosen these, a smaller
            gain is mostly chance: see `benchmarks/small_gains.py`. For networks that are trained on
            series alone.
    """

    number: int
    genome: G_co
    parents: tuple[int, ...] = ()
    how: Mapping[str, Any] = field(default_factory=dict)
    effort: int = 1
    memory: Memory | None = field(default=None, compare=False)
    rate: float = 1.0
    teacher: G_co | None = field(default=None, compare=False)
    weight_decay: float = 0.0
    with_gradient_rms: bool = False
    least_gain: float = 0.0

    @property
    def n_trainings(self) -> int:
        """How many trainings of the settings' length it is worth, without what is behind it."""
        return n_trainings(self.effort, self.how)


@dataclass(frozen=True)
class Start:
    """A genome that a search begins with, beside or in place of its own first candidates.

    Attributes:
        genome: A network, with weights or without, or the tree of a node.
        origin: Where it comes from, in a few words: "runs/load, network 12".
        epochs: The epochs of training behind its weights.
        rate: The factor of the learning rates of its training.
    """

    genome: Genome
    origin: str
    epochs: int = 0
    rate: float = 1.0


START_FROM = "start-from"
"""How a candidate came that a search was given, in its `how`; `config.toml` says from where."""


def n_trainings(effort: int, how: Mapping[str, Any]) -> int:
    """Return how many trainings a candidate of this effort is worth, made in this way."""
    return effort - int(how.get("effort_before", 0))
