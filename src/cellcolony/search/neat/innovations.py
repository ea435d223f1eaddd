"""Innovation numbers: equal mutations of one generation get the same numbers."""

from __future__ import annotations

from typing import Any

from cellcolony.errors import ConfigError
from cellcolony.search.neat.genome import Layout


class Innovations:
    """Counts innovations and nodes, and knows the mutations of the generation that is being made.

    Attributes:
        next_number: The innovation number of the next new link.
        next_node: The id of the next new node.
    """

    def __init__(self, next_number: int, next_node: int) -> None:
        self.next_number = next_number
        self.next_node = next_node
        self._links: dict[tuple[int, int], int] = {}
        self._nodes: dict[int, int] = {}

    @staticmethod
    def start(layout: Layout) -> Innovations:
        """Return the counts after the first genomes."""
        n_links = (layout.bias + 1) * len(layout.outputs)
        return Innovations(n_links, layout.first_hidden)

    def begin_generation(self) -> None:
        """Forget the mutations of the generation before."""
        self._links.clear()
        self._nodes.clear()

    def link(self, source: int, target: int) -> int:
        """Return the number of a new link between two nodes."""
        if (source, target) not in self._links:
            self._links[source, target] = self.next_number
            self.next_number += 1
        return self._links[source, target]

    def node(self, split: int) -> int:
        """Return the id of the node that splits the link of a number."""
        if split not in self._nodes:
            self._nodes[split] = self.next_node
            self.next_node += 1
        return self._nodes[split]

    def to_dict(self) -> dict[str, Any]:
        """Return the counts; a state is never taken while a generation is being made."""
        return {"next_number": self.next_number, "next_node": self.next_node}

    @staticmethod
    def from_dict(data: Any, layout: Layout) -> Innovations:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A count cannot be.
            KeyError, TypeError, ValueError: One is missing, or of another kind.
        """
        found = Innovations(int(data["next_number"]), int(data["next_node"]))
        first = Innovations.start(layout)
        if found.next_number < first.next_number or found.next_node < first.next_node:
            raise ConfigError("A saved search has counted fewer innovations than it began with.")
        return found
