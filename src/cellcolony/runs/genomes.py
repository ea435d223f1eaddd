"""The kinds of genome that a run can hold: how each is read from a file, and how large one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cellcolony.cells.tree import Tree
from cellcolony.contract import Evaluation, Genome
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import Network


class Kind(NamedTuple):
    """A kind of genome.

    Attributes:
        noun: What one is called in a report.
        unit: What its size counts, in the singular.
        read: Reads what `to_dict` wrote, without weights.
        size: Returns the size of one.
    """

    noun: str
    unit: str
    read: Callable[[Mapping[str, Any]], Genome]
    size: Callable[[Any], int]


KINDS: dict[str, Kind] = {
    Network.kind: Kind("network", "weight", Network.from_dict, lambda network: network.n_weights),
    Tree.kind: Kind("node", "element", Tree.from_dict, lambda tree: tree.n_elements),
}
"""By what genomes call themselves in files."""


def size_of(genome: Genome) -> int:
    """Return the size by which the best of each size is kept."""
    return KINDS[genome.kind].size(genome)


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
    return KINDS[kind].read(saved[kind])


def kind_in(line: Mapping[str, Any]) -> str:
    """Return the kind of the genome that an `asked` line of a journal holds.

    Raises:
        ValueError: It holds none.
    """
    for kind in KINDS:
        if kind in line:
            return kind
    raise ValueError(f"there must be a {' or a '.join(KINDS)}")


def trained(genome: Genome, evaluation: Evaluation) -> Genome:
    """Return a genome with the weights that its training has left, where those are kept."""
    if isinstance(genome, Network) and evaluation.weights is not None:
        return genome.with_weights(evaluation.weights)
    return genome


def check_fits(genome: Genome, evaluation: Evaluation) -> None:
    """Check that the weights of an evaluation are those of a genome: a failure has none.

    Raises:
        GenomeError: A network has no trained weights, or too many or too few; or another genome has
            some.
    """
    if evaluation.failure is not None:
        return
    found = None if evaluation.weights is None else evaluation.weights.shape
    expected = (genome.n_all_weights,) if isinstance(genome, Network) else None
    if found != expected:
        raise GenomeError(f"The trained weights must have shape {expected}. Got {found}.")
