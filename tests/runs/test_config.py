"""The configuration of a study, as a file."""

import tomllib
from dataclasses import replace

import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.config_file import config_of, read_config
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.search.model import FixedModel
from cellcolony.search.nodes import NodeEvolution, RandomTrees
from cellcolony.search.random import RandomSearch
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.settings import ANTS, MODEL, TRAINING

EVOLUTION = NodeEvolution(population=7, bias=True, threshold=0.5)
LONG = LanguageTraining(
    ModelSettings(hidden=20, tied=True, dropout=0.4), Schedule(optimizer="adam")
)
CELLS = CellsStage(cells=("gru",), tuned=("gru",))
NODE_STAGES = (ControlStage(), CELLS, FinalsStage(training=LONG, n_seeds=2), FinalScoresStage())


@pytest.fixture(scope="module")
def forecasts(frame):
    task = Forecast.from_frames(frame.rename(columns={"other": 'b"\n[x]'}), ["wave"])
    ants = replace(ANTS, cells=("gru",), weights=0.3)
    return settings.forecast(task, settings.all_of_a_forecast(), ants, seed=3).config


@pytest.fixture(scope="module")
def nodes(text):
    return settings.nodes(
        text, (SearchStage(), *NODE_STAGES), EVOLUTION, seed=3, order="arrival",
        caps=Caps(seconds=12.5),
    ).config  # fmt: skip


@pytest.fixture(scope="module")
def configs(forecasts, nodes, text):
    program = cells.get("lstm").to_dict()
    named = FixedModel("mine", ("mine", "gru"), (4, 2), programs={"mine": program})
    return {
        "ants": forecasts,
        "random": replace(
            forecasts, method=RandomSearch(forecasts.method), stages=(SearchStage(),)
        ),
        "nodes": nodes,
        "random trees": replace(nodes, method=RandomTrees(EVOLUTION), stages=(SearchStage(),)),
        "strict": replace(nodes, caps=Caps(steps=5), order="strict"),
        "one model": settings.model(text, ("lstm", "gru"), (4, 2)).config,
        "a program": replace(settings.model(text).config, method=named),
    }


@pytest.mark.parametrize(
    "name", ["ants", "random", "nodes", "random trees", "strict", "one model", "a program"]
)
def test_what_was_written_is_read(configs, name):
    config = configs[name]
    again = config_of(config.to_toml())
    for part in ("method", "training", "judge", "caps", "stages", "seed", "order", "version"):
        assert getattr(again, part) == getattr(config, part), part
    assert again.to_compare() == config.to_compare()
    assert again.to_toml() == config.to_toml()
    assert again.facts.compared() == config.facts.compared()


def test_the_file_is_plain_toml_with_a_format_number(forecasts):
    assert tomllib.loads(forecasts.to_toml())["format"] == 3


