"""Files outside of this folder as pages of the site, and links to them."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIRRORED = {
    "README.md": "docs/index.md",
    "CHANGELOG.md": "docs/project/changes.md",
    "CONTRIBUTING.md": "docs/project/contributing.md",
    "benchmarks/RESULTS.md": "docs/project/measurements.md",
}
"""The page that a link to each of these leads to."""
LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )([^)\s#]+)", re.MULTILINE)
WITHOUT_PAGE = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#:]+)\)")


def mirrored(file: str, page: Path) -> str:
    """Return the text of a file, with its links as they must be on a page."""
    return relinked((ROOT / file).read_text("utf-8"), ROOT / file, page)


def relinked(text: str, before: Path, page: Path) -> str:
    """Return a text that was written in one place, with its links as they must be in another."""

    def moved(found: re.Match[str]) -> str:
        link = found[2]
        if ":" in link:  # of the web
            return found[0]
        target = Path(os.path.normpath(before.parent / link))
        inside = target.relative_to(ROOT).as_posix()
        target = ROOT / MIRRORED.get(inside, inside)
        if (target / "__init__.py").is_file():  # a folder is what its package says of it
            target = target / "__init__.py"
        return found[1] + os.path.relpath(target, page.parent)

    def plain(found: re.Match[str]) -> str:
        """Return the words of a link to a folder, which has no page."""
        return found[1] if (before.parent / found[2]).is_dir() and is_bare(found[2]) else found[0]

    def is_bare(link: str) -> bool:
        return not (before.parent / link / "__init__.py").is_file()

    return LINK.sub(moved, WITHOUT_PAGE.sub(plain, text))
