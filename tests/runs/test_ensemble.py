"""The ensembles of a forecast's searches, and of its rivals."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.cli.draw import draw
from cellcolony.cli.export import export
from cellcolony.cli.predict import predict
from cellcolony.errors import ConfigError, RunError
from cellcolony.networks import vectors
from cellcolony.networks.train import predict as run_network
from cellcolony.runs import ensemble as ensembles
from cellcolony.runs.journal import decode_weights
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.scores import CONTROL, EVOLVED, RIVAL
from cellcolony.runs.stages import ensemble as stages
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.studies import study_of
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks import deviations
from tests.export.cases import load
from tests.runs import settings
from tests.runs.runs import ensemble_files, scores

OF_RIVALS = RivalsStage(names=("persistence", "GRU", "LSTM"))
STAGES = (
    ControlStage(), MethodsStage(methods=("fixed",)), EnsembleStage(), OF_RIVALS, ScoresStage(),
)  # fmt: skip
ALONE = (EnsembleStage(), ScoresStage())
N = 20
TRAINING = replace(settings.TRAINING, epochs=6)
"""So long that the rivals are about as good as each other."""


def searched(task, stages=ALONE, out=None, budget=f"{N} networks", **options):
    return settings.forecast(task, stages, training=TRAINING).run(budget, out=out, **options)


@pytest.fixture(autouse=True, scope="module")
def same_networks_on_all_machines():
    """How good so few networks get, and who joins an ensemble, depends on the vectors' width."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(vectors.WIDTH, "8")
        yield


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("ensemble") / "run"
    return searched(read, STAGES, path)


def ensemble_of(result):
    assert result.ensemble is not None
    return result.ensemble


def copied(result, tmp_path):
    return shutil.copytree(result.path, tmp_path / "copy")


def of_role(result, role):
    return [one for one in result.models if one.role == role and one.is_ensemble]


def test_an_ensemble_forecasts_the_weighted_mean_of_its_members(ended, frame, read):
    ensemble = ensemble_of(ended)
    assert len(ensemble.members) > 1
    assert sum(one.share for one in ensemble.members) == pytest.approx(1)
    inputs = read.series("valid", residual=True)[0].inputs
    journal = {}
    for line in map(json.loads, (ended.path / "journal.jsonl").read_text().splitlines()):
        if line["event"] == "done":
            journal[line["number"]] = decode_weights(line["weights"])
    mean = 0.0
    for member in ensemble.members:
        network = ended.genome(member.candidate).with_weights(journal[member.candidate])
        mean = mean + member.share * run_network(network, inputs)
        assert ended.history.candidate(member.candidate).loss == member.loss
    np.testing.assert_allclose(run_network(ensemble.network, inputs), mean, atol=1e-5)


def test_an_ensemble_is_better_on_validation_than_the_best_network_alone(ended):
    best, ensemble = ended.models[:2]
    assert (best.model, ensemble.model) == (
        f"network {ended.chosen.number}", ensemble_of(ended).title,
    )  # fmt: skip
    assert ensemble.value("valid") < best.value("valid")
    assert ensemble.n_weights == ensemble_of(ended).size > best.n_weights
    assert ended.error("test") == best.value("test")


def test_every_search_has_an_ensemble_and_the_rivals_have_one_together(ended):
    (own,), (control,) = of_role(ended, EVOLVED), of_role(ended, CONTROL)
    of_method, of_rivals = of_role(ended, RIVAL)
    n = len(ensemble_of(ended).members)
    assert own.model == f"ensemble of {n} networks"
    assert control.model.endswith(" of random search")
    assert of_method.model.endswith(" tuned fixed networks")
    assert of_rivals.model.endswith(" rivals")
    single = {one.model: one for one in ended.models if one.role == RIVAL and not one.is_ensemble}
    assert of_rivals.value("valid") < min(one.value("valid") for one in single.values())
    assert of_rivals.n_weights <= sum(one.n_weights for one in single.values())
    for folder in ("control", "rivals/fixed"):
        within = open_run(ended.path / folder)
        assert ensemble_of(within).members[0].loss == pytest.approx(within.chosen.loss)
    assert all(one.candidate is None for one in ended.scores if one.members > 1)


