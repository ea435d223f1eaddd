r"""A cell's equations in LaTeX: an `aligned` block for display mathematics (needs amsmath).

As one node of a sparse network they are about numbers, as the units of a dense layer about vectors
and matrices.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cellcolony.cells.lower.equations import Equations, equations, of_layer
from cellcolony.cells.lower.infix import Notation, formula
from cellcolony.cells.lower.text import ACCENTS, GREEK
from cellcolony.cells.operation import OPERATIONS, filled
from cellcolony.cells.program import Cell


def as_latex(cell: Cell) -> str:
    r"""Return a cell's equations, one a line, aligned at the equal signs.

    x_t is the node's summed weighted input, y_t what leaves the node, and the weights are called as
    in `Cell.weights`. Put it between `\[` and `\]`.
    """
    return _aligned(equations(cell), _LATEX, output="y")


def as_layer_latex(cell: Cell) -> str:
    r"""Return the equations of a dense layer of a cell, one a line, aligned at the equal signs.

    x_t is the layer's input, h_t its output, each a vector; W_k and U_k are matrices, W belongs to
    x(), and \odot multiplies element by element. Put it between `\[` and `\]`.
    """
    return _aligned(equations(cell, of_layer, output="h"), _VECTORS, output="h")


def _aligned(parts: Equations, notation: Notation, output: str) -> str:
    lines = [(_now(line.name), formula(line, parts, notation)) for line in parts.lines]
    if parts.output != output:
        lines.append((_now(output), _now(parts.output)))
    body = " \\\\\n".join(f"  {name} &= {right}" for name, right in lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _written(name: str, step: str = "") -> str:
    r"""Return b_z as b_{z}, beta1 as \beta_{1}, h_tilde at step t as \tilde{h}_{t}."""
    base, _, rest = name.partition("_")
    found = re.fullmatch(r"([A-Za-z]+)(\d*)", base)
    letters, digits = (found[1], found[2]) if found else (base, "")
    symbol = f"\\{letters}" if letters in GREEK else _word(letters)
    if rest in ACCENTS:
        symbol, rest = f"\\{rest}{{{symbol}}}", ""
    lower = ",".join(part for part in (digits, _word(rest), step) if part)
    return f"{symbol}_{{{lower}}}" if lower else symbol


def _word(letters: str) -> str:
    if len(letters) <= 1 or letters.isdigit():
        return letters
    return f"\\mathrm{{{letters.replace('_', chr(92) + '_')}}}"


def _now(name: str) -> str:
    return _written(name, "t")


def _number(number: float) -> str:
    mantissa, _, exponent = f"{number:.6g}".partition("e")
    return f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


_LATEX = Notation(
    number=_number,
    weight=_written,
    now=_now,
    before=lambda name: _written(name, "t-1"),
    call=lambda op, args: filled(OPERATIONS[op].latex, *args),
    bracket=lambda text: f"({text})",
    times=" \\, ",
    scale=" \\, ",
    minus="-",
    power=lambda factor, n: f"{{{factor}}}^{{{n}}}",
)


def _projection(matrix: str, projected: str, alone: bool) -> str:
    text = f"{matrix} {projected}"
    return text if alone else f"({text})"


_VECTORS = replace(
    _LATEX,
    times=" \\odot ",
    power=lambda factor, n: f"{{{factor}}}^{{\\odot {n}}}",
    project=_projection,
)
