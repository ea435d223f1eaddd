"""The element of a tree: a leaf or an operation, with the elements under it.

Source: Rawal & Miikkulainen 2018, sections 3.1 and 3.3; ties to memory outputs are those of a Modi
tree (Zhang & Zhang 2004). What is marked [ours] was decided here because the paper does not say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern

from cellcolony.cells.operation import OPERATIONS, Operation
from cellcolony.errors import GenomeError, brief, did_you_mean

BASE = tuple(f"z{k}" for k in range(8))
"""The base inputs z_k = x(k) + h(k): the "base eight" of Zoph & Le 2017."""
MEMORIES = ("c", "d")
LEAVES = (*BASE, *MEMORIES)
"""The leaves of the paper."""
OUTPUT = "h"
"""The unit's own output of the step before, unweighted: the root is its next value [ours]."""
OF_INPUT = tuple(f"x{k}" for k in range(8))
"""The half of a base input that reads the layer's input, x(k) [ours]."""
OF_OUTPUT = tuple(f"u{k}" for k in range(8))
"""The half of a base input that reads the layer's output, h(k) [ours]."""
PROJECTED = (*BASE, *OF_INPUT, *OF_OUTPUT)
"""The leaves with a number k: those of the same k have weights in common."""
ALL_LEAVES = (*LEAVES, OUTPUT, *OF_INPUT, *OF_OUTPUT)
"""Every leaf that a tree may have; what evolution draws is its grammar's choice."""
INPUTS = frozenset((*BASE, *OF_INPUT))
"""The leaves that read the layer's input."""


def _drawn(arity: int) -> tuple[str, ...]:
    """Return the operations that genetic programming draws from, in the order of their ranks."""
    own = (OPERATIONS[name] for name in OPERATIONS.own_names())
    ranked = sorted((o.tree_rank, o.name) for o in own if o.arity == arity and _in_trees(o))
    return tuple(name for _, name in ranked)


def _in_trees(operation: Operation) -> bool:
    return operation.tree_rank is not None


UNARY, BINARY, TERNARY = _drawn(1), _drawn(2), _drawn(3)
ARITY = {op: arity for arity, ops in enumerate((ALL_LEAVES, UNARY, BINARY, TERNARY)) for op in ops}


def arity_of(op: str) -> int | None:
    """Return how many elements stand under one; None if no tree may contain it.

    Operations of other packages may stand in trees, though none is drawn.

    Raises:
        ConfigError: The package that brings the operation cannot be loaded.
    """
    if op in ARITY:
        return ARITY[op]
    if op not in OPERATIONS or not _in_trees(OPERATIONS[op]):
        return None
    return OPERATIONS[op].arity


