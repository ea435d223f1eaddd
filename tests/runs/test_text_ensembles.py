"""Ensembles of language models: chosen on validation, scored as others, and gone on with."""

# pyright: reportMissingImports=false

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from cellcolony.layers.train import probabilities, score
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.scores import FINAL
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.trained_model import trained_model
from tests.runs import settings
from tests.runs.runs import items, lines_of

FINAL_TRAINING = replace(settings.FINAL, schedule=replace(settings.SCHEDULE, epochs=2))


def study(task, n_seeds=2, most_members=5, rates=(1.0, 2.0), contenders=2, population=4, seed=1):
    stages = (
        settings.SEARCH,
        CellsStage(cells=("gru",)),
        FinalsStage(training=FINAL_TRAINING, n_seeds=n_seeds, rates=rates, contenders=contenders),
        FinalScoresStage(most_members=most_members),
    )
    method = replace(settings.NODES, population=population, generations=1)
    training = replace(settings.CANDIDATE, schedule=replace(settings.SCHEDULE, epochs=1))
    return settings.nodes(task, stages, method, training=training, seed=seed)


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return settings.text_in(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def run(task, tmp_path_factory):
    """A finished study; never change it."""
    out = tmp_path_factory.mktemp("ensembles") / "run"
    study(task).run(out=out, executor="threads")
    return out


def kept_ensembles(run):
    return {
        line["key"].rpartition(" ")[0]: line["result"]
        for line in lines_of(run)
        if line["event"] == "item" and "members" in line["result"]
    }


def test_the_probability_of_each_token_is_what_its_loss_is_made_of(task, run):
    model = trained_model(open_run(run), "gru").module()
    told = probabilities(model, task.valid)
    assert told.shape == (len(task.valid) - 1,)
    assert -np.log(told.astype(float)).mean() == pytest.approx(score(model, task.valid), rel=1e-5)


def test_everybody_chooses_from_as_many_models_the_best_on_validation(run):
    found = kept_ensembles(run)
    assert {*found} == {"ensemble of evolved node", "ensemble of gru"}
    trained = {
        line["key"]: line["result"]["valid_loss"]
        for line in lines_of(run)
        if line["event"] == "item" and line["stage"] == "finals" and "valid_loss" in line["result"]
    }
    for result in found.values():
        # The menu of a rival has two rates, and the better one goes on with a second seed.
        assert 1 <= len(result["members"]) <= 5
        assert {*result["members"]} <= {*trained}
        assert result["valid_loss"] <= trained[result["members"][0]] * (1 + 1e-6)


def test_an_ensemble_is_scored_as_the_mean_of_its_members(task, run):
    result = open_run(run)
    by_model = {one.model: one for one in result.models}
    ensembles = [one for one in result.models if one.is_ensemble]
    wanted = {
        name: kept for name, kept in kept_ensembles(run).items() if len({*kept["members"]}) > 1
    }
    assert len(ensembles) == len(wanted)
    for name, kept in wanted.items():
        names = [key.rpartition(" ")[0] for key in kept["members"]]
        told = [
            probabilities(model_in(run / "finals" / folder), task.test).astype(float)
            for folder in names
        ]
        loss = -np.log(np.mean(told, 0)).mean()
        assert kept["test_loss"] == pytest.approx(loss, rel=1e-5)
        n, noun = len({*names}), "evolved nodes" if "evolved" in name else "of gru"
        shown = by_model[f"ensemble of {n} {noun}"]
        assert shown.value("test") == pytest.approx(math.exp(loss), rel=1e-5)
        assert shown.stage == FINAL


def model_in(folder):
    from cellcolony.layers.long_training import model_with
    from cellcolony.layers.trained import read_trained

    trained = read_trained(folder)
    assert trained.weights is not None
    return model_with(trained.architecture, trained.weights)


def test_a_model_alone_is_no_ensemble(task):
    result = study(task, n_seeds=1, rates=(1.0,)).run(executor="threads")
    assert not any(one.is_ensemble for one in result.models if one.model.endswith("gru"))


def test_ensembles_may_be_left_out(task):
    result = study(task, most_members=0).run(executor="threads")
    assert not any(one.is_ensemble for one in result.models)


def test_a_study_in_memory_has_the_same_ensembles(task, run):
    result = study(task).run(executor="threads")
    before = {one.model: one.value("test") for one in open_run(run).models}
    assert {one.model: one.value("test") for one in result.models} == before
    assert result.chosen.number == open_run(run).chosen.number
    assert result.best == open_run(run).best


def test_a_node_that_final_trainings_choose_need_not_be_on_the_front(task, tmp_path):
    off = 0
    for seed in range(3):
        out = tmp_path / f"run-{seed}"
        wide = study(task, n_seeds=1, rates=(1.0,), contenders=4, population=8, seed=seed)
        results = wide.run(out=out, executor="threads"), wide.run(executor="threads")
        (number,) = {
            one.candidate
            for one in results[0].scores
            if (one.role, one.stage) == ("evolved", FINAL)
        }
        for result in results:
            assert result.chosen.number == number
            assert result.models[0].role == "evolved"
            assert result.models[0].value("test") is not None
        assert results[0].best == results[1].best
        off += number not in {one.number for one in results[0].front}
    assert off  # else nothing was tested


def test_a_longer_training_has_ensembles_of_its_own(task, tmp_path):
    out = tmp_path / "run"
    study(task).run(out=out, executor="threads")
    before = kept_ensembles(out)
    resume(out, epochs=3, task=task, executor="threads")
    scored = [key for stage, key in items(out) if stage == "final-scores" and "ensemble" in key]
    assert len(scored) == 2 * len(before)
