"""The cells of the literature as trees: where evolution may start, and what it must not find again.

Each computes what the library's cell of that name does, with its inputs numbered as they come here.
The recurrent highway network of depth 1 (Zilly et al. 2017) with coupled gates is the update-gate
network: t tanh(z0) + (1 - t) h.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "lstm": "mul(sigmoid(z3), tanh(add(mul(sigmoid(z1), c), mul(sigmoid(z0), tanh(z2)))>c))",
        "gru": "gate(z0, h, tanh(add(x2, mul(sigmoid(z1), u2))))",
        "mgu": "gate(z0, tanh(add(x1, mul(sigmoid(z0), u1))), h)",
        "ugrnn": "gate(z1, h, tanh(z0))",
        "rhn": "gate(z1, tanh(z0), h)",
        "nascell": (
            "tanh(mul("
            "mul(tanh(add(tanh(mul(sigmoid(z0), relu(z1))), c)), "
            "tanh(add(sigmoid(z2), relu(mul(x3, u3)))))>c, "
            "tanh(add(tanh(mul(tanh(z4), sigmoid(z5))), sigmoid(add(tanh(z6), sigmoid(z7)))))))"
        ),
    }
)
"""Elements are those of the grammar `gated`; the LSTM is one of the paper's grammar too."""
WITHOUT_BIAS = frozenset({"nascell"})
"""Their inputs have no bias in the literature."""
SEEDS = ("gru", "lstm", "mgu", "ugrnn")
"""Where the starts `gated` begin."""


@cache
def known_tree(name: str, bias: bool | None = None) -> Tree:
    """Return a cell of the literature as a tree.

    Args:
        name: One of `TEXTS`.
        bias: Whether its inputs have a bias; None for as in the literature.
    """
    return Tree(parse(TEXTS[name]), name not in WITHOUT_BIAS if bias is None else bias)
