"""The reference of what is chosen by name: what `cellcolony list` prints, and methods' settings."""

from __future__ import annotations

import re

from made_commands import options_of

from cellcolony.report.listing import KINDS
from cellcolony.search.methods import METHODS

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|])")


def members(kind: str) -> str:
    """Return a table of all members of a kind."""
    titles, rows = KINDS[kind]()
    lines = [("name", *titles), ("---",) * (len(titles) + 1)]
    for name, *others in rows:
        lines.append((f"`{name}`", *map(escaped, others)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def methods() -> str:
    """Return a section for each method of search that is no control, with its settings."""
    return "\n\n".join(
        _method(name)
        for name in METHODS.names()
        if METHODS[name].control_of is None and METHODS[name].genome != "cell"
    )


def _method(name: str) -> str:
    method = METHODS[name]
    command = "search" if method.genome == "network" else "evolve-node"
    controls = [one for one in METHODS.names() if METHODS[one].control_of == name]
    facts = [escaped(method.summary), f"Source: {escaped(method.source)}."]
    if controls:
        facts.append(f"Its controls: {', '.join(f'`{one}`' for one in controls)}.")
    settings = options_of(f"Method {name}", command, "--method", name)
    chosen = f"cellcolony {command} --method {name}"
    program = f":::{{program}} {chosen}\n:::\n"
    return "\n\n".join([f"## {name}", *facts, f"`{chosen}`", program, settings])


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it."""
    return SPECIAL.sub(r"\\\1", text)
