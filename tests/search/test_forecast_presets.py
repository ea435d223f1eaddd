import tomllib
from dataclasses import fields
from importlib.resources import files

import pytest

import cellcolony
from cellcolony.errors import ConfigError
from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.search.presets import preset, preset_names
from cellcolony.search.taps import Taps

HEAD = 'summary = "mine"\nsource = "me"\n'
ANTS = HEAD + '[method]\nname = "ants"\n'


def mine(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_read_and_says_what_it_is_and_where_it_comes_from(name):
    found = preset(name)
    assert found.name == name
    assert found.summary.endswith(".")
    assert found.source


def test_the_default_preset_is_the_search_without_settings():
    found = preset("default")
    assert found.method == Taps()
    assert found.protocol == Protocol(updates=300)
    assert found.scale is None


def test_the_preset_of_ants_is_their_search_without_settings():
    found = preset("ants")
    assert found.ants == AntSwarm()
    assert found.protocol == Protocol()


def test_the_paper_is_set_as_it_was_published():
    found = cellcolony.preset("paper")  # papers/FACTS.md A5
    assert found.protocol == protocol("paper")
    ants = found.ants
    assert (ants.n_ants, ants.population, ants.jumping) == (80, 40, True)
    assert ants.species == ("explorer", "forward_recurrent", "backward_recurrent")
    assert (ants.pheromone, ants.penalty, ants.weights) == ("l2", 0.65, "function")
    assert (ants.n_layers, ants.n_nodes_per_layer, ants.max_skip) == (3, 12, 2)
    assert ants.cells == ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")
    assert (ants.evaporation_rate, ants.deposit_rate) == (0.05, 0.03)
    assert (ants.initial_pheromone, ants.pheromone_floor, ants.pheromone_cap) == (0.7, 0.2, 20.0)
    assert (ants.bounds, ants.initial_weights, ants.second_training) == ("fixed", "uniform", 0)


def test_the_paper_stands_whatever_becomes_of_the_default_colony():
    file = files("cellcolony.search.presets") / "library" / "forecast" / "paper.toml"
    settings = tomllib.loads(file.read_text())["method"]
    free = {"second_share", "migrate_after", "migration_share"}  # of second trainings and colonies
    assert set(settings) == {field.name for field in fields(AntSwarm)} - free | {"name"}


TRAVERSALS = {
    "explorer": ("explorer",),
    "explorer_forward": ("explorer", "forward_recurrent"),
    "explorer_backward": ("explorer", "backward_recurrent"),
    "explorer_forward_backward": ("explorer", "forward_recurrent", "backward_recurrent"),
}


@pytest.mark.parametrize("name", TRAVERSALS)
def test_a_traversal_changes_the_species_alone(name):
    found = preset(name)
    differ = [f.name for f in fields(AntSwarm) if getattr(found.ants, f.name) != f.default]
    assert set(differ) <= {"species"}
    assert found.ants.species == TRAVERSALS[name]
    assert found.protocol == Protocol()


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path):
    text = (
        HEAD
        + 'training = {epochs = 3}\n[task]\nscale = "none"\n'
        + '[method]\nname = "ants"\nn_ants = 5\nweights = 0.5\n'
    )
    found = preset(mine(tmp_path, text))
    assert found.name == "mine"
    assert found.ants == AntSwarm(n_ants=5, weights=0.5)
    assert found.protocol == Protocol(epochs=3)
    assert found.scale == "none"


FAULTS = {
    HEAD + "[metod]\n": "mine.toml: there is no setting `metod`.*'method'",
    ANTS + "n_ant = 3\n": r"mine.toml, \[method\]: there is no setting `n_ant` .*3.*'n_ants'",
    ANTS + "n_ants = 0\n": r"mine.toml, \[method\]: `n_ants` must be.*Got 0",
    ANTS + "jumping = 'no'\n": r"mine.toml, \[method\]: `jumping` must be.*'no'",
    ANTS + "species = ['explorr']\n": r"mine.toml, \[method\].*'explorr'.*'explorer'",
    HEAD + "method = 3\n": r"mine.toml, \[method\] must be a table. Got 3",
    HEAD + "[method]\nname = 'nodes'\n": "`name` must be 'ants', 'examm', .* Got 'nodes'",
    HEAD + "training = 'papr'\n": "mine.toml: .*'papr'.*'paper'",
    HEAD + "training = {learning_rte = 1}\n": "mine.toml, training: .*'learning_rate'",
    HEAD + "[task]\nscale = 'log'\n": r"mine.toml, \[task\]: `scale` must be .*'none'. Got 'log'",
    "summary = 3\nsource = 'me'\n": "mine.toml: `summary` must be a text. Got 3",
    "summary = 'x'\n": "mine.toml: `source` is missing",
    "summary = \n": "mine.toml: expected TOML",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_in_a_preset_is_named_with_its_file_and_key(tmp_path, text):
    with pytest.raises(ConfigError, match=FAULTS[text]):
        preset(mine(tmp_path, text))


def test_a_preset_that_is_not_there_answers_with_the_nearest_one(tmp_path):
    with pytest.raises(ConfigError, match=r"no preset 'papr'\. Did you mean 'paper'"):
        preset("papr")
    with pytest.raises(ConfigError, match="file cannot be read"):
        preset(str(tmp_path / "nothing.toml"))
