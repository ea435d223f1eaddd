"""By how much models differ on the test split, and how validation chose a rival's settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cellcolony.report.blocks import Column, TableBlock
from cellcolony.runs.intervals import Margin
from cellcolony.runs.result import Result
from cellcolony.runs.scores import Contender
from cellcolony.wording import count, name, number


def margin_of(
    result: Result, model: Contender, target: str, own: Contender | None = None
) -> Margin | None:
    """Return the margin between one of the study's own models and another model.

    Args:
        result: The study.
        model: The other model.
        target: The column that was forecast.
        own: The study's ensemble; None for its best model.

    Returns:
        None where none is known.
    """
    found = () if result.outcome is None else result.outcome.margins
    wanted = (model.model, target, "" if own is None else own.model)
    return next((one for one in found if (one.model, one.target, one.own) == wanted), None)


def margins_table(result: Result, target: str) -> list[TableBlock]:
    """Return the tables of gaps and margins on one target; none where no model was tested."""
    tested = [one for one in result.models if one.value("test", target) is not None]
    tested.sort(key=lambda one: one.value("test", target) or 0.0)
    title = "Gap from validation to test, and how sure it is"
    rows = [
        [one.model, gap(one, target), *_cells(margin_of(result, one, target))] for one in tested
    ]
    columns = (Column("model", "name"), "gap", "ours less theirs", "95 % interval", "p")
    tables = [TableBlock(columns, rows, title=title)] if any(row[2] for row in rows) else []
    for own in tested:
        found = {one: margin_of(result, one, target, own) for one in tested}
        known = [[one.model, *_cells(margin)] for one, margin in found.items() if margin]
        if known:
            columns = (Column("model", "name"), "ours less theirs", "95 % interval", "p")
            tables.append(TableBlock(columns, known, title=f"The same of the {own.model}"))
    return tables


def _cells(margin: Margin | None) -> list[str]:
    if margin is None:
        return [""] * 3
    ends = f"{number(margin.low)} to {number(margin.high)}"
    return [number(margin.difference), ends, number(margin.p_corrected)]


def gap(model: Contender, target: str) -> str:
    """Return by how much the test error is above that on validation: "+12 %"."""
    valid, test = model.value("valid", target), model.value("test", target)
    if not valid or test is None:
        return ""
    return f"{100 * (test / valid - 1):+.0f} %"


def evidence(margin: Margin, n_margins: int) -> str:
    """Say in a sentence how sure a margin is.

    Args:
        margin: The margin.
        n_margins: How many the study has, for all of which together the p-value is corrected.
    """
    shown = f"{number(abs(margin.difference))}"
    low, high = sorted((abs(margin.low), abs(margin.high)))
    if margin.low <= 0 <= margin.high:
        ends = f"from {number(margin.low)} to {number(margin.high)}"
        return (
            f"Chance makes as much: the interval around the difference reaches {ends} (95 %, "
            f"blocks of {count(margin.block, 'row')})."
        )
    text = f"The difference is {shown} ({number(low)} to {number(high)} at 95 %"
    if margin.is_sure:
        return f"{text}, blocks of {count(margin.block, 'row')}; p = {number(margin.p_corrected)})."
    return (
        f"{text}), but among {count(n_margins, 'comparison')} chance makes as much: p = "
        f"{number(margin.p_corrected)}."
    )


def of_margins(result: Result) -> Iterator[str]:
    """Say what the columns of margins and gaps hold."""
    margins = () if result.outcome is None else result.outcome.margins
    if margins:
        title = f"test {result.measure.title}"
        yield (
            f"Gap: how far the {title} is above that on validation. Ours less theirs: the {title} "
            f"of the evolved {result.noun}{_or_ensemble(margins)} less that of the row, with its "
            "interval (block bootstrap over the rows of the test, paired); p is corrected for "
            f"{count(len(margins), 'comparison')} (Holm)."
        )


def _or_ensemble(margins: Iterable[Margin]) -> str:
    return ", or of its ensemble," if any(one.own for one in margins) else ""


def of_menus(result: Result) -> Iterator[str]:
    """Say what validation said of each entry of a rival's menu."""
    menus = {} if result.outcome is None else result.outcome.menus
    for rival, tried in menus.items():
        if len(tried) > 1:
            shown = ", ".join(f"{name(entry)} {number(error)}" for entry, error in tried.items())
            yield f"{name(rival)} was chosen on validation, {result.measure.title} of: {shown}."
