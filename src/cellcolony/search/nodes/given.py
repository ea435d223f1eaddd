"""Given nodes, which a search for nodes begins with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cellcolony.cells.tree import Tree
from cellcolony.contract import START_FROM, Start
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.grammar import GRAMMARS


def given_trees(
    starts: Iterable[Start], bias: bool, grammar: str, most_height: int
) -> Iterator[Tree]:
    """Yield the trees of given nodes.

    Args:
        starts: The nodes.
        bias: Whether trees of the search have a bias.
        grammar: What they are made of.
        most_height: The height that they may reach.

    Raises:
        ConfigError: A node does not fit the search.
    """
    for start in starts:
        tree = start.genome
        assert isinstance(tree, Tree)
        if tree.bias != bias:
            has, cure = ("a", "--bias") if tree.bias else ("no", "--no-bias")
            raise ConfigError(
                f"{start.origin} has {has} bias at its inputs, and nodes of the search "
                f"{'have none' if tree.bias else 'have one'}. Search with {cure}."
            )
        if not GRAMMARS[grammar].allows(tree):
            able = [name for name, one in GRAMMARS.items() if one.allows(tree)]
            cure = f"Search with --grammar {able[0]}." if able else "Start from another node."
            raise ConfigError(
                f"{start.origin} has elements that the grammar {grammar!r} does not know. {cure}"
            )
        if tree.height > most_height:
            raise ConfigError(
                f"{start.origin} is {tree.height} high, and nodes of the search are {most_height} "
                f"at most. Search with --most-height {tree.height}."
            )
        yield tree


def operation_of(start: Start) -> str:
    """Return how a given node was made, as the journal has it."""
    return f"{START_FROM} {start.origin}"
