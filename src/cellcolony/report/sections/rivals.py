"""The study's own model and its rivals, scored on the same data; the winner is marked."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import same_as
from cellcolony.judges.proxy import ProxyTraining
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock, bars
from cellcolony.report.sections import section
from cellcolony.report.sections.margins import margins_table, of_margins, of_menus
from cellcolony.report.sections.verdict import error_of
from cellcolony.report.steps import steps_tables, told_targets
from cellcolony.runs.result import Result
from cellcolony.runs.scores import EVOLVED, RIVAL, SEARCH, Contender
from cellcolony.runs.stages.cells import TUNED, CellsStage
from cellcolony.runs.stages.control import OFF, TITLES, USUAL, ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.scores import MEASURES
from cellcolony.wording import count, duration, name, names, number, printable


@section("rivals", "Rivals", order=10)
def rivals(result: Result) -> list[Block]:
    """Return a table for each target, and how its models came to be."""
    if not result.models:
        return []
    tables = [
        table
        for target in told_targets(result) or ("",)
        for table in (
            rivals_table(result, target),
            *measures_table(result, target),
            *margins_table(result, target),
        )
    ]
    return [
        *steps_tables(result),
        *tables,
        *(Paragraph(line, "remark") for line in remarks(result)),
    ]


def rivals_table(result: Result, target: str = "") -> TableBlock:
    """Return the table of all models on one target, the best on the test split first."""
    models, known, is_tested = _ranked(result, target)
    shares = dict(zip(known, bars([*known.values()]), strict=True))
    title = result.measure.title

    def own(split: str, stage: str | None = None) -> list[str]:
        return [number(one.value(split, target, stage)) for one in models]

    cells: dict[Column | str, list[str]] = {Column("model", "name"): [*map(_name_of, models)]}
    if is_tested:
        cells[f"test {title}"] = own("test")
    cells[Column("", "bar")] = [shares.get(one, "0") for one in models]
    cells[f"valid {title}"] = own("valid")
    if any(one.stage != SEARCH and one.value("valid", stage=SEARCH) is not None for one in models):
        cells["search, valid"] = own("valid", SEARCH)
    if any(one.reach for one in models):
        cells[Column("over seeds", roomy=True)] = [*map(_reach, models)]
    cells["weights"] = [f"{one.n_weights:,}" if one.n_weights else "-" for one in models]
    cells["trained in"] = [training_time(one.seconds, _epochs_of(one)) for one in models]
    marked = 0 if is_tested and known else None
    return TableBlock.of(cells, _title(result, target), marked=marked)


def _ranked(result: Result, target: str) -> tuple[list[Contender], dict[Contender, float], bool]:
    """Return the models, the best first, the errors of those that have one, and if on test."""
    models = [one for one in result.models if one.values("valid", target) or one.failure]
    is_tested = any(one.value("test", target) is not None for one in models)
    errors = {one: error_of(one, "test" if is_tested else "valid", target) for one in models}
    known = {one: error for one, error in errors.items() if error is not None}
    return sorted(models, key=lambda one: known.get(one, inf)), known, is_tested


def measures_table(result: Result, target: str) -> list[TableBlock]:
    """Return the table of the other measures of all models on one target, if there are any."""
    models, known, is_tested = _ranked(result, target)
    scored = [one for one in models if one in known]
    titles = {**MEASURES, **{one.name: one.title for one in result.measure.others}}
    others = [one for one in titles if one != result.measure.name]
    cells: dict[Column | str, list[str]] = {Column("model", "name"): [*map(_name_of, scored)]}
    split = "test" if is_tested else "valid"
    for other in others:
        values = [one.other(other, split, target) for one in scored]
        if any(value is not None for value in values):
            cells[f"{split} {titles[other]}"] = [*map(number, values)]
    what = "rows" if result.facts.targets else "tokens"
    title = f"By other measures, on the same {what}"
    return [TableBlock.of(cells, title)] if len(cells) > 1 else []


def _epochs_of(model: Contender) -> int | None:
    return next((one.epochs for one in model.scores if one.target), None)


def _name_of(model: Contender) -> str:
    is_told = model.role != EVOLVED or "evolved" in model.model or model.is_ensemble
    return model.model if is_told else f"{model.model}, evolved"


def _reach(model: Contender) -> str:
    return "" if model.reach is None else " to ".join(number(one) for one in model.reach)


def _title(result: Result, target: str) -> str:
    """Return what is compared, on how many rows or tokens, and with how many seeds."""
    facts, finals = result.facts, result.config.stage("finals")
    title = name(target) if target else result.measure.title.capitalize()
    if isinstance(facts, ForecastFacts):
        title = f"Forecast of {title}"
    unit = "row" if facts.targets else "token"
    n = {one.split: one.n_rows for model in result.models for one in model.scores if one.n_rows}
    if "valid" in n:
        title += f", chosen on {count(n['valid'], unit)} of validation"
    if "test" in n:
        once = " once" if _readings(result) < 2 else ""
        title += f", tested{once} on {count(n['test'], unit)}"
    if isinstance(finals, FinalsStage) and finals.n_seeds > 1:
        title += f", {count(finals.n_seeds, 'seed')} each"
    return title


def _readings(result: Result) -> int:
    return 0 if result.outcome is None else result.outcome.test_readings


def remarks(result: Result) -> list[str]:
    """Say what the scores are, how the rivals were trained, and what the control was given."""
    return [
        *_of_failures(result),
        *_of_scores(result),
        *of_margins(result),
        *of_menus(result),
        *_of_trainings(result),
        *_of_discovery(result),
        *_of_control(result),
        *_of_methods(result),
        *_of_ensembles(result),
        *_of_tuned(result),
    ]


def _of_failures(result: Result) -> Iterator[str]:
    for model in result.models:
        if model.failure:
            yield f"A training of {name(model.model)} failed: {printable(model.failure)}."


def _of_scores(result: Result) -> Iterator[str]:
    measured = {one.measure for one in result.scores}
    if result.facts.targets:
        yield (
            f"All models are scored on the same rows, and the {result.noun}s were chosen on "
            f"validation. {result.measure.title}: in the target's own units, not in scaled ones."
        )
    if "mase" in measured:
        ahead = result.data.ahead
        left_out = "" if "mape" in measured else " MAPE is left out: a target is near zero."
        yield (
            "MASE: the MAE over that of the last value again on the training rows, "
            f"{ahead} ahead; below 1 is better than that. R2: 1 is perfect, 0 no better than the "
            f"mean of the rows.{left_out}"
        )
    if _readings(result) > 1:
        yield (
            f"The test split was scored {_readings(result)} times in this study: what was changed "
            "between them because of the scores was chosen on the test split."
        )


def _of_trainings(result: Result) -> Iterator[str]:
    outcome, training, finals = (
        result.outcome,
        result.config.training,
        result.config.stage("finals"),
    )
    has_rivals = any(one.role == RIVAL for one in result.models)
    if outcome is not None and outcome.rival_epochs and has_rivals:
        best = result.chosen
        before = f", {best.epochs_before} of them handed down" if best.epochs_before else ""
        as_many = f", as many as network {best.number} received in all{before}"
        if not best.epochs:
            as_many = f"; network {best.number} was not trained: its weights are as it was made"
        yield (
            f"Fixed networks were trained for {count(outcome.rival_epochs, 'epoch')} by the same "
            f"protocol{as_many}."
        )
    if isinstance(finals, FinalsStage) and isinstance(training, LanguageTraining) and result.front:
        how = f"one training of {_made(training)}"
        if result.config.method_entry.uneven:
            how = f"trainings of {_made(training)}, and several times as long"
        if getattr(result.config.judge, "begins", False):
            how = f"the first {how.removeprefix('one training of ')} of a longer training"
        yield (
            f"Search perplexity: {how}, as candidates are judged; the best of "
            f"{count(result.n_done, 'candidate')} has it by luck too."
        )
        if isinstance(judge := result.config.judge, ProxyTraining):
            yield (
                f"By proxy, on the lower rungs: {_made(judge.training(training))}, on the first "
                f"{100 * judge.proxy_share:.3g} % of the training text. That search perplexity "
                "compares with no other."
            )
        if led_by := getattr(result.config.judge, "led_by", ""):
            yield (
                f"The search was led by {led_by}, and so was the choice of who is trained in the "
                "end. No number here is a prediction or any other guide: those stand in "
                "journal.jsonl, as `guide`."
            )
        yield (
            f"Final perplexity: {_made(finals.training)}, the same training for every model"
            f"{', but for the recipe of a tuned one' if _tuned(result) else ''}; it is that of the "
            "mean loss over the seeds."
        )
        if len(finals.rates) > 1:
            factors = ", ".join(f"{rate:g}" for rate in finals.rates)
            yield (
                f"Everybody's final learning rate: the best by validation of {factors} times that "
                "of the settings, or of its candidate, with the first seed."
            )


def _of_discovery(result: Result) -> Iterator[str]:
    """Say where the best node is no discovery: it computes what a cell of the literature does."""
    if result.config.genome != Tree.kind or not result.front:
        return
    known = same_as(result.best)
    if known is not None:
        yield (
            f"Node {result.chosen.number} computes what {known} does, whatever its weights: it is "
            "no discovery."
        )


def _made(training: LanguageTraining) -> str:
    model, schedule = training.model, training.schedule
    epochs = count(schedule.epochs, "epoch")
    if schedule.parts > 1:
        epochs = f"{schedule.epochs}/{schedule.parts} of an epoch"
    units = f"{model.layers} x {model.hidden} units"
    if model.like:
        units += f" of {model.like}, of other cells as many as have no more weights"
    if model.embedding is not None:
        units += f", vectors of {model.embedding}"
    return f"{epochs}, {units}"


def _of_control(result: Result) -> Iterator[str]:
    outcome, stage = result.outcome, result.config.stage("control")
    if outcome is not None and outcome.control_candidates:
        yield (
            f"{TITLES[USUAL].capitalize()} over the same space had "
            f"{count(outcome.control_candidates, 'candidate')} too, in "
            f"{duration(outcome.control_seconds)}, after the search; its best was chosen on "
            "validation too."
        )
    if isinstance(stage, ControlStage) and OFF in stage.kinds:
        yield (
            f"{TITLES[OFF].capitalize()}: the openers again and again, with other first weights "
            "and learning rates, and all else as in the search. What it gains over the rivals "
            "already is no merit of evolution."
        )


def _of_methods(result: Result) -> Iterator[str]:
    """Say how much the other methods of search were given."""
    stage = result.config.stage("methods")
    if not isinstance(stage, MethodsStage):
        return
    titles = [search.title for search in stage.searches(result.config)]
    each = "Each of them" if len(titles) > 1 else "It"
    much = "time" if stage.seconds else "training"
    yield (
        f"Other methods of search: {names(titles)}. {each} had as much {much} as the search in "
        "all, and its best network was chosen on validation too."
    )


def _of_ensembles(result: Result) -> Iterator[str]:
    """Say what the ensembles are, and how large."""
    stage = result.config.stage("ensemble")
    if not isinstance(stage, EnsembleStage):
        yield from _of_text_ensembles(result)
        return
    ensembles = [one for one in result.models if one.is_ensemble]
    if ensembles:
        yield (
            "Ensembles: the mean of several models, chosen greedily on validation, where they look "
            "better than they are; a model may weigh more than another. Those of networks come "
            f"from the up to {stage.pool} best of a search."
        )
    own = next((one for one in ensembles if one.role == EVOLVED), None)
    if own is not None:
        yield (
            f"The {own.model} is one network with {count(own.n_weights, 'weight')}: see "
            "`cellcolony predict RUN FILE --network ensemble`, and the same for export and draw."
        )
    elif result.ensemble is not None:
        (member,) = result.ensemble.members[:1]
        yield f"No other network makes network {member.candidate} better on validation."


def _of_text_ensembles(result: Result) -> Iterator[str]:
    if any(one.is_ensemble for one in result.models):
        yield (
            "Ensembles: the mean probability of several final trainings, chosen greedily on "
            "validation, where they look better than they are; a model may weigh more than "
            "another. Of each search and each rival as many trained models were to be chosen from, "
            "the best on validation."
        )


def _tuned(result: Result) -> tuple[str, ...]:
    stage = result.config.stage("cells")
    return stage.tuned if isinstance(stage, CellsStage) else ()


def _of_tuned(result: Result) -> Iterator[str]:
    """Say how often each tuned rival was trained, and how best."""
    for cell in _tuned(result):
        title = f"{TUNED} {cell}"
        recipe = next((one.recipe for one in result.models if one.model == title), "")
        if recipe:
            options = " ".join(
                f"--{one.replace('_', '-').replace('=', ' ')}" for one in recipe.split()
            )
            yield (
                f"{title.capitalize()} had {count(result.n_done, 'training')} too, each with a "
                "recipe and first weights of its own; the best was chosen on validation too. In "
                f"the final training it is {options}."
            )


def training_time(seconds: float, epochs: int | None = None) -> str:
    """Return how long a training took; one of no measurable length says so, and none at all.

    Args:
        seconds: How long it took, or the judging of what was not trained.
        epochs: How many epochs of a network's training there were; None where that is not known.
    """
    if epochs == 0:
        return "not trained"
    return duration(seconds) if seconds >= 0.05 else "< 0.1 s"
