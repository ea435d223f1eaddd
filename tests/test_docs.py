"""Links of the documents lead to something that is there."""

import re
from pathlib import Path

import pytest

from cellcolony.report.listing import KINDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)
MADE = "<!-- made: "
"""Stands in a document where the site's build fills something in: see docs/_ext/made.py."""


def headings(text):
    """Return the anchors of a document's headings, as a reader's browser makes them."""
    lines = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path):
    for match in LINK.finditer(path.read_text()):
        link = match[1] or match[2]
        if link.startswith("http"):
            continue
        place, _, anchor = link.partition("#")
        target = path.parent / place if place else path
        assert target.exists(), link
        text = target.read_text() if anchor else ""
        if anchor and MADE not in text:  # the site's build looks at anchors of what it makes
            assert anchor in headings(text), link


def test_whatever_is_chosen_by_name_stands_in_the_reference():
    text = (ROOT / "docs/reference/members.md").read_text()
    assert sorted(re.findall(rf"{MADE}members (\S+) -->", text)) == sorted(KINDS)
