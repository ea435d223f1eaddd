"""The genomes that a study can hold: how each kind is read, its size and files, and champions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.cells.lower.latex import as_latex
from cellcolony.cells.tree import Tree
from cellcolony.contract import Evaluation, Genome
from cellcolony.errors import GenomeError
from cellcolony.layers.mixture import Mixture
from cellcolony.networks.genome import Network
from cellcolony.store.reading import parse_tensors

GENOME, WEIGHTS, CELL, EQUATIONS = (
    "genome.json", "weights.safetensors", "cell.json", "equations.tex",
)  # fmt: skip
PARTS = ("edges", "recurrent_edges", "cells")
"""Of a network's weights, each in the genome's order."""


class Kind(NamedTuple):
    """A kind of genome.

    Attributes:
        noun: What one is called in a report.
        unit: What its size counts, in the singular.
        size: Returns the size of one.
        files: From a genome and its number to what stands in its folder, by the files' names.
        stored: Reads those files: from the values of `genome.json` and the bytes of the weights.
        names: Of those files; weights are among them where a trained genome carries some.
        sooner: What lets its training end sooner, for advice.
        steadier: What lets its training diverge less easily, for advice.
    """

    noun: str
    unit: str
    size: Callable[[Any], int]
    files: Callable[[Any, int], dict[str, bytes]]
    stored: Callable[[Any, bytes], Genome]
    names: tuple[str, ...]
    sooner: str
    steadier: str


def size_of(genome: Genome) -> int:
    """Return the size by which the best of each size is kept."""
    return KINDS[genome.kind].size(genome)


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


def _network_files(network: Network, number: int) -> dict[str, bytes]:
    return {GENOME: network_json(network).encode(), WEIGHTS: save(weight_tensors(network))}


def network_json(network: Network) -> str:
    """Return a network's structure as JSON, one node or edge a line."""
    parts = []
    for key, rows in network.to_dict().items():
        lines = ",\n  ".join(json.dumps(row) for row in rows)
        parts.append(f' "{key}": [\n  {lines}\n ]' if rows else f' "{key}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def weight_tensors(network: Network) -> dict[str, NDArray[np.float32]]:
    """Return the weights of edges, of recurrent edges and of cells, each in the genome's order."""
    assert network.weights is not None
    ends = np.cumsum([len(network.edges), len(network.recurrent_edges)])
    return dict(zip(PARTS, np.split(network.weights, ends), strict=True))


def _stored_network(plain: Any, weights: bytes) -> Network:
    tensors = parse_tensors(weights)
    parts = [tensors[name] for name in PARTS if name in tensors]
    if len(parts) < len(PARTS) or any(p.dtype != np.float32 or p.ndim != 1 for p in parts):
        raise ValueError(f"{WEIGHTS} must hold {', '.join(PARTS)}, each a list of float32")
    network = Network.from_dict(plain, np.concatenate(parts))
    if not network.live:  # raises where no input reaches an output
        raise ValueError("it has no nodes")
    return network


def _tree_files(tree: Tree, number: int) -> dict[str, bytes]:
    cell = tree.to_cell(f"node {number}")
    texts = {
        GENOME: json.dumps(tree.to_dict(), indent=1) + "\n",
        CELL: json.dumps(cell.to_dict(), indent=1) + "\n",
        EQUATIONS: f"\\[\n{as_latex(cell)}\n\\]\n",
    }
    return {name: text.encode() for name, text in texts.items()}


def _mixture_files(mixture: Mixture, number: int) -> dict[str, bytes]:
    return {GENOME: f"{json.dumps(mixture.to_dict(), indent=1)}\n".encode()}


STEADIER = "lower --learning-rate, or let first weights come from a smaller range (--bound)"
"""What may help where the loss of a language model was not a number."""
KINDS: dict[str, Kind] = {
    Network.kind: Kind(
        "network", "weight", lambda network: network.n_weights,
        _network_files, _stored_network, (GENOME, WEIGHTS),
        "let candidates be smaller, or train for fewer epochs",
        "lower `learning_rate` in the table [training] of a --preset of your own, or look for "
        "extreme values in the data",
    ),
    Tree.kind: Kind(
        "node", "element", lambda tree: tree.n_elements,
        _tree_files, lambda plain, _: Tree.from_dict(plain), (GENOME, CELL, EQUATIONS),
        "lower --hidden, --layers, --epochs or --most-height",
        STEADIER,
    ),
    Mixture.kind: Kind(
        "mixture", "kind", lambda mixture: mixture.n_kinds,
        _mixture_files, lambda plain, _: Mixture.from_dict(plain), (GENOME,),
        "lower --layers, or mix nodes whose searches had smaller models or fewer epochs",
        f"mix nodes whose searches were steadier: there {STEADIER}",
    ),
}  # fmt: skip
"""By what genomes call themselves in files."""


@dataclass(frozen=True, eq=False)
class Champion:
    """A genome of the front.

    Attributes:
        number: The candidate's number.
        genome: A network with its trained weights, or a node's tree.
        loss: Its validation loss: in scaled units, or in nats a token.
        seconds: How long its training took, in wall time.
        epochs_before: The epochs of training behind its starting weights.
        own_epochs: How many epochs it was trained itself.
        rate: The factor of the learning rates of its training.
    """

    number: int
    genome: Genome
    loss: float
    seconds: float = 0.0
    epochs_before: int = 0
    own_epochs: int = 0
    rate: float = 1.0

    @property
    def network(self) -> Network:
        """The network; only where networks were searched for."""
        assert isinstance(self.genome, Network)
        return self.genome

    @property
    def noun(self) -> str:
        """What the genome is called: "network", "node", "mixture"."""
        return KINDS[self.genome.kind].noun

    @property
    def title(self) -> str:
        """What it is called: "network 97"."""
        return f"{self.noun} {self.number}"

    def files(self) -> dict[str, bytes]:
        """Return what stands in its folder, by the files' names."""
        return KINDS[self.genome.kind].files(self.genome, self.number)

    @property
    def size(self) -> int:
        """How large the genome is, in what its kind counts."""
        return size_of(self.genome)

    @property
    def epochs(self) -> int:
        """How many epochs of training it received in all."""
        return self.epochs_before + self.own_epochs
