"""Innovation numbers: one count for the whole search, so that genes of two genomes line up."""

from __future__ import annotations

from collections.abc import Iterable

from cellcolony.search.examm.genome import Link


class Innovations:
    """The numbers that a search has given out. It grows as genes are made.

    An edge has the same number wherever it links the same nodes with the same skip; a hidden node
    is never the same as another.

    Args:
        n_nodes: How many nodes there are: inputs and outputs at first.
        links: What each edge links, in the order of their numbers.
    """

    def __init__(self, n_nodes: int, links: Iterable[Link] = ()) -> None:
        self.n_nodes = n_nodes
        self._numbers = {link: number for number, link in enumerate(links)}

    @property
    def links(self) -> tuple[Link, ...]:
        """What each edge links, in the order of their numbers."""
        return tuple(self._numbers)

    def of_new_node(self) -> int:
        """Return the number of a node that no genome has yet."""
        self.n_nodes += 1
        return self.n_nodes - 1

    def of_edge(self, link: Link) -> int:
        """Return the number of an edge, a new one where nothing was linked so before."""
        return self._numbers.setdefault(link, len(self._numbers))
