"""A search whose candidates are trained in part, and judged by what a predictor says of the rest.

Its trainings are real, and tiny: 8 marks in full, of which 2 are known.
"""

import os
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.meta import PredictedFitness
from cellcolony.judges.meta.compare import compare
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.judges.meta.saved import SavedPredictor, read_files
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.curves import BEGUN, read_curves
from cellcolony.runs.open import open_run
from cellcolony.runs.predictor_folder import write_predictor
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.nodes import NodeEvolution, RacedNodes
from cellcolony.tasks.language import Language
from tests.runs import settings
from tests.runs.runs import journal
from tests.runs.settings import SEARCH, TEXT

pytest.importorskip("torch")

N_MARKS, N_FIRST = 8, 2
MODEL = ModelSettings(hidden=4, layers=1)
SCHEDULE = Schedule(
    epochs=N_MARKS, batch=4, steps=10, optimizer="adam", learning_rate=0.05, shape="cosine",
    scored=0.5,
)  # fmt: skip
WHOLE = LanguageTraining(MODEL, SCHEDULE)
PART = LanguageTraining(MODEL, replace(SCHEDULE, epochs=N_FIRST))
FINAL = LanguageTraining(MODEL, replace(SCHEDULE, epochs=3, scored=1.0))
FINALS = FinalsStage(training=FINAL, contenders=2)
NODES = NodeEvolution(population=6, generations=2, start_height=2)
STAGES = (SEARCH, ControlStage(), CellsStage(cells=("gru",)), FINALS, FinalScoresStage())


@pytest.fixture(scope="module", autouse=True)
def few_epochs():
    sequence = pytest.importorskip("cellcolony.judges.meta.sequence")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sequence, "MOST_EPOCHS", 2)
        yield


@pytest.fixture(scope="module")
def full(tmp_path_factory, text):
    """A search whose candidates are trained in full; never change it."""
    path = tmp_path_factory.mktemp("full") / "node"
    method = RacedNodes(efforts=(1,), shares=(1.0,))
    settings.nodes(text, (SEARCH,), method, training=WHOLE).run(
        "16networks", out=path, executor="threads"
    )
    return path


@pytest.fixture(scope="module")
def meta(tmp_path_factory, full):
    """A folder with a predictor; never change it."""
    folder = tmp_path_factory.mktemp("meta") / "meta"
    found = read_curves([full], N_FIRST, N_MARKS)
    write_predictor(folder, compare(found.curves, N_FIRST, by="node"))
    return folder


def study(text, meta, stages: Any = STAGES, method: Any = NODES, training=PART, **more):
    judge = PredictedFitness(meta=str(meta))
    return settings.nodes(text, stages, method, training=training, judge=judge, **more)


@pytest.fixture(scope="module")
def run(tmp_path_factory, text, meta):
    """A whole study judged by predictions; never change it."""
    path = tmp_path_factory.mktemp("judged") / "run"
    return study(text, meta).run(out=path, executor="threads", device="cpu")


def done(path):
    return [one for one in journal(path) if one["event"] == "done"]


def test_the_journal_keeps_the_loss_that_was_measured_and_the_prediction(run, meta):
    saved = SavedPredictor.of_files(read_files(meta), "meta")
    lines = [one for one in done(run.path) if "failure" not in one]
    assert len(lines) > 8
    for one in lines:
        assert len(one["curve"]) == N_FIRST
        assert one["loss"] == one["curve"][-1]
        assert one["guide"] == saved.predict(np.array([one["curve"]]))[0]


def test_a_part_of_a_training_is_the_beginning_of_the_whole(full, meta, tmp_path, text):
    method = RacedNodes(efforts=(1,), shares=(1.0,))
    study(text, meta, (SEARCH,), method).run("4networks", out=tmp_path / "r", executor="threads")
    in_full, in_part = (
        {
            asked["tree"]["tree"]: one["curve"]
            for asked in journal(path)
            for one in done(path)
            if asked["event"] == "asked" and asked["number"] == one["number"]
        }
        for path in (full, tmp_path / "r")
    )
    both = in_full.keys() & in_part.keys()
    assert len(both) == 4  # raced nodes begin with the same seeds
    assert all(in_full[tree][:N_FIRST] == in_part[tree] for tree in both)


def test_evolution_is_led_by_predictions_and_front_and_scores_hold_what_was_measured(run):
    measured = {one["number"]: one["loss"] for one in done(run.path) if "failure" not in one}
    assert {one.number: one.loss for one in run.front}.items() <= measured.items()
    assert run.chosen.loss == min(measured.values())
    guides = {one["guide"] for one in done(run.path) if "guide" in one}
    assert not {np.exp(one) for one in guides} & {one.value for one in run.scores}


def test_the_lowest_predictions_take_part_in_the_final_trainings(run):
    guides = {one["number"]: one["guide"] for one in done(run.path) if "guide" in one}
    best = sorted(guides, key=lambda number: (guides[number], number))
    finals = {path.name for path in (run.path / "finals").iterdir()}
    assert any(name.startswith(f"evolved-node-{best[0]}-") for name in finals)
    trained = {int(n.split("-")[2]) for n in finals if n.startswith("evolved-node-")}
    assert trained <= set(best[:6])
    assert len(trained) == 2


