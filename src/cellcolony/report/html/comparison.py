"""The table of the best network and its rivals, the winner marked."""

from __future__ import annotations

from cellcolony.report.final import contenders, remarks
from cellcolony.report.html.elements import named, paragraph, table, text
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore, mean_mae
from cellcolony.wording import duration, number


def test_errors(result: Result) -> float | None:
    """Return the test error of the best network, its mean over the targets."""
    return mean_mae(result.scores, result.chosen.number, "test")


def comparison(result: Result) -> str:
    """Return a table for each target, with what its numbers were measured on."""
    parts = []
    for target in result.data.targets:
        scores = [score for score in contenders(result) if score.target == target]
        if len(result.data.targets) > 1:
            parts.append(f"<h3>{named(target)}</h3>")
        parts.append(_table(scores))
    rows = result.data.n_scored
    on = f"All models are scored on the same rows: {rows['valid']:,} of validation"
    tested = f", {rows['test']:,} of test, once, at the end" if result.outcome is not None else ""
    fine = "MAE and MSE are in the target's own units; networks were chosen on validation."
    said = [f"{on}{tested}. {fine}", *remarks(result)]
    return "\n".join([*parts, *(paragraph(line, "remark") for line in said)])


def _table(scores: list[ModelScore]) -> str:
    valid = {score.model: score for score in scores if score.split == "valid"}
    test = {score.model: score for score in scores if score.split == "test"}
    shown = test or valid
    winner = min(shown.values(), key=lambda score: score.mae).model
    largest = max(score.mae for score in shown.values()) or 1.0
    header = ["model", " test MAE", "", " test MSE", " valid MAE", " weights", " trained in"]
    ordered = sorted(valid, key=lambda model: shown[model].mae)
    rows = [_row(valid[model], test.get(model), largest) for model in ordered]
    return table(header, rows, ordered.index(winner) if test else None)


def _row(valid: ModelScore, test: ModelScore | None, largest: float) -> list[str]:
    shown = test or valid
    share = min(max(100 * shown.mae / largest, 0), 100) if largest < float("inf") else 0
    return [
        text(valid.model) if valid.network is None else f"<b>{text(valid.model)}, evolved</b>",
        number(test.mae if test else None),
        f'<span class="bar"><i style="width:{share:.0f}%"></i></span>',
        number(test.mse if test else None),
        number(valid.mae),
        f"{valid.n_weights:,}",
        text(duration(valid.seconds) if valid.seconds >= 0.05 else "< 0.1 s"),
    ]
