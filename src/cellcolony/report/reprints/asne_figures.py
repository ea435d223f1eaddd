"""Figures 3, 4 and 5 of the Ant Swarm paper: errors of experiments, and what each weight gives.

A box reaches from the lower to the upper quartile of the repeats, with a line at the median and a
dot for each repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.plots.style import COLOURS, RIVAL_COLOUR, figure_to
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.experiments import Experiments, anything, is_rival, with_examm
from cellcolony.report.tables import SPREAD, spread_row
from cellcolony.runs.battery.ranking import ordered
from cellcolony.runs.battery.summary import ConfigurationSummary, coefficient, compared_on
from cellcolony.runs.spread import Spread
from cellcolony.wording import printable

MOST_BEST = 25
"""Configurations of the grid in Figures 4 and 5: the best by the mean of their repeats."""
NAMES = ("experiment",)
ROW_INCHES, HEAD_INCHES, WIDTH_INCHES = 0.3, 1.2, 9.0

Named = Sequence[tuple[str, ConfigurationSummary]]


def best_of_grid(experiments: Experiments, most: int = MOST_BEST) -> list[ConfigurationSummary]:
    """Return the best configurations of the grid by the mean error of their repeats."""
    split = compared_on(experiments.grid)
    grid = [one for one in experiments.grid if one.errors(split)]
    return ordered(grid, split, "mean")[:most]


def _figure_3(experiments: Experiments) -> Named:
    return experiments.alone_and("fixed", "NEAT", "EXAMM")


def _figure_4(experiments: Experiments) -> Named:
    rivals = [(one.label, one) for one in experiments.rivals if one.label == "EXAMM"]
    return [*((one.label, one) for one in best_of_grid(experiments)), *rivals]


def _figure_5(experiments: Experiments) -> Named:
    alone = ((f"{name} alone", one) for name, one in experiments.alone_and())
    return [*((one.label, one) for one in best_of_grid(experiments)), *alone]


def _errors(experiments: Experiments, one: ConfigurationSummary) -> list[float]:
    return one.errors(compared_on(experiments.found))


def _coefficients(experiments: Experiments, one: ConfigurationSummary) -> list[float]:
    split = compared_on(experiments.found)
    found = (coefficient(record, split) for record in one.records)
    return [value for value in found if value is not None]


@dataclass(frozen=True)
class Boxes:
    """A figure of boxes, one for each experiment.

    Attributes:
        file: The name of the CSV file of its numbers.
        title: What it shows.
        axis: What its values are; "{split}" and "{error}" are filled in.
        named: Which experiments it shows, with what they are called.
        values: The value of each repeat.
    """

    file: str
    title: str
    axis: str
    named: Callable[[Experiments], Named]
    values: Callable[[Experiments, ConfigurationSummary], list[float]]

    def rows(self, experiments: Experiments) -> list[tuple[str, bool, list[float]]]:
        """Return what each experiment is called, whether it is a rival, and its values."""
        rows = (
            (name, is_rival(one.configuration), self.values(experiments, one))
            for name, one in self.named(experiments)
        )
        return [row for row in rows if row[2]]

    def tables(self, experiments: Experiments) -> Iterator[Table]:
        """Yield the numbers behind the boxes."""
        found = self.rows(experiments)
        rows = [(name, *spread_row(Spread.of(values))) for name, _, values in found]
        if rows:
            says = f"{self.title}: {self._axis(experiments)}, over the repeats"
            yield Table(self.file, (*NAMES, *SPREAD), rows, printed(says, NAMES, SPREAD, rows))

    def draw(self, experiments: Experiments, path: Path) -> bool:
        """Draw the boxes over what stands at a path; say whether there was anything to draw."""
        rows = self.rows(experiments)
        if not rows:
            return False
        with figure_to(path, WIDTH_INCHES, HEAD_INCHES + ROW_INCHES * len(rows)) as figure:
            axes = figure.add_subplot()
            places = range(len(rows))
            boxes = axes.boxplot(
                [values for _, _, values in rows], positions=places, orientation="horizontal",
                widths=0.6, showfliers=False, patch_artist=True,
            )  # fmt: skip
            for box, (_, rival, _) in zip(boxes["boxes"], rows, strict=True):
                box.set(facecolor=RIVAL_COLOUR if rival else COLOURS[0], alpha=0.35)
            for line in boxes["medians"]:
                line.set(color="black")
            for place, (_, _, values) in zip(places, rows, strict=True):
                axes.plot(values, [place] * len(values), "o", color="black", markersize=3)
            axes.set_yticks(places, [printable(name) for name, _, _ in rows], fontsize=8)
            axes.set_ylim(len(rows) - 0.5, -0.5)
            axes.set_xlabel(self._axis(experiments))
            axes.set_title(self.title, fontsize=10)
            axes.grid(axis="x", alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        return True

    def _axis(self, experiments: Experiments) -> str:
        split, error = compared_on(experiments.found), experiments.battery.title
        return self.axis.format(split=split, error=error)


ERRORS = partial(Boxes, axis="{split} {error} of the best network", values=_errors)
ALONE = ERRORS("asne_figure_3.csv", "Figure 3: heuristics alone, and rivals", named=_figure_3)
BEST = ERRORS("asne_figure_4.csv", "Figure 4: the best configurations", named=_figure_4)
CONTRIBUTION = Boxes(
    "asne_figure_5.csv",
    "Figure 5: what each weight contributes",
    "1 / ({split} {error} x weights); the paper's formula is lost",
    _figure_5,
    _coefficients,
)
FIGURES = {3: (anything, ALONE), 4: (with_examm, BEST), 5: (with_examm, CONTRIBUTION)}
for number, (needs, boxes) in FIGURES.items():
    REPRINTS.register(f"asne_figure_{number}")(
        Reprint("asne", boxes.title, f"--figure {number}", needs, boxes.tables, boxes.draw)
    )
