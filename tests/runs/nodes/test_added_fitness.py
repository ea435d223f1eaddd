"""Ensembles of several runs, and searches that are led by what a node adds to one."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.cli import main
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.added import AddedFitness
from cellcolony.judges.added.saved import SavedEnsemble, read_files
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.joined import join
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.nodes import RacedNodes
from cellcolony.store.files import write_folder
from cellcolony.tasks.language import Language
from tests.runs import settings
from tests.runs.runs import journal
from tests.runs.settings import SEARCH, TEXT

pytest.importorskip("torch")

SCHEDULE = Schedule(
    epochs=2, batch=4, steps=10, optimizer="adam", learning_rate=0.05, shape="cosine", lanes=2
)
CANDIDATE = LanguageTraining(ModelSettings(hidden=4, layers=1), SCHEDULE)
FINAL = LanguageTraining(ModelSettings(hidden=4, layers=1), replace(SCHEDULE, epochs=3))
RACE = RacedNodes(efforts=(1, 2), shares=(0.5, 0.5))
FINALS = FinalsStage(training=FINAL, contenders=2)
STAGES = (SEARCH, ControlStage(), CellsStage(cells=("gru",)), FINALS, FinalScoresStage())


@pytest.fixture(scope="module")
def models(tmp_path_factory, text):
    """Two runs with final trainings; never change them."""
    folder, found = tmp_path_factory.mktemp("models"), []
    for seed, cell in enumerate(("lstm", "gru")):
        path = folder / cell
        settings.model(text, (cell,), seed=seed, n_seeds=2).run(out=path)
        found.append(path)
    return found


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory, models):
    """The folder of an ensemble; never change it."""
    folder = tmp_path_factory.mktemp("ensemble") / "e"
    write_folder(folder, join(models, device="cpu").saved.files())
    return folder


def study(text, ensemble, stages=STAGES, method=RACE, diversity=1.0, **more):
    judge = AddedFitness(ensemble=str(ensemble), diversity=diversity)
    return settings.nodes(text, stages, method, **{"training": CANDIDATE, "judge": judge, **more})


@pytest.fixture(scope="module")
def run(tmp_path_factory, text, ensemble):
    """A whole study that is led by what nodes add; never change it."""
    path = tmp_path_factory.mktemp("added") / "run"
    return study(text, ensemble).run("20trainings", out=path, executor="threads", device="cpu")


def done(path):
    lines = [one for one in journal(path) if one["event"] == "done" and "failure" not in one]
    return {one["number"]: one for one in lines}


def test_an_ensemble_is_no_worse_on_validation_than_its_best_model(models, text):
    joined = join(models, device="cpu")
    assert joined.n_models == 4
    assert joined.saved.facts.valid_perplexity <= min(joined.alone) * (1 + 1e-12)
    assert joined.saved.probabilities.shape == (len(text.valid) - 1,)


def test_models_are_chosen_by_name_and_their_mean_is_what_is_saved(models):
    name = open_run(models[1]).models[0].model
    one = join(models[1:], [name], most=1, device="cpu")
    assert one.n_models == 2  # seeds
    assert [member.run for member in one.saved.facts.members] == [str(models[1])]
    scores = [
        score.value
        for score in open_run(models[1]).scores
        if score.split == "test" and score.seed is not None and score.measure == "perplexity"
        and one.saved.facts.members[0].name.endswith(f"-seed-{score.seed}")
    ]  # fmt: skip
    assert scores == pytest.approx([one.saved.facts.test_perplexity], rel=1e-5)
    valid = np.exp(-np.log(one.saved.probabilities.astype(np.float64)).mean())
    assert valid == pytest.approx(one.saved.facts.valid_perplexity, rel=1e-5)


def test_runs_that_cannot_be_joined_are_refused(models, tmp_path, task):
    with pytest.raises(RunError, match=r"no final training of 'nascell' with weights.*show RUN"):
        join(models, ["nascell"])
    (tmp_path / "text.txt").write_text(TEXT + "a cat and a dog\n" * 20)
    other = tmp_path / "other"
    settings.model(Language.from_files(tmp_path / "text.txt"), seed=0).run(out=other)
    with pytest.raises(RunError, match=f"{other} is a study of another text"):
        join([*models, other])
    forecast = tmp_path / "forecast"
    settings.forecast(task).run("3 networks", out=forecast)
    with pytest.raises(RunError, match="is no study of a text"):
        join([forecast])


def test_the_journal_keeps_a_nodes_own_loss_and_what_leads(run):
    lines = done(run.path)
    assert len(lines) > 6
    assert all(one["guide"] != one["loss"] for one in lines.values())
    assert {one.number: one.loss for one in run.front}.items() <= {
        number: one["loss"] for number, one in lines.items()
    }.items()


def test_the_guide_is_the_loss_of_the_ensemble_that_the_node_joins(run, ensemble, text):
    saved = SavedEnsemble.of_files(read_files(ensemble), "e")
    alone = -float(np.log(saved.probabilities.astype(np.float64)).mean())
    for one in done(run.path).values():
        mean = (saved.n * alone + one["loss"]) / (saved.n + 1)
        assert 0 < one["guide"] < mean + 1e-6  # by Jensen's inequality


def test_who_adds_most_takes_part_in_the_final_trainings(run):
    lines = done(run.path)
    longest = max(len(one["curve"]) for one in lines.values())
    whole = {number: one for number, one in lines.items() if len(one["curve"]) == longest}
    best = min(whole, key=lambda number: (whole[number]["guide"], number))
    finals = {path.name for path in (run.path / "finals").iterdir()}
    assert any(name.startswith(f"evolved-node-{best}-") for name in finals)


def test_a_killed_study_goes_on_from_its_own_copy_and_is_replayed(tmp_path, text, ensemble):
    gone, path = tmp_path / "gone", tmp_path / "run"
    shutil.copytree(ensemble, gone)
    study(text, gone, (SEARCH,), diversity=2.0).run("12trainings", out=path, executor="threads")
    shutil.rmtree(gone)
    before = done(path)
    lines = (path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (path / "journal.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
    (path / "result.toml").unlink()
    resume(path, executor="threads", workers=2)
    assert done(path) == before
    trained = replay(path, retrain=True, executor="threads").trained
    assert trained is not None
    assert trained.is_same
    (path / "judge" / "ensemble.json").write_bytes(b"{}")
    with pytest.raises(RunError, match="another ensemble than the one"):
        resume(path, "20trainings", executor="threads")


def test_a_study_that_cannot_be_judged_so_says_why(tmp_path, text, task, ensemble):
    with pytest.raises(ConfigError, match=r"needs an ensemble to add to.*cellcolony ensemble"):
        settings.nodes(text, (SEARCH,), judge=AddedFitness())
    with pytest.raises(RunError, match=r"holds no ensemble.*cellcolony ensemble"):
        study(text, tmp_path)
    with pytest.raises(ConfigError, match="is for searches for nodes"):
        settings.forecast(task, stages=(), judge=AddedFitness(ensemble=str(ensemble)))
    (tmp_path / "text.txt").write_text(TEXT + "a cat and a dog\n" * 20)
    with pytest.raises(ConfigError, match="learned from another text"):
        study(Language.from_files(tmp_path / "text.txt"), ensemble)


def test_the_report_says_what_led_and_holds_no_number_of_the_ensemble(run, capsys):
    assert main(["show", str(run.path)]) == 0
    assert "led by what a candidate adds to an ensemble" in " ".join(
        capsys.readouterr().out.split()
    )


def test_the_command_writes_a_folder_that_a_search_can_add_to(models, tmp_path, capsys):
    out = tmp_path / "e"
    assert main(["ensemble", *map(str, models), "--out", str(out), "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "on validation, which chose" in told
    assert f"--judge added --ensemble {out}" in told
    read_files(out)
    assert main(["ensemble", str(models[0]), "--out", str(out)]) == 2
    assert "exists" in capsys.readouterr().err


def test_parts_of_trainings_are_scored_alike(text, ensemble):
    """Candidates that are scored on a share of the text between are told whole at their end."""
    part = replace(CANDIDATE, schedule=replace(CANDIDATE.schedule, scored=0.5, lanes=2))
    result = study(text, ensemble, (SEARCH,), training=part).run("6trainings", executor="threads")
    assert result.n_done >= 3
    assert not result.n_failed
