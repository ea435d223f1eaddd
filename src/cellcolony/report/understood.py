"""The first screen before a study: what was understood of its data."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType

from cellcolony.report.sections.data import data_blocks
from cellcolony.report.terminal import render


def understood(facts: Any) -> RenderableType:
    """Return what is known of a task's data, to be printed by rich.

    Args:
        facts: The facts of a task of any kind.
    """
    return render(data_blocks(facts))
