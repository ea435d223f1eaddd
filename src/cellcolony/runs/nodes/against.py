"""Random search over the same trees, with as many trainings: what evolution's guidance is worth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import tomli_w

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.differences import differences
from cellcolony.runs.events import Champion, Observer
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.result import NodeOutcome
from cellcolony.runs.nodes.searching import Hands, Searching
from cellcolony.runs.nodes.stored import read_node_config
from cellcolony.search.nodes import RandomTrees
from cellcolony.store.writing import recording

RANDOM = "random"
METHODS = (RANDOM,)
TITLE = "random search"
"""What its best node is called among the rivals."""


@dataclass(frozen=True)
class RandomFound:
    """What random search found.

    Attributes:
        best: Its best node, chosen on validation like everything else; None where none succeeded.
        n_networks: How many candidates it drew.
        seconds: Its wall time.
    """

    best: Champion | None = None
    n_networks: int = 0
    seconds: float = 0.0


def random_config(config: NodeConfig) -> NodeConfig:
    """Return the settings of the random search that an evolution is held against.

    Raises:
        ConfigError: The search is no evolution of nodes.
    """
    return replace(config, search=RandomTrees.like(config.search), tuned=())


def check_random(path: Path, config: NodeConfig) -> bool:
    """Say whether an earlier session has begun the random search.

    Args:
        path: Where its directory stands, or is to stand.
        config: The settings of the evolution.

    Raises:
        RunError: Something else stands there.
    """
    if path.is_symlink():
        raise RunError(f"{path} is a link, and a run is not written to where it leads. Remove it.")
    directory.remove_unbegun(path)
    if not path.exists():
        return False
    wanted = random_config(config).to_compare()
    found = differences(read_node_config(path).to_compare(), wanted)
    if found:
        raise RunError(
            f"{path} holds another search than the one that this run is held against: "
            f"{'; '.join(found)}. Move it away."
        )
    return True


def search_at_random(
    path: Path, config: NodeConfig, n_networks: int, hands: Hands, observers: Sequence[Observer]
) -> RandomFound:
    """Run the random search, or go on with it.

    Args:
        path: Its run directory.
        config: The settings of the evolution.
        n_networks: How many candidates it may draw: as many as the evolution did.
        hands: Who trains.
        observers: Who watches.

    Raises:
        RunError: Something else stands there, or a file of it is damaged.
        KeyboardInterrupt: The user wants to leave; what was done is kept.
    """
    own, budget = random_config(config), Budget(n_networks=n_networks)
    is_begun = check_random(path, config)
    with ExitStack() as stack:
        begin = Searching.begin(path, own)
        searching = Searching.go_on(stack, path, own) if is_begun else begin
        searching.record(stack, budget, hands.workers)
        ended = searching.search(hands, budget, observers, TITLE.capitalize())
        if ended.interrupted:  # with fewer candidates it would be no fair rival
            raise KeyboardInterrupt
        books = searching.restored.books
        outcome = NodeOutcome(
            str(budget), hands.workers, ended.reason, ended.interrupted, round(ended.seconds, 3)
        )
        with recording(path):
            directory.write_file(path / directory.RESULT, tomli_w.dumps(asdict(outcome)))
    front = tuple(books.front)
    return RandomFound(front[-1] if front else None, books.n_done, ended.seconds)
