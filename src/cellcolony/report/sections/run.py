"""How a run went, where it lies and what can be done next."""

from __future__ import annotations

import shlex

from cellcolony.report.blocks import Paragraph
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.wording import count, duration


@section("run", order=100, on=("show", "final"))
def run(result: Result) -> list[Paragraph]:
    """Return a paragraph for each line."""
    config, outcome = result.config, result.outcome
    settings = f"seed {config.seed}, protocol {config.protocol['name']}, {config.order} order"
    done = f"{count(result.n_done, 'network')} ({result.n_failed} failed)"
    if outcome is None:
        lines = [f"Search: {settings}; {done} so far. The run has not ended: no test scores yet."]
    else:
        lines = [
            f"Search: {settings}, {count(outcome.workers, 'worker')}, budget {outcome.budget}.",
            f"  {done} in {duration(outcome.search_seconds)}; it ended because {outcome.reason}.",
            f"  Compiling took {duration(outcome.compile_seconds)} before, rivals and scores "
            f"{duration(outcome.scoring_seconds)} after.",
        ]
    if result.path is not None:
        path = shlex.quote(str(result.path))
        lines += [
            f"Run: {path}",
            f"Next: cellcolony show {path}",
            f"      cellcolony predict {path} NEW.csv --out predictions.csv",
        ]
    return [Paragraph(line) for line in lines]
