"""All ancestors of a candidate, from the journal: how each was made, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType

from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock, ends_of
from cellcolony.report.sections.front import unit_of
from cellcolony.report.sections.lineage import compressed
from cellcolony.report.status import loss_text, where_of
from cellcolony.report.terminal import render
from cellcolony.runs.genomes import KINDS, size_of
from cellcolony.runs.history import Judged
from cellcolony.runs.result import Result
from cellcolony.wording import count, name, printable

MOST_ANCESTORS = 60
"""Lines of the table; of more the first and the last are shown."""
MOST_LETTERS = 70
"""Of how a candidate was made."""
OF_TRAINING = ("epochs_before", "effort_before", "rung", "promoted", "trained_again")
"""What `how` says of the training behind the weights, which has words of its own here."""


def ancestors_report(result: Result, number: int | None = None) -> RenderableType:
    """Return the table of a candidate and its ancestors, the oldest first, to be printed by rich.

    Args:
        result: A study with a journal.
        number: The candidate; None for the best.

    Raises:
        RunError: The study had no search, wrote no journal, or has no such candidate.
    """
    history = result.history
    if not history.candidates:
        raise RunError(f"{result.path or 'The study'} has asked no candidate.")
    own = history.candidate(result.chosen.number if number is None else number)
    line = sorted(history.ancestors(own.number), key=lambda one: one.number)
    noun = KINDS[result.config.genome].noun
    cells: dict[Column | str, list[str]] = {
        Column("candidate", "text"): [f"{noun} {one.number}" for one in line],
        Column("from", "text"): [", ".join(map(str, one.parents)) or "-" for one in line],
        f"{unit_of(result)}s": [f"{size_of(result.genome(one.number)):,}" for one in line],
        where_of(result.measure): [_loss(result, one) for one in line],
    }
    about = ""
    if result.config.genome == Network.kind:
        cells["epochs"] = [f"{_epochs(one):,}" for one in line]
        about = "; epochs are those behind the weights, handed down or its own"
    cells[Column("made by", "text")] = [made(one, noun) for one in line]
    table = TableBlock.of(cells, f"How {noun} {own.number} came to be")
    shown = TableBlock(table.columns, ends_of(table.rows, MOST_ANCESTORS), title=table.title)
    blocks: list[Block] = [shown]
    if own.failure is not None:
        blocks.append(Paragraph(f"It failed: {printable(own.failure)}."))
    n = len(line) - 1
    blocks.append(Paragraph(f"{count(n, 'ancestor')}{about}."))
    return render(blocks)


def _loss(result: Result, judged: Judged) -> str:
    if judged.failure is not None:
        return "failed"
    loss = result.history.verdict(judged.number).loss
    return "-" if loss is None else loss_text(result.measure, loss)


def _epochs(judged: Judged) -> int:
    return (judged.count("epochs_before") or 0) + judged.n_epochs


def made(judged: Judged, noun: str = "network") -> str:
    """Return how a candidate, a network or a node, was made, in a few words."""
    how: Mapping[str, Any] = judged.how
    words = [compressed(judged.operations)] if judged.operations else []
    again, promoted = judged.count("trained_again"), judged.count("promoted")
    if again is not None:
        words.append(f"{noun} {again}, trained longer")
    if promoted is not None:
        words.append(f"{promoted}, trained longer by the judge")
    for key, value in how.items():
        if key not in (*OF_TRAINING, "operations", "operation", "census"):
            words.append(_told(key, value))
    if (rung := judged.count("rung")) is not None:
        words.append(f"rung {rung}")
    text = " ".join(name(word) for word in ", ".join(words).split())
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 3]}..."


def _told(key: str, value: Any) -> str:
    """Return an entry of `how`: "made elite", "without cnt", "width 12"."""
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    if isinstance(value, float):
        shown = f"{value:.3g}"
    return f"{key.replace('_', ' ')} {shown}"
