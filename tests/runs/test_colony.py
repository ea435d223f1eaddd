import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.errors import RunError
from cellcolony.runs.colony import ants_of
from cellcolony.runs.evolve import evolve
from cellcolony.runs.stored import open_run
from cellcolony.search.random import RandomSearch
from tests.runs.settings import ANTS, TRAINING

INHERITING = replace(ANTS, weights="function")


@pytest.fixture(scope="module")
def run(tmp_path_factory, task):
    path = tmp_path_factory.mktemp("colony") / "run"
    return evolve(task, INHERITING, "4 networks", protocol=TRAINING, out=path)


@pytest.fixture
def copy(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    return tmp_path / "run"


def test_the_colony_is_read_as_the_search_left_it(run):
    left, read = run.colony(), open_run(run.path).colony()
    assert read.layout == left.layout
    for name, values in vars(left.pheromones).items():
        np.testing.assert_array_equal(getattr(read.pheromones, name), values)
    np.testing.assert_array_equal(read.weights, left.weights)
    np.testing.assert_array_equal(read.epochs, left.epochs)
    assert read.epochs.max() > 0  # it has learned
    assert np.ptp(read.pheromones.edges) > 0
    assert not list(run.path.glob("*.part"))


def test_its_settings_are_those_of_the_search(run):
    assert ants_of(open_run(run.path).config) == INHERITING


def test_a_run_without_a_directory_keeps_its_colony(task):
    result = evolve(task, ANTS, "1 network", protocol=TRAINING)
    assert result.has_colony
    assert result.colony().pheromones.start.shape == (2,)
    with pytest.raises(RunError, match="no directory"):
        replace(result, kept=None).colony()


def test_a_random_search_has_no_colony(task, tmp_path):
    result = evolve(task, RandomSearch(ANTS), "1 network", protocol=TRAINING, out=tmp_path / "run")
    for each in (result, open_run(tmp_path / "run")):
        assert not each.has_colony
        with pytest.raises(RunError, match="made by RandomSearch"):
            each.colony()


@pytest.mark.parametrize(
    ("gone", "why"),
    [(["colony.safetensors"], "kept none"), (["colony.safetensors", "result.toml"], "not ended")],
)
def test_a_missing_colony_says_why(copy, gone, why):
    for name in gone:
        (copy / name).unlink()
    result = open_run(copy)
    assert not result.has_colony
    with pytest.raises(RunError, match=f"no colony: .*{why}"):
        result.colony()


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, None])
def test_a_damaged_colony_is_named(copy, content):
    path = copy / "colony.safetensors"
    path.write_bytes(path.read_bytes()[:-8] if content is None else content)
    with pytest.raises(RunError, match=r"colony\.safetensors: the colony cannot be read"):
        open_run(copy).colony()


def changed(name, change):
    def of(tensors):
        return {**tensors, name: change(tensors[name].copy())}

    return of


def filled(value):
    def change(values):
        values.flat[-1] = value
        return values

    return change


FAULTS = {
    "it has no 'cells'": lambda t: {name: v for name, v in t.items() if name != "cells"},
    "`edges` must have shape": changed("edges", lambda v: v[:-1].copy()),
    "`cells` must have shape": changed("cells", lambda v: v.ravel().copy()),
    "`weights` must have shape": changed("weights", lambda v: np.append(v, 1.0)),
    "`recurrent` holds nan, which cannot be": changed("recurrent", filled(np.nan)),
    "`start` holds 0.0, which cannot be": changed("start", filled(0.0)),
    "`edges` holds 1e[+]200, which cannot be": changed("edges", filled(1e200)),
    "`weights` holds inf, which cannot be": changed("weights", filled(np.inf)),
    "`epochs` must be float64. Got float32": changed("epochs", lambda v: v.astype(np.float32)),
}


@pytest.mark.parametrize("says", FAULTS)
def test_a_colony_that_cannot_be_says_why(copy, says):
    path = copy / "colony.safetensors"
    save_file(FAULTS[says](load_file(path)), path)
    with pytest.raises(RunError, match=says):
        open_run(copy).colony()


def test_settings_that_no_colony_has_are_an_error(run):
    config = open_run(run.path).config
    for search in ({**config.search, "n_ants": 0}, {**config.search, "queen": True}):
        with pytest.raises(RunError, match="settings of the colony cannot be read"):
            ants_of(replace(config, search=search))
