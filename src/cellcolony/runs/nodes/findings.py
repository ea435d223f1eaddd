"""What a search for nodes has found so far, in the files of its run directory.

config.toml      the settings, and the text's fingerprint; `kind` says that it is a search for nodes
journal.jsonl, checkpoint.json, lock   as in every search
front.csv        the best node of each size: elements against the search perplexity on validation
champions/ID/    tree.json, the genome; cell.json, what it computes; equations.tex
random/          the run of random search over the same trees
finals.jsonl     what follows the search, as it is done: rivals as candidates, once or
                 tuned, and final trainings
finals/NAME/     the files of each final training
scores.csv       at the end: the best node and its rivals, search and final perplexities, by seed
result.toml      budget, counts and times; written at the end
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import tomli_w

from cellcolony.cells.lower.latex import as_latex
from cellcolony.layers.epoch import perplexity
from cellcolony.runs import directory
from cellcolony.runs.directory import write_file
from cellcolony.runs.events import Champion
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.result import NodeOutcome, tree_in
from cellcolony.runs.nodes.scores import NodeScore, node_scores_csv
from cellcolony.runs.scores import table_csv
from cellcolony.store.writing import recording

TREE, CELL, EQUATIONS = "tree.json", "cell.json", "equations.tex"
FRONT_COLUMNS = (
    "candidate", "n_elements", "height", "n_weights", "search_valid_perplexity", "chosen",
)  # fmt: skip
OF_AN_END = (directory.RESULT, directory.SCORES)
"""What is written when a run has ended, and says nothing about one that goes on."""


class NodeFindings:
    """Writes the front, the scores and how a run ended.

    Everything raises RunError where the directory cannot be written any more.

    Args:
        path: The run directory.
        config: Its settings.
    """

    def __init__(self, path: Path, config: NodeConfig) -> None:
        self._path = path
        self._config = config

    def write_front(self, front: Sequence[Champion]) -> None:
        """Write down the front, and remove former champions."""
        path = self._path / directory.FRONT
        with recording(self._path):
            directory.write_champions(self._path, front, node_files)
            if front:
                write_file(path, self._front_csv(front))
            else:
                path.unlink(missing_ok=True)
            directory.remove_former_champions(self._path, front)

    def _front_csv(self, front: Sequence[Champion]) -> str:
        rows = []
        for champion in front:
            tree = tree_in(champion)
            model = self._config.model.of(tree.to_cell(), self._config.n_words)
            chosen = "yes" if champion is front[-1] else "no"
            size = (tree.n_elements, tree.height, model.n_weights)
            rows.append([champion.number, *size, perplexity(champion.loss), chosen])
        return table_csv(FRONT_COLUMNS, rows)

    def finish(self, scores: Sequence[NodeScore], outcome: NodeOutcome) -> None:
        """Write the scores, and how the run ended."""
        with recording(self._path):
            write_file(self._path / directory.SCORES, node_scores_csv(scores))
            write_file(self._path / directory.RESULT, tomli_w.dumps(asdict(outcome)))


def node_files(champion: Champion) -> dict[str, str | bytes]:
    """Return what stands in the folder of a node of the front."""
    tree = tree_in(champion)
    cell = tree.to_cell(f"node {champion.number}")
    return {
        TREE: json.dumps(tree.to_dict(), indent=1) + "\n",
        CELL: json.dumps(cell.to_dict(), indent=1) + "\n",
        EQUATIONS: f"\\[\n{as_latex(cell)}\n\\]\n",
    }