def test_the_ensemble_and_the_best_network_have_margins_to_every_rival(ended):
    title = ensemble_of(ended).title
    others = {one.model for one in ended.models if one.role != EVOLVED}
    margins = ended.outcome.margins
    assert {one.model for one in margins if one.own == title} == others
    assert {one.model for one in margins if one.own == ""} == others
    ensemble, rival = ended.models[1], ended.models[-1]
    (found,) = [one for one in margins if (one.own, one.model) == (title, rival.model)]
    assert found.difference == pytest.approx(ensemble.value("test") - rival.value("test"), rel=1e-4)
    assert ended.outcome.test_readings == 1


def test_a_study_without_a_directory_has_the_same_ensembles(ended, read):
    result = searched(read, STAGES)
    assert ensemble_of(result).files() == ensemble_of(ended).files()
    assert scores(result) == scores(ended)


@pytest.mark.parametrize("budget", [f"{N} networks", "loss<0.15"])
def test_in_strict_order_any_number_of_workers_chooses_the_same(read, tmp_path, budget):
    for n in (1, 3):
        searched(read, out=tmp_path / str(n), budget=budget, workers=n)
    files = [ensemble_files(tmp_path / str(n)) for n in (1, 3)]
    assert files[0] == files[1] != {}
    assert ensemble_of(searched(read, budget=budget, workers=3)).files() == files[0]


def test_a_study_that_goes_on_chooses_anew(read, tmp_path):
    stages, path = (ControlStage(), *ALONE), tmp_path / "run"
    before = ensemble_of(searched(read, stages, path)).files()
    result = resume(path, "30 networks", task=read)
    alone = searched(read, stages, budget="30 networks")
    assert ensemble_files(path) == ensemble_of(alone).files() != before
    assert scores(result) == scores(alone)


def test_a_replay_trains_and_averages_again(ended, read, tmp_path):
    found = replay(ended.path, retrain=True, task=read)
    assert found.trained is not None
    assert found.trained.scores is None
    path = copied(ended, tmp_path)
    weights = path / "control/ensemble/weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-3] ^= 1
    weights.write_bytes(content)
    with pytest.raises(RunError, match=r"ensemble\.weights\.safetensors"):
        replay(path)


def test_an_ensemble_of_one_is_that_network_and_no_line_of_its_own(read, data, tmp_path, capsys):
    stages = (EnsembleStage(pool=1), ScoresStage())
    result = searched(read, stages, tmp_path / "run")
    (member,) = ensemble_of(result).members
    assert member.candidate == result.chosen.number
    assert not any(one.is_ensemble for one in result.models)
    predict(tmp_path / "run", data, network="ensemble")
    of_ensemble = capsys.readouterr().out
    predict(tmp_path / "run", data, network=member.candidate)
    assert capsys.readouterr().out == of_ensemble


def test_a_study_that_has_chosen_none_says_so(read, data, tmp_path):
    result = searched(read, (ScoresStage(),), tmp_path / "run")
    assert result.ensemble is None
    numbers = ", ".join(str(one.number) for one in result.front)
    message = rf"has no ensemble\. Choose a network of the front by its number: {numbers}\."
    with pytest.raises(RunError, match=message):
        predict(tmp_path / "run", data, network="ensemble")
    with pytest.raises(RunError, match=message):
        export(tmp_path / "run", to="numpy", out=tmp_path, number="ensemble")


def test_a_study_whose_ensemble_is_to_come_says_how_it_goes_on(ended, tmp_path):
    path = copied(ended, tmp_path)
    shutil.rmtree(path / "ensemble")
    with pytest.raises(RunError, match="It is chosen after the search: see `cellcolony resume`"):
        open_run(path).found("ensemble")


def test_an_ensemble_is_exported_like_any_network(ended, frame, tmp_path):
    export(ended.path, to="numpy", out=tmp_path / "mean.py", number="ensemble")
    found = load(tmp_path / "mean.py").predict(frame[[*ended.transform.inputs]].to_numpy())
    np.testing.assert_allclose(found, ended.predict(frame, "ensemble"), rtol=1e-4)


