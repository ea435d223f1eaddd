"""Genomes, candidates and evaluations as plain arrays and values.

A checkpoint holds them, and the state of a judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.contract import Candidate, Evaluation, Genome
from cellcolony.errors import brief
from cellcolony.layers.mixture import Mixture
from cellcolony.networks.genome import Network
from cellcolony.settings import MOST

_READERS: dict[str, Callable[[Any], Genome]] = {
    one.kind: one.from_dict for one in (Network, Tree, Mixture)
}


def plain_genome(genome: Genome) -> dict[str, Any]:
    """Return a genome under its kind, and its weights where it has them, as plain values."""
    if isinstance(genome, Network):
        return {genome.kind: genome.to_dict(), "weights": genome.weights}
    return {genome.kind: genome.to_dict()}


def read_genome(kind: str, saved: Mapping[str, Any]) -> Genome:
    """Read what `plain_genome` wrote.

    Raises:
        KeyError: There is no genome of this kind.
        GenomeError: It is not well formed.
    """
    if kind == Network.kind:
        return Network.from_dict(saved[kind], saved["weights"])
    return read_structure(kind, saved[kind])


def read_structure(kind: str, plain: Any) -> Genome:
    """Read what a genome's `to_dict` wrote, without weights.

    Raises:
        KeyError: There is no genome of this kind.
        GenomeError: It is not well formed.
    """
    return _READERS[kind](plain)


def candidate_to_dict(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as plain arrays and values."""
    return {
        "kind": candidate.genome.kind,
        "number": candidate.number,
        **plain_genome(candidate.genome),
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
        "effort": candidate.effort,
        "rate": candidate.rate,
        "weight_decay": candidate.weight_decay,
        "memory": None if candidate.memory is None else dict(candidate.memory),
        "teacher": None if candidate.teacher is None else plain_genome(candidate.teacher),
        "with_gradient_rms": candidate.with_gradient_rms,
        "least_gain": candidate.least_gain,
    }


def candidate_from_dict(saved: Mapping[str, Any]) -> Candidate:
    """Read what `candidate_to_dict` wrote.

    Raises:
        KeyError, TypeError, ValueError: A value is missing or invalid.
    """
    genome = read_genome(saved["kind"], saved)
    parents = tuple(int(parent) for parent in saved["parents"])
    effort, rate, how = int(saved["effort"]), float(saved["rate"]), dict(saved["how"])
    decay, least_gain = float(saved["weight_decay"]), float(saved.get("least_gain", 0.0))
    if effort < 1:
        raise ValueError(f"an effort must be at least 1, not {effort}")
    if not 0 < rate <= MOST:
        raise ValueError(f"a factor of the learning rate must be above 0, not {rate}")
    if not 0 <= decay <= 1:
        raise ValueError(f"a weight decay must be in [0, 1], not {decay}")
    if not 0 <= least_gain < 1:
        raise ValueError(f"a least gain must be in [0, 1), not {least_gain}")
    for key in ("epochs_before", "effort_before"):
        before = how.get(key, 0)
        if type(before) is not int or not 0 <= before <= MOST:
            raise ValueError(f"`{key}` must be a whole number from 0 on, not {brief(how)}")
    memory = _memory(saved["memory"])
    told = saved.get("teacher")
    teacher = None if told is None else read_genome(saved["kind"], told)
    number = int(saved["number"])
    with_rms = bool(saved.get("with_gradient_rms"))
    return Candidate(
        number, genome, parents, how, effort, memory, rate, teacher, decay, with_rms, least_gain
    )


def _memory(saved: Any) -> dict[str, Any] | None:
    if saved is None:
        return None
    if not all(isinstance(one, np.ndarray) for one in saved.values()):
        raise ValueError("what a training remembers must be arrays")
    return dict(saved)


def evaluation_to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain arrays and values."""
    return {
        "failure": evaluation.failure,
        "loss": evaluation.loss,
        "weights": evaluation.weights,
        "curve": np.array(evaluation.curve, np.float64),
        "seconds": evaluation.seconds,
        "n_steps": evaluation.n_steps,
        "memory": None if evaluation.memory is None else dict(evaluation.memory),
        "guide": evaluation.guide,
        "gradient_rms": evaluation.gradient_rms,
    }


def evaluation_from_dict(saved: Mapping[str, Any]) -> Evaluation:
    """Read what `evaluation_to_dict` wrote.

    Raises:
        KeyError, TypeError, ValueError: A value is missing or invalid.
    """
    seconds, n_steps = seconds_of(saved["seconds"]), int(saved["n_steps"])
    if saved["failure"] is not None:
        return Evaluation.failed(str(saved["failure"]), seconds, n_steps)
    losses = tuple(float(loss) for loss in np.asarray(saved["curve"]))
    memory = _memory(saved["memory"])
    loss, weights, guide = float(saved["loss"]), saved["weights"], saved.get("guide")
    guide = None if guide is None else float(guide)
    rms = saved.get("gradient_rms")
    return Evaluation.succeeded(loss, weights, losses, seconds, n_steps, memory, guide, rms)


def seconds_of(value: object) -> float:
    """Return how long a training took, as a file says.

    Raises:
        ValueError: It cannot be.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        raise ValueError(f"`seconds` must be a number from 0 on, not {brief(value)}")
    return float(value)
