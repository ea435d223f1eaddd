"""Whether a pruned network reads what a series was made of: precision and recall of (column, lag).

    python benchmarks/true_taps.py RUNS

RUNS is what `cellcolony league` has written. For the synthetic series whose making is known, the
smallest network of each run's front whose validation loss is at most 2 % above the best is looked
at: which column, at which lag from the row that forecasts, reaches the output along a path that
passes no node twice, its time skips added. The target's own last row is left out of both counts:
the outputs are added to it, so a network may have to take it away again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cellcolony.networks.genome import Network
from cellcolony.runs.league.folder import run_path
from cellcolony.runs.league.standing import read_standing
from cellcolony.runs.open import open_run

TRUE = {
    "lagvar": {("c7", 2), ("c40", 17), ("c21", 6), ("c7", 1)},
    "delays": {("x1", 10), ("x2", 40), ("x1", 20), ("x2", 20)},
}
"""From the README of the data; lagvar has the target's own last row beside these."""
NEAR = 1.02


def main() -> None:
    folder = Path(sys.argv[1])
    for run in read_standing(folder).runs:
        if run.task in TRUE:
            result = open_run(run_path(folder, run.task, run.seed))
            best = result.chosen.loss
            network = next(one for one in result.front if one.loss <= NEAR * best)
            targets = {(name, 0) for name in result.facts.targets}
            found = set(pairs(network.network)) - targets
            true = TRUE[run.task]
            hits = len(found & true)
            print(
                f"{run.task} seed {run.seed}: {network.size} weights, {len(found)} pairs, "
                f"precision {hits / max(len(found), 1):.2f}, recall {hits / len(true):.2f}; "
                f"too many: {sorted(found - true)}, missing: {sorted(true - found)}"
            )


def pairs(network: Network) -> Iterator[tuple[str, int]]:
    """Yield each column and lag that reaches an output along a path without a circle."""
    live = network.live
    edges: dict[int, list[tuple[int, int]]] = {}
    for source, target in network.edges.tolist():
        edges.setdefault(target, []).append((source, 0))
    for source, target, skip in network.recurrent_edges.tolist():
        edges.setdefault(target, []).append((source, skip))
    names = {node.id: node.name for node in network.inputs}

    def back(node: int, lag: int, passed: frozenset[int]) -> Iterator[tuple[str, int]]:
        if node in names:
            yield names[node], lag
        for source, skip in edges.get(node, ()):
            if source in live and source not in passed:
                yield from back(source, lag + skip, passed | {source})

    for output in network.outputs:
        yield from back(output.id, 0, frozenset({output.id}))


if __name__ == "__main__":
    main()
