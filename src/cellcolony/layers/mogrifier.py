"""Mogrifier: input and previous output of a layer scale each other before every step.

Source: G. Melis, T. Kocisky, P. Blunsom 2020, "Mogrifier LSTM", eq. 1 and 2: round i = 1, 3, ...
multiplies the input by 2 sigmoid(Q_i h), round i = 2, 4, ... the output by 2 sigmoid(R_i x), each
as the round before left it. Only what a cell projects is scaled: a state that is simply the output,
as a GRU's, is read as it is [ours, as theirs is an LSTM].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cellcolony.errors import GenomeError

MOST_ROUNDS, MOST_RANK = 100, 100_000


@dataclass(frozen=True)
class Mogrifier:
    """How often input and output scale each other, and by which matrices.

    Attributes:
        rounds: How often, at least once; even rounds scale the output. Melis et al. use 5.
        rank: Each matrix is a product of two of this rank; 0 for whole matrices.

    Raises:
        GenomeError: A number is out of its range.
    """

    rounds: int
    rank: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.rounds <= MOST_ROUNDS:
            raise GenomeError(
                f"A mogrifier must have 1 to {MOST_ROUNDS} rounds. Got {self.rounds}."
            )
        if not 0 <= self.rank <= MOST_RANK:
            raise GenomeError(f"A mogrifier's rank must be 0 to {MOST_RANK:,}. Got {self.rank}.")

    def gates(self, n_inputs: int, n_units: int) -> tuple[Gate, ...]:
        """Return what each round multiplies by, in order.

        Args:
            n_inputs: Numbers of the input.
            n_units: Numbers of the output.
        """
        found: list[Gate] = []
        n = 0
        for number in range(self.rounds):
            of_input = number % 2 == 0
            rows, columns = (n_inputs, n_units) if of_input else (n_units, n_inputs)
            shapes = ((rows, columns),)
            if self.rank:
                shapes = ((self.rank, columns), (rows, self.rank))
            names = tuple(f"gates.{n + i}" for i in range(len(shapes)))
            found.append(Gate(of_input, names, shapes))
            n += len(shapes)
        return tuple(found)


class Gate(NamedTuple):
    """One round.

    Attributes:
        of_input: Whether it scales the input; otherwise the output.
        names: What its matrices are called among the weights of the layer, first factor first.
        shapes: `(rows, columns)` of each.
    """

    of_input: bool
    names: tuple[str, ...]
    shapes: tuple[tuple[int, int], ...]
