"""The reference of the command line, from the parser that reads it."""

from __future__ import annotations

import re

from cellcolony.cli import COMMANDS, build

GROUP = re.compile(r"^\*\*(.+)\*\*:$", re.MULTILINE)
OPTION = re.compile(r"^\* `([^`]+)`:[ ]?(.*(?:\n(?:    .*|))*)", re.MULTILINE)
CONTENTS = re.compile(r"^#+ Table of Contents\n\n.*?(?=^#+ |\*\*)", re.MULTILINE | re.DOTALL)
SUBCOMMANDS = re.compile(r"^\*\*Commands\*\*:\n\n(?:\* .*\n)+\n?", re.MULTILINE)
NOTHING = "*[default: ()]*"
"""What the parser tells of an option that may be repeated and is not there."""


def commands() -> str:
    """Return a section for each command: how it is called, what it does, its options."""
    return "\n\n".join(section(name.replace("_", "-")) for name in COMMANDS)


def section(*words: str, level: int = 2) -> str:
    """Return what the parser tells of a command."""
    text = build(words).generate_docs(output_format="markdown", heading_level=level - 1)
    text = text[text.index(f"{'#' * level} cellcolony {words[0]}") :]
    text = SUBCOMMANDS.sub("", CONTENTS.sub("", text)).replace(NOTHING, "")
    parts = re.split(rf"^(?=#+ cellcolony {words[0]})", text, flags=re.MULTILINE)
    return "\n\n".join(_with_options(part) for part in parts if part)


def options_of(group: str, *words: str) -> str:
    """Return the options of one group of a command, as the words before them decide."""
    text = section(*words)
    rubric = "^:::{rubric} "
    whole = rf"{rubric}{re.escape(group)}\n:::\n(.*?)(?={rubric}|\Z)"
    found = re.search(whole, text, re.MULTILINE | re.DOTALL)
    return "" if found is None else found[1]


def _with_options(text: str) -> str:
    """Return a section whose options can be linked to and searched for."""
    heading = re.match(r"#+ (.*)", text)
    assert heading is not None
    text = OPTION.sub(_option, GROUP.sub(r":::{rubric} \1\n:::", text))
    return text.replace("\n", f"\n\n:::{{program}} {heading[1]}\n:::\n", 1)


def _option(found: re.Match[str]) -> str:
    told = re.sub(r"\n +", "\n", found[2]).strip()
    return f":::{{option}} {found[1]}\n{told}\n:::\n"
