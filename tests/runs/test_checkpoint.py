import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.errors import RunError
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import (
    Checkpoint,
    Header,
    read_checkpoint,
    read_header,
    write_checkpoint,
)
from tests.runs.damage import Tree

STATE = {"weights": np.arange(4.0), "n": 3, "inner": [{"a": np.zeros((0, 2), np.int64)}, None]}
HEADER = Header(Budget(30, 2.5, 0.01, 7), workers=2, seconds=9.5, offset=120, serial=4)
SAVED = Checkpoint(HEADER, {"seed": 1, "method": {"x": [1]}}, STATE)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(folder, SAVED)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    write_checkpoint(tmp_path, SAVED)
    read = read_checkpoint(tmp_path)
    assert (read.header, read.compared) == (HEADER, SAVED.compared)
    assert read.state is not None
    np.testing.assert_array_equal(read.state["weights"], STATE["weights"])
    assert read.state["inner"][0]["a"].shape == (0, 2)


def test_the_last_checkpoints_arrays_go(tmp_path):
    (tmp_path / "checkpoint-3.safetensors.part").write_bytes(b"killed")
    for serial in (1, 2):
        write_checkpoint(tmp_path, Checkpoint(Header(Budget(3), serial=serial), {}, STATE))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint.json", "checkpoint-2.safetensors"}


def test_a_checkpoint_without_a_state_has_no_arrays(tmp_path):
    write_checkpoint(tmp_path, Checkpoint(Header(Budget(3)), {}))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.json"]
    assert read_checkpoint(tmp_path).state is None


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_checkpoint_damaged_anywhere_ends_in_our_own_error(tmp_path_factory, files, data):
    folder = tmp_path_factory.mktemp("damaged")
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    how = data.draw(st.sampled_from(["flip", "cut", "insert", "all"]))
    at = data.draw(st.integers(0, len(content) - 1))
    if how == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif how == "cut":
        del content[at:]
    elif how == "insert":
        content[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    else:
        content = bytearray(data.draw(st.binary(max_size=60)))
    for other, whole in files.items():
        (folder / other).write_bytes(whole)
    (folder / name).write_bytes(content)
    try:
        read = read_checkpoint(folder)
    except RunError as error:
        assert "the checkpoint cannot be read" in str(error)  # noqa: PT017
    else:  # white space between two values of the JSON, which says the same
        assert json.loads(content) == json.loads(files["checkpoint.json"])
        assert read.header.offset == 120


@pytest.mark.parametrize("name", ["checkpoint.json", "checkpoint-4.safetensors"])
def test_a_missing_file_ends_in_our_own_error(tmp_path, files, name):
    for other in files.keys() - {name}:
        (tmp_path / other).write_bytes(files[other])
    with pytest.raises(RunError, match="the checkpoint cannot be read"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"sha256": ' + "1" * 5000 + "}", "[]", "null", '{"a": NaN}', '{"sha256": 1}'],
)
def test_strange_json_ends_in_our_own_error(tmp_path, text):
    (tmp_path / "checkpoint.json").write_text(text)
    with pytest.raises(RunError, match="the checkpoint cannot be read"):
        read_checkpoint(tmp_path)


def test_a_checkpoint_is_plain_json_that_names_its_arrays(tmp_path):
    write_checkpoint(tmp_path, SAVED)
    body = json.loads((tmp_path / "checkpoint.json").read_text())
    assert body["arrays"] == "checkpoint-4.safetensors"
    assert body["offset"] == 120
    assert body["state"]["weights"] == {"$array": "/weights", "shape": [4], "dtype": "float64"}


def test_what_it_says_beside_the_state_is_read_without_the_arrays(tmp_path, files):
    (tmp_path / "checkpoint.json").write_bytes(files["checkpoint.json"])
    assert read_header(tmp_path) == HEADER
    (tmp_path / "checkpoint.json").write_bytes(b"{")
    assert read_header(tmp_path) is None
    (tmp_path / "checkpoint.json").unlink()
    assert read_header(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("workers", -1), ("seconds", -1.0), ("offset", 1.5), ("budget", {"n_networks": 0}),
     ("budget", {"loss": "low"}), ("serial", None), ("format", 2), ("compared", 3)],
)  # fmt: skip
def test_terms_that_cannot_be_end_in_our_own_error(tmp_path, files, name, value):
    for other, whole in files.items():
        (tmp_path / other).write_bytes(whole)
    Tree(tmp_path / "checkpoint.json").put((name,), value)
    with pytest.raises(RunError, match="the checkpoint cannot be read"):
        read_checkpoint(tmp_path)


def test_a_budget_without_a_limit_is_read_as_one(tmp_path):
    write_checkpoint(tmp_path, Checkpoint(Header(), {}))
    assert read_checkpoint(tmp_path).header.budget.is_open
