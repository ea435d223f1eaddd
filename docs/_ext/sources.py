"""Pages of the files that documents link to outside of this folder, highlighted, in the site.

A link to `../../src/cellcolony/search/ants/march.py` opens the page `source/src/...` of that file,
so that the same link holds in a repository, in an archive, and here without any network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import escape
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

ROOT = Path(__file__).resolve().parents[2]


def page_of(file: Path) -> str:
    """Return the name of the page of a file."""
    return f"source/{file.relative_to(ROOT).as_posix()}"


def relink(app: Sphinx, tree: nodes.document) -> None:
    """Let links to files outside lead to their pages, and remember which pages that takes."""
    name, linked = app.env.current_document.docname, set()
    folder = Path(app.srcdir, name).parent
    for link in [*tree.findall(addnodes.download_reference)]:
        file = Path(os.path.normpath(folder / link["reftarget"]))
        page = page_of(file)
        uri = relative_uri(app.builder.get_target_uri(name), f"{page}.html")
        link.replace_self(nodes.reference("", "", *link.children, refuri=uri, internal=True))
        linked.add(str(file))
    linked_files(app)[name] = linked


def linked_files(app: Sphinx) -> dict[str, set[str]]:
    """Return the files that each document links to; kept between builds."""
    if not hasattr(app.env, "cellcolony_sources"):
        app.env.cellcolony_sources = {}  # pyright: ignore[reportAttributeAccessIssue]
    return app.env.cellcolony_sources  # pyright: ignore[reportAttributeAccessIssue]


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each file that is linked to."""
    for name in sorted(set().union(*linked_files(app).values())):
        file = Path(name)
        text = file.read_text("utf-8")
        try:
            language = get_lexer_for_filename(file.name).aliases[0]
        except ClassNotFound:
            language = "text"
        shown = app.builder.highlighter.highlight_block(text, language)  # pyright: ignore
        title = file.relative_to(ROOT).as_posix()
        body = f"<h1>{escape(file.name)}</h1><p><code>{escape(title)}</code></p>{shown}"
        yield page_of(file), {"title": title, "body": body}, "page.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.connect("doctree-read", relink, priority=100)  # before Sphinx would copy the files
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
