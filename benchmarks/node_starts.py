"""Write the best nodes of several searches as files that another search can start from.

    python benchmarks/node_starts.py RUN... --out FOLDER [--best 8]

Of the nodes on the highest rungs of all runs, the best by loss, no two of the same values and none
that computes what a cell of the literature does; where runs have niches, these take turns. Writes
`00.json`, `01.json` and so on, for `evolve-node --start-from`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from pathlib import Path

from cellcolony.cells.known_trees import TEXTS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History, Judged


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("runs", type=Path, nargs="+")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--best", type=int, default=8)
    asked = arguments.parse_args()
    asked.out.mkdir(parents=True)
    for i, (run, one, tree) in enumerate(islice(_in_turn(asked.runs), asked.best)):
        (asked.out / f"{i:02}.json").write_text(json.dumps(tree.to_dict()))
        print(f"{i:02} {one.loss:.4f} {run.name} {one.number} {tree.text}")


def _in_turn(runs: list[Path]) -> Iterator[tuple[Path, Judged, Tree]]:
    """Yield the nodes of all niches, the best of each in turn."""
    by_niche = defaultdict[str, list[tuple[Path, Judged, Tree]]](list)
    seen = {digest_of(known_tree(name)) for name in TEXTS}
    for run, one, tree in sorted(chain.from_iterable(map(_highest, runs)), key=_loss):
        if (value := digest_of(tree)) not in seen:
            seen.add(value)
            by_niche[str(one.how.get("niche", ""))].append((run, one, tree))
    niches = sorted(by_niche, key=lambda name: _loss(by_niche[name][0]))
    for row in zip_longest(*(by_niche[name] for name in niches)):
        yield from (found for found in row if found is not None)


def _loss(found: tuple[Path, Judged, Tree]) -> float:
    assert found[1].loss is not None
    return found[1].loss


def _highest(run: Path) -> Iterator[tuple[Path, Judged, Tree]]:
    history = History.of(run / JOURNAL)
    scored = [one for one in history.by_arrival if one.loss is not None]
    highest = max(one.count("rung") or 0 for one in scored)
    for one in scored:
        if one.count("rung") == highest:
            tree = history.genome(one.number, Tree.kind)
            assert isinstance(tree, Tree)
            yield run, one, tree


if __name__ == "__main__":
    main()
