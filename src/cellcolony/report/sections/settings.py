"""All settings of the run, and how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cellcolony.cells import label
from cellcolony.report.blocks import Block, Facts, Folded, Paragraph
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.wording import duration


@section("settings", "Settings", order=90, on=("page",))
def settings(result: Result) -> list[Block]:
    """Return how the run was made, and every setting of the search and of training."""
    config, outcome = result.config, result.outcome
    run = [
        ("seed", str(config.seed)),
        ("order", config.order),
        ("version", config.version),
        ("data", str(config.data.get("fingerprint", ""))),
    ]
    if outcome is not None:
        run += [
            ("budget", outcome.budget),
            ("workers", str(outcome.workers)),
            ("ended because", outcome.reason),
            ("networks", f"{result.n_done:,}, of which {result.n_failed:,} failed"),
            ("compiling", duration(outcome.compile_seconds)),
            ("search", duration(outcome.search_seconds)),
            ("rivals and scores", duration(outcome.scoring_seconds)),
        ]
    return [
        Facts(run),
        Folded("Settings of the search", [_settings(config.search)]),
        Folded("Settings of training", [_settings(config.protocol)]),
        Paragraph("config.toml in the run directory holds the same, and the scaling.", "remark"),
    ]


def _settings(values: Mapping[str, Any]) -> Facts:
    return Facts([(label, _plain(value)) for label, value in values.items()])


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return label(value)
    if not isinstance(value, Iterable):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(member)}" for key, member in value.items())
    return ", ".join(_plain(member) for member in value)
