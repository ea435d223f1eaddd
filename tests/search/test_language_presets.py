"""Presets of a search for nodes."""

from dataclasses import replace

import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.search.presets import DEFAULTS, preset, preset_names
from cellcolony.tasks.text.tokenizers import TOKENIZERS

MINE = 'summary = "x"\nsource = "me"\n'


@pytest.mark.parametrize("name", preset_names("language"))
def test_every_preset_can_be_run(name):
    found = preset(name, "language")
    assert found.name == name
    assert found.summary
    assert found.source
    assert found.task_settings.tokens in TOKENIZERS.names()
    assert all(cells.get(rival) for rival in found.rivals or ())
    end = found.final_training(found.training)
    assert end.schedule.epochs >= found.training.schedule.epochs
    assert end.model.hidden >= found.training.model.hidden


@pytest.mark.parametrize("name", preset_names("language"))
def test_what_is_reported_is_scored_in_one_lane_however_candidates_are(name):
    found = preset(name, "language")
    side_by_side = replace(found.training, schedule=replace(found.training.schedule, lanes=20))
    assert found.final_training(side_by_side).schedule.lanes == 1


def test_the_paper_is_repeated():
    paper = preset("paper", "language")
    search, model, training = paper.method, paper.training.model, paper.training.schedule
    assert (search.population, search.generations, search.threshold) == (100, 30, 0.3)
    assert (search.crossover_rate, search.insert_rate, search.shrink_rate) == (0.6, 0.6, 0.3)
    assert (model.layers, model.hidden, model.dropout, model.dropout_recurrent) == (
        2, 540, 0.4, 0.15,
    )  # fmt: skip
    assert (training.epochs, training.batch, training.steps, training.clip) == (10, 20, 35, 10.0)
    assert training.lanes == 20
    assert training.rate(5) == 1.0
    assert training.rate(6) == pytest.approx(0.9)
    end = paper.final_training(paper.training)
    assert (end.model.hidden, end.model.dropout) == (740, 0.4)
    assert (end.schedule.epochs, end.schedule.clip) == (180, 10.0)


def test_there_is_the_default(tmp_path):
    assert DEFAULTS["language"] in preset_names("language")
    path = tmp_path / "mine.toml"
    path.write_text(MINE + "[method]\npopulation = 5\n[final.schedule]\nepochs = 99\n")
    found = preset(str(path), "language")
    assert found.method.population == 5
    assert found.final_training(found.training).schedule.epochs == 99


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[metod]\n", "there is no setting `metod`.*Did you mean 'method'"),
        ("[method]\npopulation = 0\n", r"\[method\].*`population` must be"),
        ("[final.model]\nhiden = 3\n", r"\[final\], \[model\].*`hiden`"),
        (
            "[training.schedule]\nepochs = 1.5\n",
            r"\[training\], \[schedule\].*`epochs` must be a whole number",
        ),
        ("n_seeds = 'x'\n", "`n_seeds` must be a whole number"),
    ],
)
def test_a_fault_in_a_file_is_named_by_its_place(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(MINE + text)
    with pytest.raises(ConfigError, match=message):
        preset(str(path), "language")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'small'"):
        preset("smal", "language")