def test_the_version_the_place_of_the_data_and_what_may_grow_are_not_compared(nodes, text):
    texts = [{**one, "name": "elsewhere.txt"} for one in nodes.task["texts"]]
    task = {**nodes.task, "texts": texts}
    method = replace(EVOLUTION, generations=EVOLUTION.generations + 5)
    other = replace(nodes, version="9", task=task, method=method, stages=nodes.stages[:2])
    assert other.to_compare() == nodes.to_compare()
    for changed in (
        replace(nodes, task={**nodes.task, "fingerprint": "1" * 64}),
        replace(nodes, seed=4),
        replace(nodes, training=LONG),
        replace(nodes, caps=Caps(seconds=1.0)),
        replace(nodes, method=replace(EVOLUTION, population=8)),
    ):
        assert changed.to_compare() != nodes.to_compare()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 3", "format = 2", "`format` must be 3. Got 2: the run was written by another"),
        ("format = 3", "format = 4", "`format` must be 3. Got 4"),
        ("format = 3", "format = 3.0", "`format` must be 3. Got 3.0"),
        ("format = 3", "", "`format` must be 3. Got None"),
        ("seed = 3", "", "`seed` must be a whole number. Got None"),
        ("seed = 3", 'seed = "3"', "`seed` must be a whole number. Got '3'"),
        ("seed = 3", "seed = -3", "`seed` must be a whole number of at least 0. Got -3"),
        ("seed = 3", "seed 3", "expected TOML"),
        ("seed = 3", "seed = 3\nseeds = 4", "there is no setting 'seeds'. Did you mean 'seed'"),
        ("[method]", "[metod]", "there is no setting 'metod'. Did you mean 'method'"),
        ("[method]\nname", "[method]\nnam", r"\[method\]: `name` is missing; it must be 'ants'"),
        ('kind = "language"', 'kind = "languages"', "Did you mean 'language'"),
        ('kind = "language"', "kind = 3", "`kind` must be a text. Got 3"),
        ('order = "arrival"', 'order = "any"', "`order` must be 'arrival' or 'strict'"),
        ('name = "nodes"', 'name = "exec"', "exec"),
        ('name = "nodes"', 'name = "node"', "Did you mean 'nodes'"),
        ('name = "nodes"', 'name = "ants"', "setting|searches for a network"),
        ("population = 7", "poulation = 7", "poulation.*'population'"),
        ("hidden = 4", "hidden = 1.5", "`hidden` must be a whole number"),
        ("n_seeds = 2", "n_seeds = 0", "`n_seeds` must be"),
        ('name = "finals"', 'name = "final"', "Did you mean 'finals'"),
        ('cells = [\n    "gru"', 'cells = [\n    "grü"', "here is no cell 'grü'"),
        ('tuned = [\n    "gru"', 'tuned = [\n    "lstm"', "`tuned` must name rivals"),
        ("n_seeds = 2", "n_seeds = 2\nseeds = 4", "seeds"),
        ("seconds = 12.5", "seconds = -1", "candidate_seconds"),
    ],
)
def test_what_cannot_be_is_named(nodes, tmp_path, old, new, message):
    text = nodes.to_toml()
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(ConfigError, match=message):
        config_of(text)
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(
        RunError, match=rf"(?s)config\.toml: the settings cannot be read.*{message}"
    ):
        read_config(tmp_path)


def test_what_is_no_run_directory_is_named(tmp_path):
    with pytest.raises(RunError, match="no run directory"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("method", "stages", "message"),
    [
        (EVOLUTION, (), "'nodes'.*searches for a tree.*'forecast' trains a network"),
        (FixedModel(), (), "'model'.*searches for a cell"),
        (ANTS, (CELLS,), "The stage 'cells'.*'forecast'"),
        (ANTS, (FinalsStage(),), "The stage 'finals'.*'forecast'"),
        (ANTS, (FinalScoresStage(),), "The stage 'final-scores'"),
        (ANTS, (ControlStage("rondom"),), "has no control 'rondom'"),
        (RandomSearch(ANTS), (ControlStage(),), "'random' has no control 'random'"),
    ],
)
def test_parts_that_do_not_fit_a_forecast_are_refused(task, method, stages, message):
    with pytest.raises(ConfigError, match=message):
        Study.of(task, method, training=TRAINING, stages=(SearchStage(), *stages))


def test_a_rival_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="Did you mean 'ridge'"):
        RivalsStage(("ridge-5",))


@pytest.mark.parametrize(
    ("method", "stages", "message"),
    [
        (AntSwarm(), (), "'ants'.*searches for a network"),
        (EVOLUTION, (RivalsStage(),), "The stage 'rivals' is for a forecast task.*cells"),
        (EVOLUTION, (ScoresStage(),), "The stage 'scores' is for a forecast task.*final-scores"),
        (EVOLUTION, (FinalScoresStage(),), "The stage 'final-scores' scores what"),
        ("nodes", (), "must be one of: .*AntSwarm.*Got str"),
    ],
)
def test_parts_that_do_not_fit_a_text_are_refused(text, method, stages, message):
    with pytest.raises(ConfigError, match=message):
        Study.of(text, method, training=LanguageTraining(MODEL), stages=(SearchStage(), *stages))


def test_a_study_has_usual_settings_where_none_are_given(task, text):
    study = Study.of(task, ANTS)
    assert (study.config.training, study.config.stages) == (type(TRAINING)(), (SearchStage(),))
    assert Study.of(task, ANTS, training="paper").config.training.name == "paper"
    assert Study.of(text, EVOLUTION).config.training == LanguageTraining()
    with pytest.raises(ConfigError, match=r"There is no protocol 'modem'\. Did you mean 'modern'"):
        Study.of(task, ANTS, training="modem")


def test_the_same_study_with_another_seed_is_otherwise_the_same(task):
    study = Study.of(task, ANTS, training=TRAINING)
    other = study.with_seed(7)
    assert other.config.seed == 7
    assert replace(other.config, seed=0).to_toml() == study.config.to_toml()
