"""Scaling up: a grid of settings is raced by halving, and the best is trained for long."""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.mixture import Mixture
from cellcolony.layers.recipe import Recipe
from cellcolony.report.blocks import Paragraph, TableBlock
from cellcolony.report.sections.grid import grid as grid_shown
from cellcolony.runs import directory
from cellcolony.runs.config_file import read_config
from cellcolony.runs.layer_named import layer_named
from cellcolony.runs.mixing import mixing_study
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.scaling import read_grid_options, scaling_study
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.grid import GridStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.studies import language_study
from cellcolony.search.nodes import RacedNodes
from tests.runs import settings
from tests.runs.runs import items

pytest.importorskip("torch")

GRID = {"dropout": (0.0, 0.2, 0.4), "learning_rate": (0.001, 0.01)}
TRAINING = LanguageTraining(settings.MODEL, replace(settings.SCHEDULE, epochs=2))


@pytest.fixture
def task(tmp_path):
    return settings.text_in(tmp_path)


def study(task, model="lstm", grid=GRID, **given):
    return scaling_study(model, TRAINING, grid=grid, grid_epochs=1, task=task, **given)


def test_each_model_races_the_same_points_and_is_trained_by_its_best(task, tmp_path):
    result = study(task, rivals=("gru",)).run(out=tmp_path / "run", executor="threads")
    stage = result.config.stage("grid")
    assert isinstance(stage, GridStage)
    assert stage.n_trainings == 6 + 3 * 2
    for model in ("lstm", "gru"):
        tried = [one for one in result.grid if one.model == model]
        assert [(one.rung, one.epochs) for one in tried] == [(0, 1)] * 6 + [(1, 3)] * 2
        first = sorted((one for one in tried if one.rung == 0), key=lambda one: one.valid or 0)
        second = [one for one in tried if one.rung == 1]
        assert [one.settings for one in second] == [one.settings for one in first[:2]]
        best = min(second, key=lambda one: one.valid or 0)
        final = next(one for one in result.scores if one.model == model and one.stage == "final")
        assert final.recipe == best.settings
    assert {one.settings for one in result.grid if one.model == "lstm"} == {
        one.settings for one in result.grid if one.model == "gru"
    }


def test_the_settings_of_the_best_point_are_those_of_the_long_training(task, tmp_path):
    out = tmp_path / "run"
    result = study(task, grid={"dropout": (0.1,), "clip": (3.0,)}).run(out=out, executor="threads")
    (folder,) = (out / directory.FINALS).iterdir()
    plain = json.loads((folder / "model.json").read_text())
    assert plain["dropout"]["forward"] == 0.1
    (score,) = [one for one in result.scores if one.stage == "final" and one.split == "test"][:1]
    assert score.recipe == "dropout=0.1 clip=3"
    assert result.grid[0].settings == "dropout=0.1 clip=3"


def test_what_is_done_of_a_grid_is_not_done_again(task, tmp_path):
    whole = study(task).run(out=tmp_path / "whole", executor="threads")
    out = tmp_path / "cut"
    n_lines = 0

    def leave(event):
        nonlocal n_lines
        n_lines += type(event).__name__ == "ItemDone"
        if n_lines == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(task).run(out=out, executor="threads", on_event=leave)
    before = [key for stage, key in items(out) if stage == "grid"]
    assert 3 <= len(before) < 8
    result = resume(out, executor="threads")
    after = [key for stage, key in items(out) if stage == "grid"]
    assert {*before} <= {*after}
    assert len(after) == 8
    assert [(one.settings, one.valid) for one in result.grid] == [
        (one.settings, one.valid) for one in whole.grid
    ]
    assert [one.value for one in result.scores] == [one.value for one in whole.scores]


def test_the_report_says_how_much_depends_on_the_settings(task):
    result = study(task, rivals=("gru",)).run(executor="threads")
    spread, best, told = grid_shown(result)
    assert isinstance(spread, TableBlock)
    assert isinstance(best, TableBlock)
    assert isinstance(told, Paragraph)
    assert spread.title == "How much depends on the settings: perplexity after 1 epoch"
    assert [row[:3] for row in spread.rows] == [["lstm", "6", "0"], ["gru", "6", "0"]]
    assert [row[2] for row in best.rows] == ["3", "3"]
    assert "6 points for 1 epoch; 2 points for 3 epochs" in told.text


