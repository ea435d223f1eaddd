"""A cell's equations as one reads them on a terminal."""

from __future__ import annotations

import re

from cellcolony.cells.lower.equations import equations
from cellcolony.cells.lower.infix import Notation, formula
from cellcolony.cells.operation import OPERATIONS, filled
from cellcolony.cells.program import Cell

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "rho": "ρ", "tau": "τ", "phi": "φ",
    "psi": "ψ", "omega": "ω",
}  # fmt: skip
ACCENTS = {"tilde": "\u0303", "hat": "\u0302"}
NOW, BEFORE = "ₜ", "ₜ₋₁"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def as_text(cell: Cell) -> str:
    """Return a cell's equations, one a line, equal signs in a column.

    xₜ is the node's summed weighted input, yₜ what leaves the node, and the weights are called as
    in `Cell.weights`.
    """
    parts = equations(cell)
    lines = [(_written(line.name) + NOW, formula(line, parts, _TEXT)) for line in parts.lines]
    if parts.output != "y":
        lines.append(("y" + NOW, _written(parts.output) + NOW))
    width = max(_columns(name) for name, _ in lines)
    return "\n".join(f"{name}{' ' * (width - _columns(name))} = {right}" for name, right in lines)


def _written(name: str) -> str:
    """Return beta1 as β₁, h_tilde as h̃, b_z and b_0 as b_z and b₀."""
    base, _, rest = name.partition("_")
    if rest in ACCENTS:
        return base + ACCENTS[rest]
    found = re.fullmatch(r"([A-Za-z]+)(\d*)", base)
    if found:
        base = GREEK.get(found[1], found[1]) + found[2].translate(_SUBSCRIPTS)
    if rest.isdigit():
        return base + rest.translate(_SUBSCRIPTS)
    return f"{base}_{rest}" if rest else base


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: accents take none."""
    return sum(letter not in ACCENTS.values() for letter in text)


_TEXT = Notation(
    number=lambda number: f"{number:.6g}",
    weight=_written,
    now=lambda name: _written(name) + NOW,
    before=lambda name: _written(name) + BEFORE,
    call=lambda op, args: filled(OPERATIONS[op].text, *args),
    bracket=lambda text: f"({text})",
    times=" ",
    scale=" ",
    minus="−",
    power=lambda factor, n: factor + str(n).translate(_SUPERSCRIPTS),
)
