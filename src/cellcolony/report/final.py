"""The final report: the best network and the front, beside their rivals on the same rows."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from cellcolony.report.tables import plain_table
from cellcolony.runs.against import TITLES
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore, mean_mae
from cellcolony.wording import count, duration, name, number

WINNER, CHOSEN = "<- best", "<- chosen"
ROOMY = 96
"""Characters of a line from which on the table shows the squared error on validation too."""


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
    title = Text(f"Forecast of {name(target)}, {_rows(scores)}", style="bold")
    return Group(title, Contenders(tuple(scores)), *(Text(line) for line in remarks(result)))


@dataclass(frozen=True)
class Contenders:
    """The table of models on one target; a narrow one leaves the squared error on validation out.

    Attributes:
        scores: Of all models, on one target.
    """

    scores: tuple[ModelScore, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.table(is_roomy=options.max_width >= ROOMY)

    def table(self, is_roomy: bool) -> Table:
        """Return the table."""
        valid = {score.model: score for score in self.scores if score.split == "valid"}
        test = {score.model: score for score in self.scores if score.split == "test"}
        winner = min(test.values(), key=lambda score: score.mae).model if test else None
        more = ["valid MSE"] if is_roomy else []
        table = plain_table(
            "model", "weights", "valid MAE", *more, "test MAE", "test MSE", "trained in", ""
        )
        for model, score in valid.items():
            tested = test.get(model)
            table.add_row(
                model,
                f"{score.n_weights:,}",
                number(score.mae),
                *([number(score.mse)] if is_roomy else []),
                number(tested.mae if tested else None),
                number(tested.mse if tested else None),
                _training(score.seconds),
                WINNER if model == winner else "",
                style="bold" if model == winner else None,
            )
        return table


def remarks(result: Result) -> list[str]:
    """Say how the rivals were trained, and with what the evolved network was."""
    outcome, best = result.outcome, result.chosen
    if outcome is None:
        return []
    lines = []
    if outcome.rival_epochs:
        before = f", {best.epochs_before} of them handed down" if best.epochs_before else ""
        lines.append(
            f"Fixed networks were trained for {count(outcome.rival_epochs, 'epoch')} by the same "
            f"protocol, as many as network {best.number} received in all{before}."
        )
    if outcome.against_networks:
        lines.append(
            f"Random search over the same superstructure drew "
            f"{count(outcome.against_networks, 'network')} in {duration(outcome.against_seconds)}, "
            f"after the search; its best was chosen on validation too."
        )
    return lines


def contenders(result: Result) -> list[ModelScore]:
    """Return the scores of the network chosen on validation, and of all rivals."""
    chosen = result.chosen.number
    return [score for score in result.scores if score.network in (chosen, None)]


def verdict(result: Result, target: str) -> str:
    """Say who wins on the test split, and what follows where a rival does.

    What to use is said by the validation errors: whoever picked by the test errors would have no
    untouched rows left to tell how good the pick is.
    """
    tested = [s for s in contenders(result) if s.split == "test" and s.target == target]
    network = next(score for score in tested if score.network is not None)
    rival = min((s for s in tested if s.network is None), key=_error)
    ours, theirs = _error(network), _error(rival)
    if ours == theirs:
        return f"The evolved network is no better than {rival.model}, which is simpler: use that."
    lower, higher = sorted((ours, theirs))
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    if ours < theirs:
        return f"The evolved network wins: its test MAE is {gain} that of {rival.model}."
    if rival.model in TITLES.values():
        return (
            f"Chance wins: the test MAE of {rival.model} is {gain} that of the evolved network. "
            f"On these data the colony's guidance has brought nothing: see whether that holds for "
            f"more seeds (--seeds), or give it a larger --budget."
        )
    return (
        f"A plain rival wins: the test MAE of {rival.model} is {gain} that of the evolved network. "
        f"On these data the search has found nothing better: give it a larger --budget, or use "
        f"{_advised(result, target, rival.model)}."
    )


def _error(score: ModelScore) -> float:
    """Return a model's MAE; that of one that diverged to no number is infinite."""
    return math.inf if math.isnan(score.mae) else score.mae


def _advised(result: Result, target: str, winner: str) -> str:
    """Return the model of the lowest validation error, and what it is where that is a surprise."""
    scored = [s for s in contenders(result) if s.split == "valid" and s.target == target]
    lowest = min(scored, key=_error)
    if lowest.model == winner:
        return winner
    if lowest.network is not None:
        return f"{winner} (on validation the evolved network was ahead)"
    return f"{lowest.model}, which validation, made for choosing, puts first"


def front_table(result: Result) -> RenderableType:
    """Return the table of the best network of each size."""
    table = plain_table("front", "weights", "valid MAE", "test MAE", "trained in", "")
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
