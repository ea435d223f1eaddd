"""The report as one self-contained HTML page: no script, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cellcolony.report.blocks import Content
from cellcolony.report.sections import contents
from cellcolony.runs.result import Result
from cellcolony.wording import name, printable


def page(result: Result) -> str:
    """Return the report of a run as one HTML file.

    Raises:
        RunError: A file of the run directory is broken.
    """
    title = result.facts.title
    if result.config.genome == "tree":
        title = f"Nodes for a {title[:1].lower()}{title[1:]}"
    where = f", from {result.path.name}" if result.path is not None else ""
    origin = f"Written by cellcolony {result.config.version}{where}."
    return render(title, contents(result, "page"), origin)


def render(title: str, sections: Sequence[Content], origin: str = "") -> str:
    """Return a page.

    Args:
        title: The page's title and its first heading.
        sections: What it shows; those without a title stand above the links to the others.
        origin: The last line.
    """
    template = _environment().get_template("page.html")
    return template.render(title=title, sections=sections, origin=origin)


@lru_cache(1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cellcolony.report.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # The one place where something is trusted: drawings, whose text `drawing.labels.xml` escapes.
    environment.filters["drawing"] = Markup
    environment.filters["short"] = name
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment


def _shown(value: Any) -> Any:
    """Return what a template writes: markup as it is, text without what a terminal would obey."""
    return value if isinstance(value, Markup) else printable(str(value))
