import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.report.compared import comparison_report, data_sets_report
from cellcolony.report.plots.comparison import plot_comparison
from cellcolony.report.plots.progress import best_so_far
from cellcolony.report.sections.curves import curves_of
from cellcolony.runs.comparison import Measured, check_comparable, grouped, open_runs, paired
from cellcolony.runs.config import CONFIG
from cellcolony.runs.data_sets import by_data, ranked
from cellcolony.runs.events import Done, ItemDone, SearchStarted
from cellcolony.runs.open import open_run
from cellcolony.runs.repeat import repeat
from cellcolony.runs.scores import CONTROL
from cellcolony.runs.spread import Spread
from cellcolony.runs.stage import STAGES
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.study import Study
from cellcolony.search.model import FixedModel
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language
from tests.report.rendered import rendered
from tests.runs.batteries import write_text
from tests.runs.settings import ANTS, TRAINING

FEW_RIVALS = RivalsStage(names=("persistence", "ridge", "boosting", "GRU"))


def study(task, seed=0, stages=("search", "control", "rivals", "scores"), **settings):
    stages = [FEW_RIVALS if name == "rivals" else STAGES[name]() for name in stages]
    return Study.of(task, ANTS, training=TRAINING, stages=stages, seed=seed, **settings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, read):
    """Three seeds of a search, each compared with random search."""
    out = tmp_path_factory.mktemp("repeat") / "seeds"
    repeat(study(read, seed=4), 3, out, budget="3 networks")
    return out


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A search for nodes, two seeds, and one fixed model, of the same text."""
    out = tmp_path_factory.mktemp("texts")
    write_text(out)
    task = Language.from_files(out / "text.txt", tokens="words", vocabulary=50)
    model, schedule = ModelSettings(layers=1, hidden=4), Schedule(epochs=2, batch=4, steps=5)
    training = LanguageTraining(model, replace(schedule, epochs=1))
    finals = [FinalsStage(LanguageTraining(model, schedule)), STAGES["final-scores"]()]
    stages = [STAGES["search"](), STAGES["control"](), *finals]
    nodes = NodeEvolution(population=2, generations=1)
    one = Study.of(task, nodes, training=training, stages=stages)
    other = Study.of(task, FixedModel(units=(4,)), training=training, stages=finals)
    options: dict[str, Any] = {"executor": "threads", "device": "cpu"}
    repeat(one, 2, out / "nodes", **options)
    other.run(out=out / "lstm", **options)
    return out


def test_each_seed_is_a_run_of_its_own(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["seed-4", "seed-5", "seed-6"]
    runs = open_runs([folder])
    assert [run.config.seed for run in runs] == [4, 5, 6]


def test_a_seed_among_several_is_the_same_run_as_alone(folder, read):
    alone = study(read, seed=5).run("3 networks")
    among = open_run(folder / "seed-5")

    def numbers(run):
        return [(s.model, s.split, s.measure, s.value) for s in run.scores]

    assert numbers(among) == numbers(alone)


def test_plain_rivals_are_fitted_for_the_first_seed_alone(read, monkeypatch):
    fitted, compare = [], rivals.compare
    monkeypatch.setattr(
        rivals, "compare", lambda task, names: fitted.extend(names) or compare(task, names)
    )
    results = repeat(study(read), 2, budget="2 networks")
    assert len(fitted) == len(set(fitted))
    assert {"persistence", "ridge", "boosting"} <= set(fitted) <= set(rivals.names())
    one, other = (
        {s.model: s.value for s in run.rivals if s.split == "test" and s.measure == "mae"}
        for run in results
    )
    assert one["persistence"] == other["persistence"]


def test_an_interrupted_seed_is_the_last_and_the_next_call_goes_on_with_it(read, tmp_path):
    out = tmp_path / "seeds"
    whole = repeat(
        study(read, stages=("search", "scores")), 3, tmp_path / "whole", budget="4 networks"
    )

    seeds = []

    def interrupt(event):
        if isinstance(event, SearchStarted):
            seeds.append(event.seed)
        if isinstance(event, Done) and seeds == [0, 1] and event.candidate.number == 2:
            os.kill(os.getpid(), signal.SIGINT)

    cut = repeat(
        study(read, stages=("search", "scores")), 3, out, budget="4 networks", on_event=interrupt
    )
    assert [run.config.seed for run in cut] == [0, 1]
    outcome = cut[-1].outcome
    assert outcome is not None
    assert outcome.interrupted
    assert not (out / "seed-2").exists()
    before = (out / "seed-0" / "journal.jsonl").read_bytes()
    events = []
    results = repeat(
        study(read, stages=("search", "scores")), 3, out, budget="4 networks",
        on_event=events.append,
    )  # fmt: skip
    assert [run.n_done for run in results] == [4, 4, 4]
    assert (out / "seed-0" / "journal.jsonl").read_bytes() == before
    started = [event.seed for event in events if isinstance(event, SearchStarted)]
    assert started == [1, 2]
    assert [run.error("test") for run in results] == [run.error("test") for run in whole]


def test_random_search_is_the_control_with_its_own_run_directory(folder):
    run, random = open_run(folder / "seed-4"), open_run(folder / "seed-4" / "control")
    assert random.n_done == run.n_done == 3
    assert random.config.method_name == "random"
    (control,) = [model for model in run.models if model.role == CONTROL]
    assert control.value("valid") == random.error("valid")
    assert control.n_weights == random.best.n_weights
    assert run.outcome is not None
    assert run.outcome.control_candidates == 3


def test_groups_are_runs_that_differ_in_the_seed_alone(folder):
    one = grouped(open_runs([folder]))
    assert [(group.name, len(group.runs), dict(group.settings)) for group in one] == [("A", 3, {})]
    random = [path / "control" for path in sorted(folder.iterdir())]
    ours, theirs = grouped(open_runs([folder, *random]))
    assert (dict(ours.settings), dict(theirs.settings)) == (
        {"method": "ants"},
        {"method": "random"},
    )
    compared = paired(ours, theirs, Measured.of([*ours.runs, *theirs.runs]))
    assert compared is not None
    assert compared.n_pairs == 3
    assert compared.is_too_small


def test_groups_without_a_common_seed_have_nothing_to_pair(folder):
    runs = open_runs([folder])
    other = replace(runs[1], config=replace(runs[1].config, order="strict"))
    one, two = grouped([runs[0], other])
    assert (one.settings, two.settings) == ({"order": "arrival"}, {"order": "strict"})
    assert paired(one, two, Measured.of([runs[0], other])) is None


def test_the_spread_is_mean_deviation_least_median_and_most():
    assert Spread.of([3.0, 1.0, None, 2.0, 10.0]) == (4, 4.0, (50 / 3) ** 0.5, 1.0, 2.5, 10.0)
    assert Spread.of([4.0]) == (1, 4.0, None, 4.0, 4.0, 4.0)
    assert Spread.of([None]) is None


@pytest.fixture(scope="module")
def other(frame, tmp_path_factory):
    """A run on other data."""
    out = tmp_path_factory.mktemp("other") / "other"
    task = Forecast.from_frames(frame[:290], ["wave"])
    study(task, stages=("search", "scores")).run("1 network", out=out)
    return out


def test_runs_on_different_data_cannot_be_compared_with_each_other(folder, other):
    with pytest.raises(RunError, match="different data or splits") as caught:
        check_comparable(open_runs([folder, other]))
    for path in ("seed-4", "seed-6", "other"):
        assert path in str(caught.value)


def test_each_data_set_has_its_groups_and_the_same_group_the_same_name(folder, other):
    random = folder / "seed-4" / "control"
    one, two = by_data(open_runs([folder, random, other]))
    assert [group.name for group in one.groups] == ["A", "B"]
    assert [group.name for group in two.groups] == ["C"]  # which differs from no other there
    both = replace(two, groups=one.groups)
    first, second = ranked([one, both])
    assert {first.name, second.name} == {"A", "B"}
    assert (first.ranks, second.ranks) == ((1.0, 1.0), (2.0, 2.0))
    assert (first.n_best, second.n_best) == (2, 0)
    assert first.ratios == (1.0, 1.0)
    assert second.median_ratio > 1


def test_what_is_not_on_every_data_set_is_not_ranked(folder, other):
    said = rendered(data_sets_report(by_data(open_runs([folder, other]))))
    assert "Data set 1: Forecast of wave, 1 row ahead: wave.csv" in said
    assert "Data set 2: Forecast of wave, 1 row ahead: train frame 0" in said
    assert "No two groups have runs on all 2 data sets" in said


def test_the_same_data_pass(folder):
    check_comparable(open_runs([folder]))


def test_a_run_named_twice_counts_once_and_files_are_passed_over(folder, tmp_path):
    (tmp_path / "plot.png").write_text("")
    same = Path(f"{folder}/../seeds/seed-4")
    assert len(open_runs([folder / "seed-4", folder, same, tmp_path / "plot.png"])) == 3


@pytest.mark.parametrize("where", ["nothing", "."])
def test_what_is_no_run_is_named(tmp_path, where):
    with pytest.raises(RunError, match=r"no such run directory|holds none"):
        open_runs([tmp_path / where])
    with pytest.raises(RunError, match="no run to compare"):
        open_runs([])


@pytest.mark.parametrize("seeds", [0, -1, 1.5, True])
def test_a_number_of_seeds_that_is_none_is_refused(task, seeds):
    with pytest.raises(ConfigError, match="`seeds` must be a whole number of at least 1"):
        repeat(study(task), seeds, budget="1 network")


def test_seeds_are_never_written_over_another_run(task, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="never written over"):
        repeat(study(task), 2, tmp_path, budget="1 network")


def test_seeds_of_another_study_are_refused_and_the_change_is_named(folder, read):
    other = Study.of(read, replace(ANTS, n_ants=5), training=TRAINING, seed=4)
    with pytest.raises(
        RunError, match=r"seed-4 holds another study: .*method.n_ants \(there 4, now 5"
    ):
        repeat(other, 3, folder, budget="3 networks")


def test_finished_seeds_are_opened_and_more_are_run(folder, read, tmp_path):
    out = shutil.copytree(folder, tmp_path / "seeds")
    shutil.rmtree(out / "seed-6")
    (out / "seed-6" / "champions").mkdir(parents=True)  # what a kill leaves before it is a run
    done = []
    results = repeat(
        study(read, seed=4), 4, out, budget="3 networks",
        on_event=lambda event: done.append(event) if isinstance(event, ItemDone) else None,
    )  # fmt: skip
    assert [run.config.seed for run in results] == [4, 5, 6, 7]
    assert results[2].error("test") == open_run(folder / "seed-6").error("test")
    assert all((out / f"seed-{n}" / CONFIG).is_file() for n in (4, 5, 6, 7))
    known = [one for one in done if one.text == "persistence is known."]
    assert len(known) == 2  # of seeds 6 and 7: it was fitted for seed 4


def test_the_best_so_far_falls_to_the_loss_of_the_best_network(folder):
    run = open_run(folder / "seed-5")
    counts, losses = best_so_far(run)
    assert counts == sorted(set(counts))
    assert 1 <= counts[0] <= counts[-1] == run.history.n_done == 3
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == run.chosen.loss


def test_nodes_and_a_fixed_model_are_compared_by_their_final_trainings(texts):
    runs = open_runs([texts / "nodes", texts / "lstm"])
    measured = Measured.of(runs)
    assert measured.words == "test final perplexity"
    nodes, lstm = grouped(runs)
    assert dict(nodes.settings) == {"method": "nodes", "stages": ["search", "finals"]}
    assert dict(lstm.settings) == {"method": "model", "stages": ["finals"]}
    assert list(nodes.errors(measured)) == [0, 1]
    assert lstm.errors(measured)[0] == runs[-1].error("test")
    said = rendered(comparison_report([nodes, lstm]))
    for part in ("test final perplexity", "mean", "sd", "min", "median", "max", "over 1 seed"):
        assert part in said


def test_what_was_not_trained_in_the_end_is_compared_by_search_perplexity(texts):
    ours = open_runs([texts / "nodes", texts / "nodes" / "seed-0" / "control"])
    measured = Measured.of(ours)
    assert measured.words == "valid search perplexity"
    assert measured.error(ours[0]) == ours[0].models[0].value("valid", stage="search")
    with pytest.raises(RunError, match=r"trained differently.*lstm \(final training\)"):
        open_runs([texts / "lstm", texts / "nodes" / "seed-0" / "control"])


def test_runs_of_different_measures_are_refused(texts, folder):
    with pytest.raises(RunError, match=r"measured differently.*perplexity.*MAE"):
        open_runs([texts / "nodes", folder])


def test_learning_curves_are_those_of_the_final_trainings(texts):
    run = open_run(texts / "nodes" / "seed-1")
    (curve,) = [curve for curve in curves_of(run) if curve.is_ours]
    assert [epoch.number for epoch in curve.epochs] == [0, 1]
    best = min(epoch.valid_loss for epoch in curve.epochs)
    assert run.measure.of_loss is not None
    assert run.measure.of_loss(best) == pytest.approx(run.error("valid"))


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_runs_give_the_same_plot(texts, folder, tmp_path, ending):
    """Of both kinds of runs, and in each format; not of both in each: panels are drawn alike."""
    runs = [texts / "nodes", texts / "lstm"] if ending == "svg" else [folder]
    pictures = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.{ending}"
        plot_comparison(grouped(open_runs(runs)), path)
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]


def test_the_plot_has_the_panels_that_there_is_something_for(texts, folder, tmp_path):
    def plotted(*runs):
        path = tmp_path / "plot.svg"
        plot_comparison(grouped(open_runs(runs)), path)
        return path.read_text()

    titles = ("The best so far", "Final trainings", "of each size")
    shown = {
        "forecast": plotted(folder), "lstm": plotted(texts / "lstm"),
        "nodes": plotted(texts / "nodes"),
    }  # fmt: skip
    found = {
        name: [f"<!-- {t}" in text or t in text for t in titles] for name, text in shown.items()
    }
    assert found == {
        "forecast": [True, False, True], "lstm": [False, True, False], "nodes": [True, True, True]
    }  # fmt: skip
