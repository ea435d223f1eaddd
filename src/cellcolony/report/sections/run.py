"""How a study went, where it lies and what can be done next."""

from __future__ import annotations

import shlex
from pathlib import Path

from cellcolony.report.blocks import Paragraph
from cellcolony.report.sections import section
from cellcolony.report.status import left_line, state_text
from cellcolony.runs.directory import CONFIG, Outcome
from cellcolony.runs.result import Result
from cellcolony.runs.watch.following import Following
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import count, duration, printable


@section("run", order=100, on=("show", "final"))
def run(result: Result) -> list[Paragraph]:
    """Return a paragraph for each line."""
    config, outcome = result.config, result.outcome
    protocol = getattr(config.training, "name", "")
    protocol = f"protocol {protocol}, " if protocol else ""
    made = f"{config.method_name}, {protocol}seed {config.seed}, {config.order} order"
    if result.front:
        done = f"{count(result.n_done, result.noun)} ({result.n_failed:,} failed)"
    else:
        done = "one model"
    if outcome is None:
        lines = [f"Study: {made}; {done} so far. The study has not ended: no test scores yet."]
        if result.path is not None and (result.path / CONFIG).is_file():
            lines += _left(result.path)
    else:
        budget = f", budget {outcome.budget}" if outcome.budget else ""
        lines = [f"Study: {made}, {count(outcome.workers, 'worker')}{budget}."]
        if result.front:
            lines.append(
                f"  {done} in {duration(outcome.search_seconds)}; the search ended because "
                f"{outcome.reason}."
            )
        lines += _after(outcome)
    if result.path is not None:
        path = shlex.quote(str(result.path))
        first, *more = _next(result, path)
        lines += [f"Run: {path}", f"Next: {first}", *(f"      {one}" for one in more)]
    return [Paragraph(line) for line in lines]


def _left(path: Path) -> list[str]:
    """Say what is left of a study, and about how long that takes."""
    following = Following(path)
    for _ in following.look():
        pass
    left = [one for one in following.stages if one.state != "done"]
    told = "; ".join(f"{printable(one.title)} {state_text(one)}" for one in left)
    return [f"  To do: {told}.", f"  {left_line(left)}"] if left else []


def _after(outcome: Outcome) -> list[str]:
    """Say how long the stages took that follow the search."""
    took = {name: seconds for name, seconds in outcome.seconds.items() if name != "search"}
    if not took:
        return []
    parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in took.items())
    return [f"  Stages of the last session: {parts}."]


def _next(result: Result, path: str) -> list[str]:
    """Return the commands that fit the study."""
    if result.outcome is None:
        return [f"cellcolony resume {path}"]
    shows = [f"cellcolony show {path}"]
    if not result.front:
        return [*shows, f"cellcolony generate {path} --prompt 'The'"]
    if isinstance(result.facts, ForecastFacts):
        return [*shows, f"cellcolony predict {path} NEW.csv --out predictions.csv"]
    shows.append(f"cellcolony draw {path} --out {result.noun}.svg")
    if result.config.genome == "tree":
        shows.append(f"cellcolony train-lm --cell {path} --train TEXT")
    return shows
