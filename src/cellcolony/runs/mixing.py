"""From several searches for nodes to the pool of a mixture, and the study that mixes them.

Source: Rawal & Miikkulainen 2018, section 4.3: of ten runs the best tenth of the nodes, and of
those the 20 that are most distant from the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cellcolony import cells
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.contract import Judge
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.proxy import ProxyTraining
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.ledger import Order
from cellcolony.runs.open import open_run
from cellcolony.runs.pool import MOST_POOLED, pool_of_run
from cellcolony.runs.resume import data_of
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import KNOWN, USUAL, ControlStage
from cellcolony.runs.stages.final_scores import TEXT_MEMBERS, FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.mixtures import Mixtures
from cellcolony.search.nodes.distance import distance
from cellcolony.search.nodes.raced import RacedNodes
from cellcolony.tasks import Files, Task

TOP, DIVERSE = 0.1, 20
"""The share of each run's nodes, and how many of all those, as published."""
CONTROLS = f"{USUAL},{KNOWN}"
"""Mixtures drawn at random, as published, and mixtures that evolution has no part in."""


@dataclass(frozen=True)
class PooledNode:
    """A node of a run.

    Attributes:
        tree: The node.
        loss: Its validation loss as a candidate.
        run: The run directory.
        number: Its number there.
    """

    tree: Tree
    loss: float
    run: Path
    number: int


def nodes_of(runs: Sequence[Path], top: float = TOP) -> list[PooledNode]:
    """Return the best nodes of several searches, the best first; of those that equal, one.

    Args:
        runs: Run directories of searches for nodes on one text, by one training.
        top: The share of each run's nodes that is taken, at least one, and 100 at most.

    Raises:
        ConfigError: `top` is out of its range, or no run is named.
        RunError: A run is none of a search for nodes, is on another text or by another training, or
            cannot be read.
    """
    if not 0 < top <= 1:
        raise ConfigError(f"`top` must be above 0 and at most 1, a share of nodes. Got {top:g}.")
    if not runs:
        raise ConfigError("A mixture needs the runs of searches for nodes. Got none.")
    configs = [_config(run) for run in runs]
    for run, config in zip(runs[1:], configs[1:], strict=True):
        for what, own, first in (
            ("text", config.task["fingerprint"], configs[0].task["fingerprint"]),
            ("training", config.training, configs[0].training),
        ):
            if own != first:
                raise RunError(
                    f"{run} searched by another {what} than {runs[0]}: losses on the way to a "
                    "mixture must be of one kind. Mix runs that differ in their seeds alone."
                )
    found: dict[str, PooledNode] = {}
    for run, config in zip(runs, configs, strict=True):
        n = min(MOST_POOLED, max(1, math.ceil(top * open_run(run).n_done)))
        for one in pool_of_run(run, config).best(n):
            assert isinstance(one.genome, Tree)
            node = PooledNode(one.genome, one.loss, run, one.number)
            key = digest_of(one.genome)
            if key not in found or node.loss < found[key].loss:
                found[key] = node
    return sorted(found.values(), key=lambda one: (one.loss, str(one.run), one.number))


def diverse(nodes: Sequence[PooledNode], n: int = DIVERSE) -> list[PooledNode]:
    """Return the nodes that are farthest from all others in the mean, the best first.

    The best of all is among them [ours], so that a mixture of it alone can be tried.

    Args:
        nodes: The best first.
        n: How many.

    Raises:
        ConfigError: There are fewer than two, in `nodes` or to be chosen.
    """
    if n < 2 or len(nodes) < 2:
        raise ConfigError(
            f"A mixture needs two different nodes at least. Got {min(n, len(nodes))}: take a "
            "larger share of each run, or more runs."
        )
    apart = np.array([[distance(a.tree, b.tree) for b in nodes] for a in nodes]).sum(1)
    apart[0] = math.inf
    chosen = sorted(np.argsort(-apart, kind="stable")[:n].tolist())
    return [nodes[i] for i in chosen]


def names_of(nodes: Sequence[PooledNode]) -> tuple[str, ...]:
    """Return the nodes as names of cells."""
    return tuple(cells.tree_name(one.tree) for one in nodes)


def mixing_study(
    runs: Sequence[str | Path],
    *,
    top: float = TOP,
    n_diverse: int = DIVERSE,
    layers: int | None = None,
    control: str | None = CONTROLS,
    n_seeds: int | None = None,
    judge: Judge | None = None,
    seed: int = 0,
    order: Order = "arrival",
    task: Task | None = None,
    files: Files | None = None,
    **settings: Any,
) -> Study:
    """Return the study that mixes the nodes of several searches, on their text, as they trained.

    Candidates and final trainings are those of the first run; the best node of all runs is the
    rival, at equal weights where those were equal.

    Args:
        runs: Run directories of searches for nodes that differ in their seeds.
        top: The share of each run's nodes that enters the pool.
        n_diverse: How many of them, the most distant, are mixed.
        layers: How many layers a mixture has; None for as many as the runs' models.
        control: Searches that learn nothing, or have no evolved node; None for none.
        n_seeds: With how many seeds everybody is trained in the end; None for as in the runs.
        judge: How much training a mixture gets, or what else leads the search; None for as in the
            runs where those trained by proxy, else one whole training.
        seed: Keys every random stream.
        order: "arrival", or "strict": the same study for any number of workers.
        task: The text, where the caller has it; None to read again what the runs were begun with.
        files: The files of splits whose files have moved, by "train", "valid" and "test".
        **settings: Those of `Mixtures`: `groups`, `skips`, `guide`, ...

    Raises:
        ConfigError: A setting has a value that it cannot have, or there are too few nodes.
        DataError: The text cannot be used.
        RunError: A run is none of a search for nodes, differs from the others in more than its
            seed, or cannot be read; or its text has changed.
    """
    paths = [Path(run) for run in runs]
    nodes = diverse(nodes_of(paths, top), n_diverse)
    config = read_config(paths[0])
    data = data_of(paths[0], config, task, files or {})
    training = _in_layers(config.training, layers)
    if isinstance(config.method, RacedNodes):
        settings = {"efforts": config.method.efforts, "shares": config.method.shares, **settings}
    else:
        settings = {"efforts": (1,), "shares": (1.0,), **settings}
    pool = names_of(nodes)
    method = Mixtures(pool=pool, n_layers=training.model.layers, **settings)
    finals = config.stage("finals")
    if isinstance(finals, FinalsStage):
        finals = replace(finals, training=_in_layers(finals.training, layers))
    else:
        whole = replace(training.schedule, scored=1.0)  # by which the best epoch is chosen
        finals = FinalsStage(training=replace(training, schedule=whole))
    if n_seeds is not None:
        finals = replace(finals, n_seeds=n_seeds)
    if judge is None and isinstance(config.judge, ProxyTraining):
        judge = config.judge
    stages = (
        SearchStage(),
        *(() if control is None else (ControlStage(method=control),)),
        CellsStage(cells=pool[:1]),
        finals,
        FinalScoresStage(most_members=TEXT_MEMBERS),
    )
    return Study.of(
        data, method, training=training, judge=judge, stages=stages, seed=seed, order=order
    )


def _in_layers(training: LanguageTraining, n: int | None) -> LanguageTraining:
    return training if n is None else replace(training, model=replace(training.model, layers=n))


def _config(run: Path) -> StudyConfig:
    config = read_config(run)
    if config.genome != Tree.kind:
        raise RunError(
            f"{run} is no search for nodes, but for a {config.genome}. A mixture is made of runs "
            "of `cellcolony evolve-node`."
        )
    return config
