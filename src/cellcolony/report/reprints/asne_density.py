"""Tables 2 and 3 of the Ant Swarm paper: edges and recurrent edges of the best networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from statistics import fmean

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.experiments import Experiments, with_examm
from cellcolony.runs.battery.record import Record

NAMES = ("heuristic",)
COLUMNS = ("min", "max", "mean", "reduced by %")


def _tables(
    file: str, title: str, count: Callable[[Record], int | None], experiments: Experiments
) -> Iterator[Table]:
    """Yield the table of one kind of edges.

    Args:
        file: The name of its CSV file.
        title: What it shows.
        count: How many edges the network of a record has.
        experiments: What was run.
    """
    counts = {
        name: [n for record in one.records if (n := count(record)) is not None]
        for name, one in experiments.alone_and("EXAMM")
    }
    counts = {name: of for name, of in counts.items() if of}
    plain = fmean(counts["plain"]) if "plain" in counts else 0.0
    rows = [
        (name, min(of), max(of), fmean(of), 100 * (1 - fmean(of) / plain) if plain else None)
        for name, of in counts.items()
    ]
    if rows:
        says = (
            f"{title} of the best networks, over {experiments.battery.repeats} repeats, of each "
            "heuristic alone; what the last column is held against is lost with its formula: here "
            "it is the mean of the plain configuration"
        )
        yield Table(file, (*NAMES, *COLUMNS), rows, printed(says, NAMES, COLUMNS, rows))


for number, what, field in ((2, "edges", "n_edges"), (3, "recurrent edges", "n_recurrent_edges")):
    title = f"Table {number}: {what}"
    REPRINTS.register(f"asne_table_{number}")(
        Reprint(
            paper="asne",
            title=f"{title} of the best networks",
            option=f"--table {number}",
            needs=with_examm,
            tables=partial(_tables, f"asne_table_{number}.csv", title, attrgetter(field)),
        )
    )
