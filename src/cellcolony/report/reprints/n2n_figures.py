"""Figures 3 and 5 of From Nodes to Networks: learning curves, and the nodes side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from cellcolony.cells.known_trees import known_tree
from cellcolony.drawing import draw_cells
from cellcolony.report.battery.table import Table, printed
from cellcolony.report.plots.style import COLOURS, describe, figure_to
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.n2n import EVOLVED, UNTIED, Studies
from cellcolony.report.sections.curves import Curve, curves_of
from cellcolony.store.files import write_file
from cellcolony.wording import printable

CURVES = (EVOLVED, "nascell", "lstm")
"""Whose learning curves the paper shows."""


def _curves(studies: Studies) -> list[Curve]:
    """Return the curves of the first seed."""
    found = [one for one in curves_of(studies.result(UNTIED)) if one.model in CURVES]
    return [next(one for one in found if one.model == name) for name in CURVES]


def _tables(studies: Studies) -> Iterator[Table]:
    curves = _curves(studies)
    by_epoch = [dict(curve.points) for curve in curves]
    epochs = sorted({epoch for points in by_epoch for epoch in points})
    rows = [(int(epoch), *(points.get(epoch) for points in by_epoch)) for epoch in epochs]
    names = tuple(curve.model for curve in curves)
    says = "Figure 3: perplexity on validation after each epoch, first seed, untied models"
    yield Table("n2n_figure_3.csv", ("epoch", *names), rows, printed(says, ("epoch",), names, rows))


def _draw_curves(studies: Studies, path: Path) -> bool:
    with figure_to(path, 7.0, 4.0) as figure:
        axes = figure.add_subplot()
        for colour, curve in zip(cycle(COLOURS), _curves(studies), strict=False):
            epochs, values = zip(*curve.points, strict=True)
            axes.plot(epochs, values, color=colour, marker="o", label=printable(curve.model))
        describe(
            axes,
            "epoch",
            "perplexity on validation",
            "Figure 3: learning curves",
        )
    return True


def _no_tables(studies: Studies) -> Iterator[Table]:
    yield from ()


def _draw_nodes(studies: Studies, path: Path) -> bool:
    """Draw the best node beside NASCell and the LSTM."""
    best = studies.result(studies.best_node.name).best
    trees = [(name, known_tree(name)) for name in ("nascell", "lstm")]
    write_file(path, draw_cells([(EVOLVED, best), *trees], "Figure 5: three nodes"))
    return True


REPRINTS.register("n2n_figure_3")(
    Reprint(
        paper="n2n",
        title="Figure 3: learning curves of the evolved node, NASCell and the LSTM",
        option="--figure 3",
        needs=lambda name: name == UNTIED,
        tables=_tables,
        figure=_draw_curves,
    )
)
REPRINTS.register("n2n_figure_5")(
    Reprint(
        paper="n2n",
        title="Figure 5: the evolved node, NASCell and the LSTM",
        option="--figure 5",
        needs=lambda name: name.startswith("node-"),
        tables=_no_tables,
        figure=_draw_nodes,
    )
)
