"""The final report of a training: its perplexities, its curve, its cells as equations."""

from __future__ import annotations

import shlex

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cellcolony.cells.lower.text import as_text
from cellcolony.layers.epoch import perplexity
from cellcolony.report.language.progress import epoch_line
from cellcolony.report.language.texts import texts_table
from cellcolony.report.tables import plain_table
from cellcolony.runs.language.result import LanguageResult
from cellcolony.wording import count, duration

MOST_EPOCHS = 12
"""Lines of the curve; of a longer one the first and the last are shown."""
MOST_CELLS = 3
"""Cells whose equations are shown."""


def text_table(result: LanguageResult) -> RenderableType:
    """Return what is known of the text."""
    return texts_table(result.config.data, len(result.vocabulary))


def language_report(result: LanguageResult) -> RenderableType:
    """Return what came of a training, to be printed by rich."""
    parts: list[RenderableType] = [Text()]
    if result.scores is not None:
        parts += [_scores(result), Text()]
    parts += [Text("Learning curve (* is the best on validation so far)", style="bold")]
    parts += [Text(line) for line in curve_lines(result)]
    if result.path is not None:
        where = shlex.quote(str(result.path))
        todo = "generate" if result.scores is not None else "resume"
        parts += [Text(), Text(f"Run: {where}   Next: cellcolony {todo} {where}")]
    return Group(*parts)


def equations(result: LanguageResult) -> RenderableType:
    """Return the equations of the model's cells."""
    cells = list(
        dict.fromkeys(g.cell for layer in result.architecture.layers for g in layer.groups)
    )
    parts: list[RenderableType] = []
    for cell in cells[:MOST_CELLS]:
        parts += [Text(), Text(f"Cell {cell.name}", style="bold"), Text(as_text(cell))]
    if len(cells) > MOST_CELLS:
        parts += [Text(), Text(f"and {count(len(cells) - MOST_CELLS, 'other cell')}: model.json")]
    return Group(*parts)


def curve_lines(result: LanguageResult) -> list[str]:
    """Return the learning curve, a line an epoch."""
    lines, lowest = [], float("inf")
    for epoch in result.epochs:
        is_best, lowest = epoch.valid_loss < lowest, min(lowest, epoch.valid_loss)
        lines.append(epoch_line(epoch, result.config.schedule.epochs, is_best))
    if len(lines) > MOST_EPOCHS:
        half = MOST_EPOCHS // 2
        lines[half:-half] = [f"... {len(lines) - 2 * half} more: curve.csv"]
    return lines


def _scores(result: LanguageResult) -> Table:
    scores = result.scores
    assert scores is not None
    seconds = sum(epoch.seconds for epoch in result.epochs)
    table = plain_table("model", "weights", "valid perplexity", "test perplexity", "trained in")
    table.add_row(
        f"{result.config.cells}, epoch {scores.epoch} of {len(result.epochs)}",
        f"{result.architecture.n_weights:,}",
        f"{perplexity(scores.valid_loss):.2f}",
        f"{perplexity(scores.test_loss):.2f}",
        duration(seconds),
        style="bold",
    )
    table.add_row(
        "how often each word comes",
        f"{len(result.vocabulary):,}",
        f"{perplexity(scores.unigram_valid_loss):.2f}",
        f"{perplexity(scores.unigram_test_loss):.2f}",
        "-",
    )
    return table
