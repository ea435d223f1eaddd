"""A memory cell of your own: written as a formula, brought by a package, used in a search, drawn.

You learn what a cell is made of (`slow_trace/cell.py`: no gradient and no kernel are written by
hand, both are derived), how a package brings it by an entry point (`pyproject.toml`), and how to
find out what it is worth: a search for networks of this cell and one for networks of GRU, on the
same data, with as much training.

    pip install ./examples/own_cell
    cellcolony list cells                               # it stands among the others
    python examples/own_cell/search.py                  # less than a minute
    python examples/own_cell/search.py --trainings 300  # a better answer

The drawings are written to runs/own_cell.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from pathlib import Path

from cellcolony import Forecast, Network, Result, cells, evolve, preset
from cellcolony.drawing import draw_cells, draw_svg
from cellcolony.search.taps import Taps

OWN, OTHER = "slow_trace", "gru"


def search(task: Forecast, cell: str, n_trainings: int) -> Result:
    """Search for a forecast with networks whose hidden nodes are of one cell."""
    protocol = preset("default").training
    return evolve(
        task, Taps(cells=(cell,)), f"{n_trainings} trainings", training=protocol, rivals=("ridge",)
    )


def hidden_cells(network: Network) -> str:
    """Say of which cells the hidden nodes of a network are."""
    found = Counter(node.cell for node in network.nodes if node.kind == "hidden")
    return ", ".join(f"{n} {cell}" for cell, n in sorted(found.items())) or "none: it is linear"


def main() -> None:
    """Search with the cell and with another, and draw both."""
    options = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    options.add_argument("--trainings", type=int, default=60, help="of each search")
    options.add_argument("--out", type=Path, default=Path("runs/own_cell"))
    given = options.parse_args()
    if OWN not in cells.names():
        sys.exit(f"There is no cell {OWN} yet: pip install {Path(__file__).parent}")

    weights = ", ".join(weight.name for weight in cells.get(OWN).weights())
    print(f"{OWN} has the weights {weights}.\n")

    task = Forecast.demo()  # a vessel with a crust that grows slowly, and that nobody measures
    found = {cell: search(task, cell, given.trainings) for cell in (OWN, OTHER)}
    for cell, result in found.items():
        evolved = result.models[0]
        print(f"{cell:12} test MAE {evolved.value('test'):.4f}, {evolved.n_weights} weights")
        print(f"{'':12} hidden nodes: {hidden_cells(result.best)}")
    print("\nOne search each is an anecdote: repeat it with other seeds before you believe it.")

    given.out.mkdir(parents=True, exist_ok=True)
    beside = [(name, cells.get(name)) for name in (OWN, OTHER)]
    (given.out / "cells.svg").write_text(draw_cells(beside), encoding="utf-8")
    network = draw_svg(found[OWN].best, f"The best network of {OWN}")
    (given.out / "network.svg").write_text(network, encoding="utf-8")
    print(f"Drawings: {given.out / 'cells.svg'}, {given.out / 'network.svg'}")


if __name__ == "__main__":
    main()
