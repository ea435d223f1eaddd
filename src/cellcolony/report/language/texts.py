"""What is known of a text, as the first lines of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cellcolony.report.tables import plain_table
from cellcolony.wording import printable

LONGEST_FILES = 200
"""Characters of the names of a split's files."""


def texts_table(data: Mapping[str, Any], n_words: int) -> RenderableType:
    """Return the table of the splits.

    Args:
        data: What `Language.summary` says.
        n_words: The size of the vocabulary.
    """
    table = plain_table("split", "tokens", "unknown", "from")
    for text in data.get("texts", ()):
        share = text["n_unknown"] / max(text["n_tokens"], 1)
        files = printable(str(text["name"]).replace("\n", "?"))
        table.add_row(
            printable(str(text["split"])[:LONGEST_FILES]),
            f"{text['n_tokens']:,}",
            f"{100 * share:.1f} %",
            files if len(files) <= LONGEST_FILES else f"{files[: LONGEST_FILES - 3]}...",
        )
    table.columns[3].justify = "left"
    table.columns[3].no_wrap = False
    return Group(Text(f"Text, {n_words:,} words known", style="bold"), table)
