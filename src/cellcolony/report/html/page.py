"""The report's page: first who wins, then why one may believe it, then how it came about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cellcolony.drawing import draw_svg
from cellcolony.report.equations import LEGEND, cells_of
from cellcolony.report.final import verdict
from cellcolony.report.html import settings
from cellcolony.report.html.comparison import comparison, test_errors
from cellcolony.report.html.elements import named, paragraph, section, text
from cellcolony.report.html.forecasts import last_span, span_chart, worst_span
from cellcolony.report.html.front import front_chart, front_table
from cellcolony.report.html.progress import history, progress_chart
from cellcolony.report.html.style import STYLE
from cellcolony.report.pictures import colony_drawing, title_of
from cellcolony.runs.directory import write_file
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore
from cellcolony.search.ants.drawing import MOST_EDGES
from cellcolony.wording import count, duration, names, number

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser runs no script on the page and fetches nothing for it, whatever names it holds."""
LONGEST_DRAWING = 400_000
"""Characters of a colony's drawing; where it is longer, fewer edges are drawn."""
FEWER_EDGES = (MOST_EDGES, (100, 40), (40, 20))
"""Forward edges and recurrent ones."""
MOST_TARGETS = 12
"""Targets whose forecasts are drawn."""


def write_report(result: Result, path: Path) -> None:
    """Write the report of a run to a file, over what it held.

    Args:
        result: A run; one that was read from its directory has the course of its search too.
        path: The file.

    Raises:
        RunError: A file of the run directory is broken.
    """
    write_file(path, report_page(result))


def report_page(result: Result) -> str:
    """Return the report of a run as one HTML file.

    Raises:
        RunError: A file of the run directory is broken.
    """
    title = f"Forecast of {names(result.data.targets)}, {count(result.data.horizon, 'row')} ahead"
    body = [(place, heading, make(result)) for place, heading, make in SECTIONS]
    present = [(place, heading, content) for place, heading, content in body if content]
    links = " ".join(f'<a href="#{place}">{text(heading)}</a>' for place, heading, _ in present)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{text(title)}</h1>",
        *_opening(result),
        f"<nav>{links}</nav>",
        *(section(heading, content, place=place) for place, heading, content in present),
        f"<footer>{text(_origin(result))}</footer>",
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _opening(result: Result) -> list[str]:
    """Return who wins, in a sentence for each target, and the numbers that matter most."""
    parts = []
    if result.outcome is None:
        parts.append(
            paragraph("The run has not ended: there are no test scores yet.", "verdict lost")
        )
    else:
        for target in result.data.targets:
            says = verdict(result, target)
            about = f"{named(target)}: " if len(result.data.targets) > 1 else ""
            kind = "verdict" if says.startswith("The evolved network wins") else "verdict lost"
            parts.append(f'<p class="{kind}">{about}{text(says)}</p>')
    cards = "".join(
        f'<div class="card"><b>{text(value)}</b><span>{text(label)}</span></div>'
        for value, label in _cards(result)
    )
    return [*parts, f'<div class="cards">{cards}</div>']


def _cards(result: Result) -> list[tuple[str, str]]:
    errors = test_errors(result)
    cards = []
    if errors is not None:
        several = " (mean over targets)" if len(result.data.targets) > 1 else ""
        cards.append((number(errors), f"test MAE of the network{several}"))
    cards += [
        (f"{result.best.n_weights:,}", "trainable numbers in it"),
        (f"{result.n_done:,}", "networks evolved"),
    ]
    if result.outcome is not None:
        cards.append((duration(result.outcome.search_seconds), "time of the search"))
    return cards


def _forecasts(result: Result) -> str:
    whole = {s.target: s.mae for s in result.scores if _is_test_of_chosen(result, s)}
    if not whole:  # a run that was killed at its end may have predictions, and no scores yet
        return ""
    series = tuple(one for one in result.test_predictions() if len(one.rows))
    if not series:
        return ""
    parts = [
        paragraph(
            f"What network {result.chosen.number} forecast on the test split, which the search "
            f"never saw, {count(result.data.horizon, 'row')} ahead.",
            "pale",
        )
    ]
    for i, target in enumerate(result.data.targets[:MOST_TARGETS]):
        for title, choose in (("The last", last_span), ("The worst", worst_span)):
            span = choose(series, i)
            parts.append(f"<h3>{title} {len(span.rows)} steps of {named(target)}</h3>")
            parts.append(span_chart(span, whole[target]))
    left_out = len(result.data.targets) - MOST_TARGETS
    if left_out > 0:
        parts.append(paragraph(f"{count(left_out, 'more target')}: see test_predictions.csv."))
    return "\n".join(parts)


def _is_test_of_chosen(result: Result, score: ModelScore) -> bool:
    return score.network == result.chosen.number and score.split == "test"


def _progress(result: Result) -> str:
    return "" if result.path is None else progress_chart(history(result.path))


def _front(result: Result) -> str:
    return front_chart(result) + "\n" + front_table(result)


def _drawing(result: Result) -> str:
    drawing = draw_svg(result.best, title_of(result, result.chosen))
    return f'<div class="drawing">\n{drawing}</div>'


def _colony(result: Result) -> str:
    if not result.has_colony:
        return ""
    drawings = (colony_drawing(result, most) for most in FEWER_EDGES)
    drawing = next((svg for svg in drawings if len(svg) <= LONGEST_DRAWING), None)
    if drawing is None:
        return paragraph("The colony is too large for this page: see cellcolony draw --colony.")
    about = (
        "Where the ants' pheromone lay when the search ended. The more of it lies on an edge, the "
        "likelier ants walk it. Coloured are the strongest edges, if they have more than at first."
    )
    return f'{paragraph(about, "pale")}\n<div class="drawing">\n{drawing}</div>'


def _equations(result: Result) -> str:
    parts = [paragraph(LEGEND, "pale")]
    for use in cells_of(result.best):
        heading = f"{use.name}, {count(use.n_nodes, 'node')}"
        parts.append(f"<h3>{text(heading)}</h3>\n<pre>{_lines(use.equations)}</pre>")
    return "\n".join(parts)


def _lines(block: str) -> str:
    return "\n".join(text(line) for line in block.splitlines())


def _origin(result: Result) -> str:
    where = f", from {result.path.name}" if result.path is not None else ""
    return f"Written by cellcolony {result.config.version}{where}."


SECTIONS: tuple[tuple[str, str, Callable[[Result], str]], ...] = (
    ("rivals", "Rivals", comparison),
    ("forecasts", "Forecast and truth", _forecasts),
    ("front", "Accuracy against size", _front),
    ("progress", "Progress", _progress),
    ("network", "The best network", _drawing),
    ("equations", "Equations", _equations),
    ("colony", "The colony", _colony),
    ("data", "Data", settings.data),
    ("settings", "Settings", settings.settings),
)
"""Where a link leads, the heading, and what stands there; empty sections are left out."""
