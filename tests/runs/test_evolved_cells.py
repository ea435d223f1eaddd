"""Searches among whose cells is an evolved node."""

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.cells import label, tree_name
from cellcolony.cli.cells import cell_name, split
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.layer_named import layer_named
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from tests.runs.settings import ANTS, SEARCH, forecast, nodes

NAME = "node:mul(sigmoid(z3), tanh(add(c, z1)>c))"
WITH_NODE = replace(ANTS, cells=("simple", NAME))


def test_a_search_with_an_evolved_node_goes_on_as_if_it_had_never_ended(read, tmp_path):
    study = forecast(read, method=WITH_NODE)
    whole = study.run("12 networks", out=tmp_path / "whole", workers=2)
    study.run("6 networks", out=tmp_path / "part", workers=2)
    longer = resume(tmp_path / "part", budget="12 networks")
    assert [c.loss for c in longer.front] == [c.loss for c in whole.front]
    stored = open_run(tmp_path / "part")
    used = {node.cell for one in stored.front for node in one.network.nodes}
    assert NAME in stored.config.method.cells
    assert used <= {"", "simple", "linear", NAME}
    draw, config = stored.config.method_entry.picture, stored.config
    assert draw is not None
    drawn = draw(config.method, config.problem, stored.kept)
    assert label(NAME) in drawn
    assert "sigmoid(z3)" not in drawn


def test_a_search_with_nothing_but_an_evolved_node_runs_in_processes(read):
    ants = replace(ANTS, cells=(NAME,))
    found = forecast(read, method=ants).run("4 networks", executor="processes", workers=2)
    assert found.n_failed == 0
    assert np.isfinite(found.front[-1].loss)


def test_commas_part_cells_but_not_within_brackets():
    assert split(f"gru, {NAME},lstm") == ["gru", NAME, "lstm"]


@pytest.mark.parametrize("text", ["", "gru,", ",gru"])
def test_a_comma_without_a_cell_beside_it_is_refused(text):
    with pytest.raises(ConfigError, match="comma"):
        split(text)


@pytest.mark.parametrize("text", ["gru", NAME, "node:" + "x" * 5_000, "~nobody/x", "a\0b"])
def test_what_is_no_directory_is_left_as_it_is(text):
    assert cell_name(text) == text


def test_a_run_directory_of_a_search_for_nodes_is_its_best_node(text, no_training, tmp_path):
    best = nodes(text, (SEARCH,)).run(out=tmp_path / "run").best
    assert cell_name(str(tmp_path / "run")) == tree_name(best)
    assert layer_named(f"{tmp_path / 'run'}:3, lstm:4", 7).layer.groups[0].n_units == 3
    assert layer_named(str(tmp_path / "run"), 7).cells == (tree_name(best),)


def test_another_run_directory_is_no_cell(task, tmp_path):
    forecast(task).run("2 networks", out=tmp_path / "run")
    for read_it in (cell_name, lambda run: layer_named(run, 3)):
        with pytest.raises(RunError, match="no search for nodes"):
            read_it(str(tmp_path / "run"))
