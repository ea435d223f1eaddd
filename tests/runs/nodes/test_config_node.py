"""The settings of a search for nodes, as a file."""

from dataclasses import replace

import pytest

from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.search.nodes import NodeEvolution, RandomTrees

EVOLUTION = NodeEvolution(population=7, bias=True, threshold=0.5)
CONFIG = NodeConfig(
    seed=3,
    order="arrival",
    search=EVOLUTION,
    model=ModelSettings(hidden=10, bound=0.1),
    training=Schedule(epochs=2, learning_rate=0.5),
    final_model=ModelSettings(hidden=20, tied=True, dropout=0.4),
    final_training=Schedule(optimizer="adam"),
    rivals=("gru",),
    n_seeds=2,
    data={"fingerprint": "0" * 64, "n_vocabulary": 50, "texts": []},
    version="0.1.0",
    candidate_seconds=12.5,
    tuned=("gru",),
)


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, search=RandomTrees(EVOLUTION)),
        replace(CONFIG, candidate_seconds=None, order="strict", rivals=(), tuned=()),
    ],
    ids=["evolution", "random trees", "strict"],
)
def test_what_was_written_is_read(config):
    assert NodeConfig.from_toml(config.to_toml()) == config
    assert NodeConfig.from_toml(config.to_toml()).to_compare() == config.to_compare()


def test_the_version_and_the_place_of_the_text_may_change():
    other = replace(CONFIG, version="9", data={**CONFIG.data, "texts": [{"split": "train"}]})
    assert other.to_compare() == CONFIG.to_compare()
    changed = replace(CONFIG, data={**CONFIG.data, "fingerprint": "1" * 64})
    assert changed.to_compare() != CONFIG.to_compare()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 2", "format = 3", "`format` must be 2. Got 3"),
        ("format = 2", "format = 2.0", "`format` must be 2. Got 2.0"),
        ('kind = "node search"', 'kind = "forecast"', "`kind` must be 'node search'"),
        ('order = "arrival"', 'order = "any"', "`order` must be 'arrival' or 'strict'"),
        ('method = "NodeEvolution"', 'method = "exec"', "`method` must be NodeEvolution or"),
        ("population = 7", "poulation = 7", "there is no setting `poulation`.*'population'"),
        ("hidden = 10", "hidden = 1.5", "`hidden` must be a whole number"),
        ("n_seeds = 2", "n_seeds = 0", "`n_seeds` must be a whole number from 1"),
        ('rivals = [\n    "gru"', 'rivals = [\n    "grü"', "There is no cell 'grü'"),
        ('tuned = [\n    "gru"', 'tuned = [\n    "lstm"', "`tuned` must name rivals"),
        ("seed = 3", "seed = 3\nseeds = 4", "there is no setting `seeds`"),
    ],
)
def test_what_cannot_be_is_named(old, new, message):
    text = CONFIG.to_toml()
    assert old in text
    with pytest.raises(ConfigError, match=message):
        NodeConfig.from_toml(text.replace(old, new, 1))
