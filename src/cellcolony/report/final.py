"""The final report: the best network and the front, beside their rivals on the same rows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cellcolony.report.wording import count, duration, name, number
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore, mean_mae

WINNER, CHOSEN = "<- best", "<- chosen"


def final_report(result: Result) -> RenderableType:
    """Return what a run found, to be printed by rich."""
    parts: list[RenderableType] = []
    for target in result.data.targets:
        parts += [Text(), comparison(result, target)]
        if result.outcome is not None:
            parts += [Text(), Text(verdict(result, target))]
    parts += [Text(), front_table(result), Text()]
    parts += [Text(line) for line in run_lines(result)]
    return Group(*parts)


def comparison(result: Result, target: str) -> RenderableType:
    """Return the table of the best network and its rivals on one target."""
    scores = [score for score in contenders(result) if score.target == target]
    valid = {score.model: score for score in scores if score.split == "valid"}
    test = {score.model: score for score in scores if score.split == "test"}
    winner = min(test.values(), key=lambda score: score.mae).model if test else None
    table = _table("model", "weights", "valid MAE", "test MAE", "test MSE", "trained in", "")
    for model, score in valid.items():
        tested = test.get(model)
        table.add_row(
            model,
            f"{score.n_weights:,}",
            number(score.mae),
            number(tested.mae if tested else None),
            number(tested.mse if tested else None),
            _training(score.seconds),
            WINNER if model == winner else "",
            style="bold" if model == winner else None,
        )
    return Group(Text(f"Forecast of {name(target)}, {_rows(scores)}", style="bold"), table)


def contenders(result: Result) -> list[ModelScore]:
    """Return the scores of the network chosen on validation, and of all rivals."""
    chosen = result.chosen.number
    return [score for score in result.scores if score.network in (chosen, None)]


def verdict(result: Result, target: str) -> str:
    """Say who wins on the test split, and what follows where a plain rival does."""
    tested = [s for s in contenders(result) if s.split == "test" and s.target == target]
    network = next(score for score in tested if score.network is not None)
    rival = min((s for s in tested if s.network is None), key=lambda score: score.mae)
    if network.mae == rival.mae:
        return f"The evolved network is no better than {rival.model}, which is simpler: use that."
    lower, higher = sorted((network.mae, rival.mae))
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    if network.mae < rival.mae:
        return f"The evolved network wins: its test MAE is {gain} that of {rival.model}."
    return (
        f"A plain rival wins: the test MAE of {rival.model} is {gain} that of the evolved network. "
        f"On these data the search has found nothing better: give it a larger --budget, or use "
        f"{rival.model}."
    )


def front_table(result: Result) -> RenderableType:
    """Return the table of the best network of each size."""
    table = _table("front", "weights", "valid MAE", "test MAE", "trained in", "")
    for champion in result.front:
        errors = [mean_mae(result.scores, champion.number, split) for split in ("valid", "test")]
        table.add_row(
            f"network {champion.number}",
            f"{champion.network.n_weights:,}",
            *(number(error) for error in errors),
            _training(champion.seconds),
            CHOSEN if champion is result.chosen else "",
        )
    several = "; errors are means over the targets" if len(result.data.targets) > 1 else ""
    title = f"The best network of each size (no other beats both size and validation){several}"
    return Group(Text(title, style="bold"), table)


def run_lines(result: Result) -> list[str]:
    """Say how the run went, where it lies and what can be done next."""
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
    return lines


def _training(seconds: float) -> str:
    return duration(seconds) if seconds >= 0.05 else "< 0.1 s"


def _rows(scores: Sequence[ModelScore]) -> str:
    rows = {score.split: f"{score.n_rows:,} rows" for score in scores}
    valid = f"chosen on {rows['valid']} of validation"
    return f"{valid}, tested once on {rows['test']}" if "test" in rows else valid


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(first, no_wrap=True)
    for header in others:
        table.add_column(header, justify="right" if header else "left", no_wrap=True)
    return table