def test_a_run_and_its_control_keep_a_copy_of_the_predictor(run, meta):
    for folder in (run.path / "judge", run.path / "control" / "judge"):
        assert read_files(folder) == read_files(meta)
    judge = open_run(run.path).config.judge
    assert isinstance(judge, PredictedFitness)
    assert len(judge.digest) == 64
    assert open_run(run.path / "control").config.judge == run.config.judge


def test_a_killed_study_goes_on_from_its_own_copy(run, tmp_path, text, meta):
    gone, path = tmp_path / "gone", tmp_path / "run"
    shutil.copytree(meta, gone)
    whole = study(text, gone, (SEARCH, ControlStage())).run(out=path, executor="threads")
    shutil.rmtree(gone)
    lines = (path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    before = done(path)
    (path / "journal.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
    shutil.rmtree(path / "control")
    (path / "result.toml").unlink()
    again = resume(path, executor="threads", workers=2)
    assert [one["guide"] for one in done(path) if "guide" in one] == [
        one["guide"] for one in before if "guide" in one
    ]
    assert again.chosen.loss == whole.chosen.loss
    assert (path / "control" / "judge").is_dir()


def test_strict_order_is_the_same_for_any_number_of_workers(run, tmp_path, text, meta):
    study(text, meta, (SEARCH,)).run(out=tmp_path / "run", executor="threads", workers=2)
    one, other = (
        {line["number"]: line for line in done(path)} for path in (run.path, tmp_path / "run")
    )
    assert one == other


def test_a_replay_trains_and_predicts_the_same(run):
    found = replay(run.path, retrain=True, executor="threads")
    assert found.trained is not None
    assert found.trained.is_same


@pytest.mark.parametrize("what", ["changed", "missing", "another", "link", "pipe"])
def test_a_run_whose_predictor_is_not_the_one_it_was_begun_with_does_not_go_on(
    what, tmp_path, text, meta, full
):
    path = tmp_path / "run"
    study(text, meta, (SEARCH,), method=RacedNodes(efforts=(1,), shares=(1.0,))).run(
        "3networks", out=path, executor="threads"
    )
    file = path / "judge" / "predictor.json"
    if what in ("missing", "link", "pipe"):
        file.unlink()
        if what == "link":
            file.symlink_to(meta / file.name)
        elif what == "pipe":
            os.mkfifo(file)
    elif what == "changed":
        file.write_bytes(file.read_bytes() + b" ")
    else:
        found = read_curves([full], N_FIRST, N_MARKS)
        other = compare(found.curves, N_FIRST, by="node", wanted="last").saved
        for name, content in other.files().items():
            (path / "judge" / name).write_bytes(content)
    with pytest.raises(RunError, match=r"cannot be read|another predictor than the one"):
        resume(path, "5networks", executor="threads")


def test_curves_of_a_run_that_was_judged_so_are_no_curves(run):
    with pytest.raises(RunError, match=BEGUN):
        read_curves([run.path], N_FIRST, N_MARKS)


@pytest.mark.parametrize("name", PREDICTORS.names())
def test_every_predictor_may_judge(name, tmp_path, text, full):
    found = read_curves([full], N_FIRST, N_MARKS)
    write_predictor(tmp_path / "m", compare(found.curves, N_FIRST, by="node", wanted=name))
    method = RacedNodes(efforts=(1,), shares=(1.0,))
    result = study(text, tmp_path / "m", (SEARCH,), method).run("2networks", executor="threads")
    assert result.n_done == 2


def test_a_judge_without_a_predictor_says_where_to_get_one(text, tmp_path):
    with pytest.raises(ConfigError, match=r"needs a predictor: --meta FOLDER.*train-meta"):
        settings.nodes(text, (SEARCH,), judge=PredictedFitness())
    with pytest.raises(RunError, match=r"holds no predictor.*train-meta"):
        study(text, tmp_path)


def test_other_trainings_than_those_of_the_curves_are_refused_with_what_differs(text, meta):
    other = replace(PART, model=replace(MODEL, dropout=0.5))
    with pytest.raises(ConfigError, match=r"not trained as the curves .*model.dropout.*0.0.*0.5"):
        study(text, meta, training=other)
    other = replace(PART, schedule=replace(PART.schedule, epochs=4))
    with pytest.raises(ConfigError, match=r"first 2 of 8 marks, and candidates are trained for 4"):
        study(text, meta, training=other)


def test_rungs_are_refused_by_name(text, meta):
    with pytest.raises(ConfigError, match=r"`efforts` has 2 rungs: 1, 4.*--efforts 1 --shares 1"):
        study(text, meta, method=RacedNodes(efforts=(1, 4), shares=(0.5, 0.5)))


def test_another_text_is_refused(tmp_path, meta):
    (tmp_path / "text.txt").write_text(TEXT + "a cat and a dog\n" * 20)
    with pytest.raises(ConfigError, match="trainings of another text"):
        study(Language.from_files(tmp_path / "text.txt"), meta)


def test_a_search_for_forecasts_is_refused(task, meta):
    with pytest.raises(ConfigError, match="is for searches for nodes"):
        settings.forecast(task, stages=(), judge=PredictedFitness(meta=str(meta)))
