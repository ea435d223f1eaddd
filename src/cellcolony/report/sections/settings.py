"""All settings of the study, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellcolony.cells import label
from cellcolony.report.blocks import Block, Facts, Folded, Paragraph
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.settings import plain
from cellcolony.wording import duration


@section("settings", "Settings", order=90, on=("page",))
def settings(result: Result) -> list[Block]:
    """Return how the study was made, and every setting of its parts."""
    config, outcome = result.config, result.outcome
    made = [
        ("task", str(config.task["kind"])),
        ("method", config.method_name),
        ("seed", str(config.seed)),
        ("order", config.order),
        ("version", config.version),
        *config.packages.items(),
        ("data", config.facts.fingerprint),
        *(("started from", start.origin) for start in config.starts),
    ]
    if outcome is not None:
        made += [
            ("budget", outcome.budget or "none"),
            ("workers", str(outcome.workers)),
            ("ended because", outcome.reason or "-"),
            *((f"{stage} took", duration(seconds)) for stage, seconds in outcome.seconds.items()),
        ]
    parts = {"method": config.method, "judge": config.judge, "training": config.training,
             "caps": config.caps} | {f"stage {one.name}": one for one in config.stages}  # fmt: skip
    folded = [
        Folded(f"Settings of the {title}", [Facts(_flat(values))])
        for title, part in parts.items()
        if (values := plain(part))
    ]
    where = "config.toml in the run directory holds the same, and what is known of the data."
    return [Facts(made), *folded, Paragraph(where, "remark")]


def _flat(values: Mapping[str, Any], within: str = "") -> list[tuple[str, str]]:
    """Return settings as labels and texts; the label of one within another holds both names."""
    found = []
    for key, value in values.items():
        title = f"{within} {key}".strip()
        if isinstance(value, Mapping):
            found += _flat(value, title)
        else:
            found.append((title, _text(value)))
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "-"
    return label(value) if isinstance(value, str) else str(value)
