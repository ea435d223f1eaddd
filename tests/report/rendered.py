"""Reports as text."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def rendered(part: RenderableType, width: int = 200) -> str:
    """Return what a part of a report looks like in a file."""
    file = io.StringIO()
    Console(file=file, width=width, markup=False, emoji=False, highlight=False).print(part)
    return file.getvalue()
