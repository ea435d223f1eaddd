"""Pieces of HTML. Names of columns and files are foreign text: all text enters through `text`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cellcolony.wording import name

LONGEST_TITLE = 400
"""Characters of a name that a pointer resting on it shows."""


def text(content: str) -> str:
    """Return a text for the inside or an attribute of an element."""
    return escape("".join(letter if letter.isprintable() else " " for letter in content))


def named(full: str) -> str:
    """Return a name, short; a pointer that rests on it shows more."""
    short = name(full)
    if short == full:
        return text(full)
    shown = full if len(full) <= LONGEST_TITLE else full[: LONGEST_TITLE - 3] + "..."
    return f'<span title="{text(shown)}">{text(short)}</span>'


def section(heading: str, *parts: str, place: str) -> str:
    """Return a section that a link can lead to."""
    return f'<section id="{place}">\n<h2>{text(heading)}</h2>\n' + "\n".join(parts) + "\n</section>"


def paragraph(content: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    of_kind = f' class="{kind}"' if kind else ""
    return f"<p{of_kind}>{text(content)}</p>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return labels, which are text, with what belongs to them, which is HTML."""
    rows = "\n".join(f"<dt>{text(label)}</dt><dd>{content}</dd>" for label, content in pairs)
    return f"<dl>\n{rows}\n</dl>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], marked: int | None = None) -> str:
    """Return a table that scrolls on its own where it is too wide.

    Args:
        header: Text; a column whose title begins with a space is aligned right, for numbers.
        rows: HTML.
        marked: The row that stands out.
    """
    right = [title.startswith(" ") for title in header]
    head = "".join(
        _cell("th", text(title.strip()), r) for title, r in zip(header, right, strict=True)
    )
    body = []
    for i, row in enumerate(rows):
        cells = "".join(_cell("td", cell, r) for cell, r in zip(row, right, strict=True))
        body.append(f"<tr{' class=marked' if i == marked else ''}>{cells}</tr>")
    lines = "\n".join(body)
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table></div>"
    )


def folded(summary: str, content: str) -> str:
    """Return content that is shown when its summary is clicked."""
    return f"<details><summary>{text(summary)}</summary>\n{content}\n</details>"


def _cell(tag: str, content: str, right: bool) -> str:
    return f"<{tag}{' class=number' if right else ''}>{content}</{tag}>"
