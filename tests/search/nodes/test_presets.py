"""Presets of a search for nodes."""

import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.presets import DEFAULT, node_preset, node_preset_names
from cellcolony.tasks.text.tokenizers import TOKENIZERS

MINE = 'summary = "x"\nsource = "me"\n'


@pytest.mark.parametrize("name", node_preset_names())
def test_every_preset_can_be_run(name):
    found = node_preset(name)
    assert found.name == name
    assert found.summary
    assert found.source
    assert found.tokens in TOKENIZERS.names()
    assert all(cells.get(rival) for rival in found.rivals)
    final_model, final_training = found.final(found.model, found.training)
    assert final_training.epochs >= found.training.epochs
    assert final_model.hidden >= found.model.hidden


def test_the_paper_is_repeated():
    paper = node_preset("paper")
    search, model, training = paper.search, paper.model, paper.training
    assert (search.population, search.generations, search.threshold) == (100, 30, 0.3)
    assert (search.crossover_rate, search.insert_rate, search.shrink_rate) == (0.6, 0.6, 0.3)
    assert (model.layers, model.hidden, model.dropout, model.dropout_recurrent) == (
        2, 540, 0.4, 0.15,
    )  # fmt: skip
    assert (training.epochs, training.batch, training.steps, training.clip) == (10, 20, 35, 10.0)
    assert training.rate(5) == 1.0
    assert training.rate(6) == pytest.approx(0.9)
    final_model, final_training = paper.final(model, training)
    assert (final_model.hidden, final_model.dropout) == (740, 0.4)
    assert (final_training.epochs, final_training.clip) == (180, 10.0)


def test_there_is_the_default(tmp_path):
    assert DEFAULT in node_preset_names()
    path = tmp_path / "mine.toml"
    path.write_text(MINE + "[search]\npopulation = 5\n[final_training]\nepochs = 99\n")
    found = node_preset(str(path))
    assert found.search.population == 5
    assert found.final(found.model, found.training)[1].epochs == 99


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serch]\n", "there is no setting `serch`.*Did you mean 'search'"),
        ("[search]\npopulation = 0\n", r"\[search\].*`population` must be"),
        ("[final_model]\nhiden = 3\n", r"\[final_model\].*`hiden`"),
        ("[training]\nepochs = 1.5\n", r"\[training\].*`epochs` must be a whole number"),
        ("n_seeds = 'x'\n", "`n_seeds` must be a whole number"),
    ],
)
def test_a_fault_in_a_file_is_named_by_its_place(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(MINE + text)
    with pytest.raises(ConfigError, match=message):
        node_preset(str(path))


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'small'"):
        node_preset("smal")
