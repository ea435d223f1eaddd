"""The package `colony_extras` as if it were installed: in a folder that `sys.path` knows."""

from __future__ import annotations

import shutil
from pathlib import Path

ENTRY_POINTS = {
    "cellcolony.cells": {"leaky": "leaky"},
    "cellcolony.exports": {"sizes": "sizes"},
    "cellcolony.operations": {"softsign": "softsign"},
    "cellcolony.executors": {"one-by-one": "one_by_one"},
    "cellcolony.judges": {"two-rungs": "two_rungs"},
    "cellcolony.methods": {"layered": "layered"},
    "cellcolony.observers": {"tally": "tally"},
    "cellcolony.pheromones": {"halfway": "halfway"},
    "cellcolony.rivals": {"median-3": "median"},
    "cellcolony.species": {"wanderer": "wanderer"},
    "cellcolony.tasks": {"counts": "counts"},
}


def install(site: Path) -> Path:
    """Install the package into a folder, as pip does, and return the folder.

    Args:
        site: A folder that is to stand on `sys.path`, or on PYTHONPATH.
    """
    shutil.copytree(Path(__file__).parent / "colony_extras", site / "colony_extras")
    about = site / "colony_extras-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: colony-extras\nVersion: 1.2\n")
    lines = []
    for group, members in ENTRY_POINTS.items():
        lines.append(f"[{group}]")
        lines += [f"{name} = colony_extras.{module}" for name, module in members.items()]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (about / "RECORD").write_text("")
    return site