def test_points_that_fail_are_counted_and_left_behind(task):
    grid = {"learning_rate": (0.01, 1e30)}
    result = study(task, grid=grid, efforts=(1,)).run(executor="threads")
    failed = [one for one in result.grid if one.valid is None]
    assert [one.settings for one in failed] == ["learning_rate=1e+30"]
    assert result.scores[0].recipe == "learning_rate=0.01"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["dropout=0.2:0.6,recurrent=0.1:0.3"],
         {"dropout": (0.2, 0.4, 0.6), "dropout_recurrent": (0.1, 0.2, 0.3)}),
        (["hidden=500/700", "dropout-input=0:0.5:2"],
         {"hidden": (500, 700), "dropout_input": (0.0, 0.5)}),
        (["embedding=20"], {"embedding": (20,)}),
    ],
)  # fmt: skip
def test_a_grid_is_read_as_a_command_line_says_it(texts, found):
    assert read_grid_options(texts) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must be settings with their values"),
        ("dropout", "must be settings with their values"),
        ("dropout=", "must be settings with their values"),
        ("dropout=0.6:0.2", "must rise"),
        ("dropout=0.2:0.6:1", "2 to 1,000 values"),
        ("dropout=a:b", "must be a range"),
        ("dropout=0.1,dropout=0.2", "once. Got 'dropout' twice"),
    ],
)
def test_a_grid_that_is_none_is_refused(text, why):
    with pytest.raises(ConfigError, match=why):
        read_grid_options([text])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"grid": {}}, "Got none"),
        ({"grid": {"dropuot": (0.1,)}}, "Did you mean 'dropout'"),
        ({"grid": {"dropout": (1.5,)}}, "`dropout` must be"),
        ({"grid": {"dropout": (0.1, 0.1)}}, "once"),
        ({"rivals": ("lstm",)}, "others than the model itself"),
        ({"efforts": (3, 1)}, "must rise"),
        ({"kept": 1}, "`kept` must be"),
    ],
)
def test_a_scaling_that_cannot_be_is_refused(task, given, why):
    with pytest.raises(ConfigError, match=why):
        study(task, **given)


def test_without_a_text_a_model_must_be_a_run_that_has_one():
    with pytest.raises(ConfigError, match="no run that has one"):
        scaling_study("lstm", TRAINING, grid=GRID)


def test_a_node_and_a_mixture_are_scaled_up_on_the_text_of_their_run(task, tmp_path):
    stages = (SearchStage(), FinalsStage(training=TRAINING), FinalScoresStage())
    nodes = settings.nodes(task, stages, RacedNodes(), training=TRAINING)
    nodes.run("4 networks", out=tmp_path / "a", executor="threads")
    mixed = mixing_study([tmp_path / "a"], top=1.0, n_diverse=3, groups=3, control=None)
    mixed.run("3 networks", out=tmp_path / "mix", executor="threads")
    for name, grid in (("a", {"dropout": (0.1,)}), ("mix", {"clip": (1.0, 2.0)})):
        result = scaling_study(
            str(tmp_path / name), TRAINING, grid=grid, grid_epochs=1, efforts=(1,)
        ).run(out=tmp_path / f"large-{name}", executor="threads")
        assert all(one.failure == "" for one in result.scores)
        again = open_run(tmp_path / f"large-{name}")
        assert again.grid == result.grid
    best = open_run(tmp_path / "mix").best
    filling = read_config(tmp_path / "large-mix").method.filling
    assert isinstance(filling, Mixture)
    assert filling == best


def test_a_model_that_was_not_searched_for_is_none_to_scale_up(task, tmp_path):
    language_study(task, "lstm", TRAINING).run(out=tmp_path / "model", executor="threads")
    with pytest.raises(RunError, match="no search for nodes"):
        layer_named(str(tmp_path / "model"), 6)


def test_a_factor_of_the_rate_leaves_the_first_weights_alone():
    model = settings.MODEL
    assert Recipe(learning_rate=2.0).model(replace(model, bound=None)).bound is None
    assert Recipe(bound=2.0).model(replace(model, bound=0.1)).bound == 0.2


def test_a_recipe_without_changes_is_written_as_before():
    assert Recipe(clip=2.0).to_dict() == {"learning_rate": 1.0, "clip": 2.0, "bound": 1.0}
    assert Recipe(changes=(("dropout", 0.1),)).to_dict()["changes"] == [["dropout", 0.1]]
