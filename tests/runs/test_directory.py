import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from tests.runs.fakes import small_network


def test_whatever_exists_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("folder", "file"):
        with pytest.raises(RunError, match="exists"):
            directory.create(tmp_path / name)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made"):
        directory.create(tmp_path / "file" / "run")


def test_a_champion_is_read_as_it_was_written(tmp_path):
    network = small_network(0.3, n_hidden=2)
    directory.create(tmp_path / "deep" / "run")
    directory.write_champions(
        tmp_path / "deep" / "run", [Champion(12, network, 0.5)], directory.network_files
    )
    read = directory.read_champion(tmp_path / "deep" / "run", 12)
    assert read.same_structure(network)
    np.testing.assert_array_equal(read.weights, network.weights)


def test_a_champions_files_are_plain(tmp_path):
    network = small_network(0.3, n_hidden=1)
    directory.create(tmp_path / "run")
    directory.write_champions(
        tmp_path / "run", [Champion(0, network, 0.5)], directory.network_files
    )
    folder = tmp_path / "run" / "champions" / "0"
    assert json.loads((folder / "genome.json").read_text()) == network.to_dict()
    tensors = load_file(folder / "weights.safetensors")
    assert {name: len(tensor) for name, tensor in tensors.items()} == {
        "edges": 3, "recurrent_edges": 1, "cells": 2
    }  # fmt: skip


def test_the_folders_of_former_champions_go(tmp_path):
    first, second = (Champion(i, small_network(), 0.5) for i in range(2))
    directory.create(tmp_path / "run")
    directory.write_champions(tmp_path / "run", [first], directory.network_files)
    directory.write_champions(tmp_path / "run", [second], directory.network_files)
    directory.remove_former_champions(tmp_path / "run", [second])
    assert [path.name for path in (tmp_path / "run" / "champions").iterdir()] == ["1"]


@pytest.mark.parametrize("broken", ["genome.json", "weights.safetensors"])
@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"nodes": [1]}'])
def test_a_broken_champion_is_named(tmp_path, broken, text):
    directory.create(tmp_path / "run")
    directory.write_champions(
        tmp_path / "run", [Champion(0, small_network(), 0.5)], directory.network_files
    )
    path = tmp_path / "run" / "champions" / "0" / broken
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(RunError, match="the network cannot be read"):
        directory.read_champion(tmp_path / "run", 0)
