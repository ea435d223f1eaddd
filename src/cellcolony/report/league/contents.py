"""What a league found, as blocks that a terminal and a page both show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellcolony.report.blocks import Block, Content, Facts, Paragraph, Picture
from cellcolony.report.league.compared import compared_blocks, verdicts
from cellcolony.report.league.gaps import gaps_blocks
from cellcolony.report.league.models import models_blocks
from cellcolony.runs.league.comparison import Comparison
from cellcolony.runs.league.ranking import Ranked
from cellcolony.runs.league.standing import Standing
from cellcolony.wording import capital, printable

MOST_TOLD = 20
"""Reasons why runs do not count; of more only so many are told."""
UNTESTED = "there is no test split"
CAPTION = (
    "Test error over that of the best rival by validation, in the mean over seeds, on a "
    "logarithmic axis: left of the line is better. Small marks are single seeds."
)


def league_contents(
    standing: Standing, ranked: Sequence[Ranked], compared: Sequence[Comparison], plot: str = ""
) -> list[Content]:
    """Return the sections of a league's report; empty ones are left out.

    Args:
        standing: How the league stands.
        ranked: Its models, by rank.
        compared: What was evolved against the others.
        plot: The plot as SVG; empty without.
    """
    pictures = [Picture(plot, caption=CAPTION)] if plot else []
    found = [
        Content("league", "", [*verdicts(compared), Facts(_facts(standing))]),
        Content("compared", "Evolved against the others", [*pictures, *compared_blocks(compared)]),
        Content("models", "All models", models_blocks(standing, ranked)),
        Content("gaps", "Validation and test", gaps_blocks(standing)),
        Content("missing", "Runs that do not count", [*_missing(standing)]),
    ]
    return [one for one in found if one.blocks]


def _facts(standing: Standing) -> list[tuple[str, str]]:
    facts = standing.facts
    n_runs = facts.seeds * len(facts.tasks)
    budget = f", {facts.budget} each" if facts.budget else ""
    return [
        ("Tasks", f"{len(standing.by_task):,} of {len(facts.tasks):,} have results"),
        ("Runs", f"{len(standing.runs):,} of {n_runs:,} have ended"),
        ("Search", f"{printable(str(facts.method.get('name', '')))}{printable(budget)}"),
    ]


def _missing(standing: Standing) -> Iterator[Block]:
    """Say why runs do not count, those of one reason together."""
    why: dict[str, dict[str, list[int]]] = {}
    for (task, seed), reason in standing.missing.items():
        why.setdefault(reason, {}).setdefault(task, []).append(seed)
    for run in standing.runs:
        if run not in standing.by_task.get(run.task, ()):
            why.setdefault(UNTESTED, {}).setdefault(run.task, []).append(run.seed)
    for reason, tasks in [*why.items()][:MOST_TOLD]:
        said = "; ".join(
            f"{task}, {'seeds' if len(seeds) > 1 else 'seed'} {', '.join(map(str, seeds))}"
            for task, seeds in tasks.items()
        )
        yield Paragraph(f"{capital(printable(reason)).removesuffix('.')}: {said}.")
    if len(why) > MOST_TOLD:
        yield Paragraph(f"There are {len(why) - MOST_TOLD:,} more reasons.")
