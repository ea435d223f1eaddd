"""Leave with the status of an interrupt where Ctrl-C has ended a command before all was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Interrupts:
    """Notes whether the user has ended a search, of which others were to follow."""

    def __init__(self) -> None:
        self._came = False

    def then(self, observe: Callable[[Any], object]) -> Callable[[Any], None]:
        """Return an observer that looks at each event, and passes it on."""
        from cellcolony.runs.events import SearchEnded

        def look(event: Any) -> None:
            self._came |= isinstance(event, SearchEnded) and event.interrupted
            observe(event)

        return look

    def tell(self, cure: str) -> None:
        """End the command, where a search was interrupted, and say how it goes on.

        Args:
            cure: How, as the end of a sentence.

        Raises:
            KeyboardInterrupt: One was.
        """
        if self._came:
            left = KeyboardInterrupt()
            left.add_note(f"To go on: {cure}.")
            raise left
