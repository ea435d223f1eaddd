"""What ants have learned when their search ends, from memory and from its directory."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.errors import RunError
from cellcolony.runs.events import Told
from cellcolony.runs.open import open_run
from cellcolony.search.ants import read_colony
from cellcolony.search.random import RandomSearch
from tests.runs import settings
from tests.runs.runs import Nth, killed, killing
from tests.runs.settings import ANTS

INHERITING = replace(ANTS, weights="function")


def colony(result):
    return read_colony(result.config.method, result.config.problem, result.kept)


@pytest.fixture(scope="module")
def run(tmp_path_factory, task):
    path = tmp_path_factory.mktemp("colony") / "run"
    return settings.forecast(task, (), INHERITING).run("4 networks", out=path)


@pytest.fixture
def copy(run, tmp_path):
    return shutil.copytree(run.path, tmp_path / "run")


def test_the_colony_is_read_as_the_search_left_it(run, task):
    in_memory = settings.forecast(task, (), INHERITING).run("4 networks")
    assert in_memory.path is None
    left, read = colony(in_memory), colony(run)
    assert read.layout == left.layout
    for name, values in vars(left.pheromones).items():
        np.testing.assert_array_equal(getattr(read.pheromones, name), values)
    np.testing.assert_array_equal(read.weights, left.weights)
    np.testing.assert_array_equal(read.epochs, left.epochs)
    assert read.epochs.max() > 0  # it has learned
    assert np.ptp(read.pheromones.edges) > 0
    assert not list(run.path.glob("*.part"))


def test_its_settings_are_those_of_the_search(run):
    assert open_run(run.path).config.method == INHERITING


def test_the_method_draws_what_it_has_kept(run):
    config = run.config
    picture = config.method_entry.picture
    assert (config.method_entry.keepsake, picture is None) == ("colony", False)
    assert "<title>" in picture(config.method, config.problem, run.kept, "what ants learned")


def test_a_random_search_has_no_colony(task, tmp_path):
    result = settings.forecast(task, (), RandomSearch(ANTS)).run("1 network", out=tmp_path / "run")
    assert result.kept("colony.safetensors") is None
    assert result.config.method_entry.picture is None
    assert not (tmp_path / "run" / "colony.safetensors").exists()


def test_a_missing_colony_says_why(task, tmp_path):
    with killed():
        kill = killing(Nth(Told, 3))
        settings.forecast(task, ()).run("4 networks", out=tmp_path / "run", on_event=kill)
    with pytest.raises(RunError, match=r"There is no colony: .*not ended, or was killed"):
        colony(open_run(tmp_path / "run"))


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, None])
def test_a_damaged_colony_is_named(copy, content):
    path = copy / "colony.safetensors"
    path.write_bytes(path.read_bytes()[:-8] if content is None else content)
    with pytest.raises(RunError, match=r"colony\.safetensors: the colony cannot be read"):
        colony(open_run(copy))


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
        colony(open_run(copy))


@pytest.mark.parametrize("setting", ["n_ants = 0", "n_ants = 4\nqueen = true"])
def test_settings_that_no_colony_has_are_an_error(copy, setting):
    config = copy / "config.toml"
    config.write_text(config.read_text().replace("n_ants = 4", setting))
    with pytest.raises(RunError, match=r"config\.toml: the settings cannot be read"):
        open_run(copy)
