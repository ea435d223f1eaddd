"""The best network and its rivals, on the same rows; the winner is marked."""

from __future__ import annotations

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock, bars
from cellcolony.report.sections import section
from cellcolony.report.sections.verdict import contenders, error_of
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore
from cellcolony.wording import count, duration, name, number

COLUMNS = (
    Column("model", "name"),
    "test MAE",
    Column("", "bar"),
    "test MSE",
    "valid MAE",
    Column("valid MSE", roomy=True),
    "weights",
    "trained in",
)


@section("rivals", "Rivals", order=10)
def rivals(result: Result) -> list[Block]:
    """Return a table for each target, and what its numbers were measured on."""
    scores = contenders(result)
    tables = [
        _table(target, [score for score in scores if score.target == target])
        for target in result.data.targets
    ]
    said = [
        "All models are scored on the same rows. MAE and MSE are in the target's own units; the "
        "networks were chosen on validation.",
        *remarks(result),
    ]
    return [*tables, *(Paragraph(line, "remark") for line in said)]


def _table(target: str, scores: list[ModelScore]) -> TableBlock:
    valid = {score.model: score for score in scores if score.split == "valid"}
    test = {score.model: score for score in scores if score.split == "test"}
    shown = valid | test
    ordered = sorted(valid, key=lambda model: error_of(shown[model]))
    shares = bars([shown[model].mae for model in ordered])
    rows = [
        _row(valid[model], test.get(model), share)
        for model, share in zip(ordered, shares, strict=True)
    ]
    title = f"Forecast of {name(target)}, {_rows(scores)}"
    return TableBlock(COLUMNS, rows, 0 if test else None, title)


def _row(valid: ModelScore, test: ModelScore | None, share: str) -> list[str]:
    return [
        valid.model if valid.network is None else f"{valid.model}, evolved",
        number(test.mae if test else None),
        share,
        number(test.mse if test else None),
        number(valid.mae),
        number(valid.mse),
        f"{valid.n_weights:,}",
        training_time(valid.seconds),
    ]


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


def _rows(scores: list[ModelScore]) -> str:
    rows = {score.split: f"{score.n_rows:,} rows" for score in scores}
    valid = f"chosen on {rows['valid']} of validation"
    return f"{valid}, tested once on {rows['test']}" if "test" in rows else valid


def training_time(seconds: float) -> str:
    """Return how long a training took; one of no measurable length says so."""
    return duration(seconds) if seconds >= 0.05 else "< 0.1 s"