MOST_HEIGHT = 15
"""Edges from the root to the farthest leaf (section 3.3)."""
MOST_ELEMENTS = 1_000
"""[ours] The paper does not bound the width; the best trees that it draws have some 50 elements."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a tree, with all that lies under it.

    Attributes:
        op: One of `ALL_LEAVES`, or an operation that may stand in trees.
        args: The elements under it.
        output: The memory output that it is tied to, "c" or "d"; empty for none. Only an element
            that is no leaf is tied [ours], and only if it reads a memory.
        n_elements: How many elements it has, itself among them.
        height: Edges from here to the farthest leaf.
        n_inputs: How many of its leaves read the layer's input.
        reads_memory: Whether one of its leaves is a memory.
        shape: Its structure alone, as a text: each element's arity, then what lies under it; the
            same for mirror images.
        pattern: The same with operations and ties, without telling z0 from z1, nor memory c from d.
        ordered: Its text, where the branches of an element that commutes stand in an order of their
            own; the same for mirror images.

    Raises:
        GenomeError: The operation is unknown or takes another number of arguments; two unary
            elements follow each other; it is tied and must not be; it is too high or too large.
    """

    op: str
    args: tuple[Element, ...] = ()
    output: str = ""
    n_elements: int = field(init=False, compare=False, repr=False)
    height: int = field(init=False, compare=False, repr=False)
    n_inputs: int = field(init=False, compare=False, repr=False)
    reads_memory: bool = field(init=False, compare=False, repr=False)
    shape: str = field(init=False, compare=False, repr=False)
    pattern: str = field(init=False, compare=False, repr=False)
    ordered: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        op, args = self.op, self.args
        if arity_of(op) != len(args):
            raise GenomeError(_wrong_operation(op, len(args)))
        keep = object.__setattr__
        keep(self, "n_elements", 1 + sum([arg.n_elements for arg in args]))
        keep(self, "height", 1 + max([arg.height for arg in args]) if args else 0)
        if args:
            shapes = sorted([arg.shape for arg in args], reverse=True)
            keep(self, "n_inputs", sum([arg.n_inputs for arg in args]))
            keep(self, "reads_memory", any(arg.reads_memory for arg in args))
            keep(self, "shape", intern(f"{len(args)}{''.join(shapes)}"))
            patterns, ordered = [arg.pattern for arg in args], [arg.ordered for arg in args]
            if commutes(op):
                patterns.sort()
                ordered.sort()
            keep(self, "pattern", f"{op}({','.join(patterns)})")
            keep(self, "ordered", f"{op}({', '.join(ordered)})")
        else:
            keep(self, "n_inputs", int(op in INPUTS))
            keep(self, "reads_memory", op in MEMORIES)
            keep(self, "shape", "0")
            keep(self, "pattern", "m" if op in MEMORIES else op[0])
            keep(self, "ordered", op)
        if self.output:
            keep(self, "pattern", f"{self.pattern}>m")
            keep(self, "ordered", f"{self.ordered}>{self.output}")
        self._check()

    def _check(self) -> None:
        if len(self.args) == 1 and len(self.args[0].args) == 1:
            raise GenomeError(
                f"Two unary elements must not follow each other. Got {self.op} of "
                f"{self.args[0].op}. Leave one out, or put a binary element between them."
            )
        if self.output:
            if self.output not in MEMORIES:
                raise GenomeError(
                    f"An element is tied to one of {MEMORIES}. Got {brief(self.output)}."
                )
            if not (self.args and self.reads_memory):
                raise GenomeError(
                    f"Only an inner element with a path from c or d can be tied to a memory. "
                    f"{brief(self.text)} has none: leave `>{self.output}` out."
                )
        if self.height > MOST_HEIGHT:
            raise GenomeError(f"A tree's height must be at most {MOST_HEIGHT}. Got {self.height}.")
        if self.n_elements > MOST_ELEMENTS:
            raise GenomeError(
                f"A tree must have at most {MOST_ELEMENTS:,} elements. Got {self.n_elements:,}."
            )

    def __hash__(self) -> int:
        return hash(self.ordered)

    @property
    def text(self) -> str:
        """The element as it stands: `mul(sigmoid(z0), c)>d`; the tie comes last."""
        tie = f">{self.output}" if self.output else ""
        if not self.args:
            return self.op
        return f"{self.op}({', '.join(arg.text for arg in self.args)}){tie}"

    def with_args(self, *args: Element) -> Element:
        """Return it with others under it; its tie goes where no memory is read any more [ours]."""
        reads = any(arg.reads_memory for arg in args)
        return Element(self.op, args, self.output if reads else "")

    def tied(self, output: str) -> Element:
        """Return it tied to a memory output, or to none where `output` is empty."""
        return self if output == self.output else Element(self.op, self.args, output)

    def walk(self) -> Iterator[Element]:
        """Yield all its elements, each before what lies under it."""
        yield self
        for arg in self.args:
            yield from arg.walk()


def commutes(op: str) -> bool:
    """Say whether the branches of an operation may change places."""
    return OPERATIONS[op].commutes


def _wrong_operation(op: str, n_args: int) -> str:
    arity = arity_of(op)
    if arity is not None:
        return f"{op!r} takes {arity} arguments. Got {n_args}."
    return f"{brief(op)} is no element of a tree.{did_you_mean(op, ARITY)}"
