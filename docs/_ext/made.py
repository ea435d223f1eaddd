"""Fills what is made at build time into documents: `<!-- made: commands -->` and the like.

A comment of that form in a document is replaced by Markdown before the document is read, so that
its headings, anchors and links are as good as any others. Nothing of it is ever written to a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_commands import commands
from made_gallery import gallery
from made_members import members, methods
from made_mirror import mirrored, relinked
from sphinx.application import Sphinx

MARK = re.compile(r"<!-- made: (\w+) ?(.*?) -->")
MAKERS: dict[str, Callable[..., str]] = {
    "commands": commands,
    "gallery": gallery,
    "members": members,
    "methods": methods,
}
"""What makes Markdown from the words after its name."""


def fill(app: Sphinx, name: str, source: list[str]) -> None:
    """Fill a document in before it is read."""
    document = Path(app.srcdir, f"{name}.md")

    def made(found: re.Match[str]) -> str:
        kind, words = found[1], found[2].split()
        if kind == "file":  # one that lies outside of this folder
            return mirrored(words[0], document)
        return MAKERS[kind](*words)

    source[0] = relinked(MARK.sub(made, source[0]), document, document)


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.connect("source-read", fill)
    app.connect("env-get-outdated", lambda app, *_: sorted(marked(Path(app.srcdir))))
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def marked(folder: Path) -> set[str]:
    """Return the documents that have something filled in: they are always made anew."""
    pages = folder.rglob("*.md")
    return {
        page.relative_to(folder).with_suffix("").as_posix()
        for page in pages
        if MARK.search(page.read_text("utf-8"))
    }
