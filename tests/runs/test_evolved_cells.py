"""Searches among whose cells is an evolved node."""

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.cells import label
from cellcolony.cli.cells import cell_name, split
from cellcolony.errors import ConfigError
from cellcolony.report.pictures import colony_drawing
from cellcolony.runs.evolve import evolve
from cellcolony.runs.resume import resume
from cellcolony.runs.stored import open_run
from tests.runs.settings import ANTS, TRAINING

NAME = "node:mul(sigmoid(z3), tanh(add(c, z1)>c))"
WITH_NODE = replace(ANTS, cells=("simple", NAME))
QUICK = {"seed": 1, "protocol": TRAINING, "order": "strict", "workers": 2}


def test_a_search_with_an_evolved_node_goes_on_as_if_it_had_never_ended(read, tmp_path):
    whole = evolve(read, WITH_NODE, "12 networks", out=tmp_path / "whole", **QUICK)
    evolve(read, WITH_NODE, "6 networks", out=tmp_path / "part", **QUICK)
    longer = resume(tmp_path / "part", budget="12 networks")
    assert [c.loss for c in longer.front] == [c.loss for c in whole.front]
    stored = open_run(tmp_path / "part")
    used = {node.cell for one in stored.front for node in one.network.nodes}
    assert NAME in stored.config.search["cells"]
    assert used <= {"", "simple", "linear", NAME}
    drawn = colony_drawing(stored)
    assert label(NAME) in drawn
    assert "sigmoid(z3)" not in drawn


def test_a_search_with_nothing_but_an_evolved_node_runs_in_processes(read):
    ants = replace(ANTS, cells=(NAME,))
    found = evolve(read, ants, "4 networks", executor="processes", **QUICK)
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