@pytest.mark.parametrize("name", ["mean.svg", "mean.dot"])
def test_an_ensemble_is_drawn_like_any_network(ended, tmp_path, name):
    draw(ended.path, number="ensemble", out=tmp_path / name)
    assert f"Ensemble of {len(ensemble_of(ended).members)} net" in (tmp_path / name).read_text()


def test_the_rivals_of_a_large_split_have_no_ensemble(read, monkeypatch):
    monkeypatch.setattr(deviations, "MOST_VALUES", 10)
    result = searched(read, (EnsembleStage(), OF_RIVALS, ScoresStage()))
    assert of_role(result, EVOLVED)
    assert not of_role(result, RIVAL)


def test_members_are_left_out_of_an_ensemble_that_is_too_large_for_one_network(read, monkeypatch):
    whole = ensemble_of(searched(read))
    monkeypatch.setattr(stages, "_fit_together", lambda networks: len(networks) <= 2)
    few = ensemble_of(searched(read))
    most = sorted(whole.members, key=lambda one: -one.times)[:2]
    assert {one.candidate for one in few.members} == {one.candidate for one in most}
    assert {one.times for one in few.members} == {one.times for one in most}


def test_the_usual_study_of_a_forecast_chooses_ensembles_before_it_fits_rivals(read):
    study = study_of(read, AntSwarm(), control="random", rivals=("fixed",))
    names = [stage.name for stage in study.config.stages]
    assert names == [
        "search", "control", "methods", "ensemble", "rivals", "scores", "importance",
    ]  # fmt: skip


@pytest.mark.parametrize("settings", [{"pool": 0}, {"pool": 101}, {"most_members": 0}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ConfigError, match="must be"):
        EnsembleStage(**settings)


def changed(line, place, value):
    parts = line.split(",")
    parts[place] = value
    return ",".join(parts)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, "999", "has no candidate 999"),
        (1, "0", "`times` must be"),
        (2, "0.9", "do not sum to 1"),
        (3, "0.5", "has another loss in the journal"),
    ],
)
def test_members_that_cannot_be_are_refused(ended, tmp_path, place, value, message):
    path = copied(ended, tmp_path)
    members = path / "ensemble/members.csv"
    head, first, *others = members.read_text().splitlines()
    members.write_text("\n".join([head, changed(first, place, value), *others]) + "\n")
    with pytest.raises(RunError, match=message):
        open_run(path)


def test_another_network_than_the_members_give_together_is_refused(ended, tmp_path):
    path = copied(ended, tmp_path)
    for name in ("genome.json", "weights.safetensors"):
        champion = path / "champions" / str(ended.chosen.number) / name
        shutil.copy(champion, path / "ensemble" / name)
    with pytest.raises(RunError, match="another network than its members give together"):
        open_run(path)


def test_a_member_that_was_not_in_the_pool_is_refused(ended, read, tmp_path):
    path = copied(ended, tmp_path)
    journal = path / "journal.jsonl"
    lines = journal.read_text().splitlines()
    for i, line in enumerate(lines):
        if '"stage": "ensemble"' in line and '"members"' in line:
            item = json.loads(line)
            item["result"]["members"][0][0] = 777
            lines[i] = json.dumps(item)
    journal.write_text("\n".join(lines) + "\n")
    (path / "result.toml").unlink()
    with pytest.raises(RunError, match="of the stage 'ensemble' is invalid"):
        resume(path, task=read)


def test_a_folder_of_an_ensemble_is_replaced_whole(ended, tmp_path):
    path = copied(ended, tmp_path)
    (path / "ensemble.part").mkdir()
    (path / "ensemble.part/old").write_text("of a kill")
    (path / "ensemble/old").write_text("of an earlier session")
    ensembles.write_ensemble(path, ensemble_of(ended))
    assert ensemble_files(path) == ensemble_of(ended).files()
    assert not (path / "ensemble.part").exists()
