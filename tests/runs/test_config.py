import tomllib

import pytest

from cellcolony.config import RunConfig
from cellcolony.errors import ConfigError


@pytest.fixture
def config():
    return RunConfig(
        seed=3,
        order="strict",
        search={"method": "AntSwarm", "n_ants": 5, "cells": ["gru"], "weights": 0.3},
        protocol={"name": "modern", "epochs": 10},
        transform={"inputs": ["a", 'b"\n[x]'], "fill": None},
        data={"fingerprint": "ab12"},
        version="0.1.0",
    )


def test_settings_are_read_as_they_were_written(config):
    read = RunConfig.from_toml(config.to_toml())
    assert (read.seed, read.order, read.version) == (3, "strict", "0.1.0")
    assert read.search == config.search
    assert read.transform == {"inputs": ["a", 'b"\n[x]']}


def test_the_file_is_plain_toml_with_a_format_number(config):
    assert tomllib.loads(config.to_toml())["format"] == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 2", "format = 3", "`format` must be 1 or 2. Got 3"),
        ("format = 2", "", "`format` must be 1 or 2. Got None"),
        ("seed = 3", "", "`seed` must be a whole number. Got nothing"),
        ("seed = 3", 'seed = "3"', "`seed` must be a whole number. Got '3'"),
        ("[search]", "[sarch]", "`search` must be a table. Got nothing"),
        ("seed = 3", "seed 3", "expected TOML"),
    ],
)
def test_a_broken_file_says_what_is_wrong(config, old, new, message):
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_toml(config.to_toml().replace(old, new))
    assert message in str(caught.value)
