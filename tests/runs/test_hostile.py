"""Whatever somebody else puts into a run directory ends in our own error, or does no harm."""

import os

import pytest
from cellcolony.runs.methods import search_of
from cellcolony.runs.origin import Origin
from cellcolony.runs.reading import read_config
from cellcolony.runs.stored import open_run
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.errors import CellcolonyError, DataError, RunError
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.restoring import restore
from tests.runs.damage import VALUES, Tree, damaged, files_of, make_special
from tests.runs.hostile import (
    N_NETWORKS,
    READERS,
    Attack,
    examples,
    guarded,
    watch_for_code,
)

OTHERS = tuple(name for name in READERS if name not in ("methods", "resume"))
OF_RESUME = ("config.toml", "journal.jsonl", "checkpoint.json", "checkpoint-3.safetensors")


@pytest.fixture(scope="session")
def attack(tmp_path_factory, frame):
    return Attack(tmp_path_factory.mktemp("hostile"), frame)


def readers(data):
    """Return who reads a run: all methods of a result, and two commands."""
    return ("methods", *data.draw(st.lists(st.sampled_from(OTHERS), min_size=2, max_size=2)))


@examples(40)
@given(st.data())
def test_damaged_bytes_do_no_harm(attack, data):
    run = attack.prepare()
    path = run / data.draw(st.sampled_from(with_fields(run)))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs(*readers(data))


@examples(30)
@given(st.data())
def test_damaged_bytes_do_no_harm_where_a_run_goes_on(attack, data):
    run = attack.prepare(killed=True)
    path = run / data.draw(st.sampled_from(OF_RESUME))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs("resume")


def replaced(data, path):
    tree = Tree(path)
    place = data.draw(st.sampled_from(tree.places))
    tree.put(place, data.draw(st.sampled_from(VALUES)))


def with_fields(run):
    return [path for path in files_of(run) if path.suffix in
            (".toml", ".json", ".jsonl", ".csv", ".safetensors")]  # fmt: skip


@examples(80)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attack, data):
    run = attack.prepare()
    replaced(data, run / data.draw(st.sampled_from(with_fields(run))))
    assert not attack.bugs(*readers(data))


@examples(60)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm_where_a_run_goes_on(attack, data):
    run = attack.prepare(killed=True)
    replaced(data, run / data.draw(st.sampled_from(OF_RESUME)))
    assert not attack.bugs("resume")


ENTRIES = (
    "config.toml", "journal.jsonl", "scores.csv", "result.toml", "front.csv", "lock", "champions",
    "test_predictions.csv", "colony.safetensors", "report.html", "report.html.part", "colony.svg",
    "colony.svg.part", "champions/{}", "champions/{}.part", "champions/{}/genome.json",
    "champions/{}/weights.safetensors", "champions/{}/drawing.svg",
    "champions/{}/drawing.svg.part", "champions/99", "champions/99.part", "checkpoint.json",
    "checkpoint.json.part", "checkpoint-3.safetensors", "checkpoint-9.safetensors",
    "scores.csv.part", "front.csv.part", "journal.jsonl.part",
)  # fmt: skip
"""Where something may stand; `{}` is the number of a network of the front."""
KINDS = ("folder", "pipe", "link out", "link to a folder", "dangling link", "loop", "device")


def put(attack, entry, kind, killed=False):
    run = attack.prepare(killed)
    numbers = sorted(path.name for path in (run / "champions").iterdir())
    make_special(run / entry.format(numbers[0]), kind, attack.secret)


@examples(20)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_waited_for_nor_followed(attack, entry, kind):
    put(attack, entry, kind)
    assert not attack.bugs("methods", "report", "draw colony")


@examples(20)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_where_a_run_goes_on(attack, entry, kind):
    put(attack, entry, kind, killed=True)
    assert not attack.bugs("resume")


@pytest.mark.parametrize(
    ("entry", "kind", "reader"),
    [
        ("report.html.part", "link out", "report"),
        ("colony.svg.part", "link out", "draw colony"),
        ("champions", "link to a folder", "resume"),
        ("champions/99", "link to a folder", "resume"),
        ("champions/{}", "link to a folder", "resume"),
        ("champions/{}/drawing.svg.part", "link out", "resume"),
        ("journal.jsonl", "link out", "resume"),
        ("checkpoint.json.part", "link out", "resume"),
        ("lock", "dangling link", "resume"),
    ],
)
def test_nothing_is_written_or_removed_through_a_link(attack, entry, kind, reader):
    put(attack, entry, kind, killed=reader == "resume")
    assert not attack.bugs(reader)


@pytest.mark.parametrize("name", ["result.toml", "scores.csv", "champions/{}/genome.json"])
def test_a_link_that_leads_out_is_refused_by_name(attack, name):
    put(attack, name, "link out")
    with pytest.raises(RunError, match=rf"{name.rpartition('/')[2]}.*leads out of .*put a copy"):
        open_run(attack.run)


def test_a_run_that_is_a_link_itself_is_read(attack):
    run = attack.prepare()
    moved = run.rename(attack.folder / "moved")
    run.symlink_to(moved)
    try:
        assert open_run(run).n_done == N_NETWORKS
        assert not attack.bugs("methods", "report", "draw colony")
    finally:
        run.unlink()
        moved.rename(run)


@pytest.mark.parametrize(
    "name",
    ["config.toml", "journal.jsonl", "scores.csv", "result.toml", "test_predictions.csv",
     "colony.safetensors", "genome.json", "weights.safetensors"],
)  # fmt: skip
def test_a_file_of_ten_gigabytes_is_refused_before_it_is_read(attack, name):
    (path, *_) = sorted(attack.prepare().rglob(name))
    os.truncate(path, 10 << 30)  # it takes no room on the disk
    reader = READERS["report" if name == "test_predictions.csv" else "methods"]
    with pytest.raises(RunError, match=name), guarded():
        reader(attack)


HOSTILE_TOML = {
    "a dotted key": "a" + ".a" * 100_000 + " = 1",
    "a dotted table": "[a" + ".a" * 100_000 + "]",
    "brackets": "a = " + "[" * 10_000,
    "nested lists": "a = " + "[" * 200 + "]" * 200,
    "nested tables": "a = " + "{b = " * 10_000,
    "a number of digits": "a = " + "9" * 10_000,
    "a number of bits": "a = 0x" + "f" * 100_000,
    "a key twice": "a = 1\na = 2",
    "a byte 0": 'a = "\0"',
}


@pytest.mark.parametrize("kind", HOSTILE_TOML)
@pytest.mark.parametrize("name", ["config.toml", "result.toml"])
def test_hostile_toml_is_refused(attack, name, kind):
    run = attack.prepare()
    path = run / name
    path.write_text(HOSTILE_TOML[kind] + "\n" + path.read_text())
    with pytest.raises(RunError, match=name), guarded():
        open_run(run)


FIELDS = [
    ("config.toml", ("seed",), True, r"`seed` must be a whole number\. Got True"),
    ("config.toml", ("protocol", "residual"), "no", r"`residual` must be true or false"),
    ("config.toml", ("transform", "horizon"), 10**12, r"`horizon` must be from 1 to"),
    (
        "config.toml",
        ("transform", "input_width", 0),
        0.0,
        r"`input_width` must be from",
    ),
    ("config.toml", ("transform", "target_offset", 0), float("nan"), r"list of finite numbers"),
    ("config.toml", ("transform", "fill"), "exec", r"`fill` must be 'previous' or 'interpolate'"),
    ("config.toml", ("transform", "inputs", 0), "other", r"`inputs` must name each column once"),
    ("config.toml", ("data", "targets", 0), "x" * 10**6, r"another `targets` each"),
    ("config.toml", ("data", "n_scored", "valid"), -1, r"`valid` must be a whole number from 0"),
    ("config.toml", ("data", "files", 0, "splits", "train"), [1], r"first row and the row after"),
    ("config.toml", ("search", "ants"), 5, r"`ants` must be a table"),
    ("genome.json", ("recurrent_edges", 0), [0, 4, 10**9], r"time skip must be at most 100,000"),
    ("genome.json", ("nodes", 0, "id"), -1, r"id must be at least 0"),
    ("genome.json", ("nodes", 0, "name"), "else", r"has the columns \('else', 'other'\)"),
    ("genome.json", ("nodes", 0, "depth"), 1e300, r"depth is too large"),
    ("genome.json", ("edges", 0), [0, 1e9], r"Each edge must be 2 whole numbers"),
    ("genome.json", ("edges", 0, 1), 10**30, r"beyond 32 bits"),
    ("scores.csv", (1, 1), "../../secret", r"line 2.*`network` must be a whole number"),
    ("scores.csv", (1, 1), "77", r"'network \d+' has no score on test"),
    ("scores.csv", (1, 4), "wave\n", r"has no score|no target"),
    ("scores.csv", (1, 5), "-1", r"`mae` must be from 0"),
    ("scores.csv", (1, 8), "inf", r"`seconds` must be from 0"),
    ("result.toml", ("search_seconds",), float("inf"), r"`search_seconds` must be a number from 0"),
    ("result.toml", ("workers",), None, r"`workers` is missing"),
]


@pytest.mark.parametrize(("name", "place", "value", "message"), FIELDS)
def test_a_field_that_cannot_be_is_named(attack, name, place, value, message):
    paths = sorted(attack.prepare().rglob(name))
    for path in paths:
        Tree(path).put(place, value)
    with pytest.raises(RunError, match=message) as caught, guarded():
        open_run(attack.run)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("search", "n_ants"), 10**12),
        (("search", "n_nodes_per_layer"), 10**7),
        (("search", "max_skip"), 10**12),
        (("search", "pheromone_cap"), 1e308),
        (("protocol", "epochs"), 10**12),
        (("protocol", "epochs"), 1.5),
        (("protocol", "learning_rate"), float("inf")),
        (("protocol", "output_cell"), "../simple"),
        (("transform", "inputs"), ["x"] * 3),
        (("data", "fingerprint"), "0"),
        (("data", "source"), 5),
        (("data", "source", "settings", "targets"), None),
        (("data", "source", "format", "encoding"), "zip"),
        (("data", "source", "format", "sep"), "\n"),
    ],
)
def test_settings_that_cannot_be_are_refused_where_a_run_goes_on(attack, place, value):
    run = attack.prepare(killed=True)
    (run / "checkpoint.json").unlink()  # it knows how the run was begun
    Tree(run / "config.toml").put(place, value)
    with pytest.raises(CellcolonyError), guarded():
        READERS["resume"](attack)


@pytest.mark.parametrize("kind", [*KINDS, "zeros"])
def test_data_that_are_no_file_are_refused_where_a_run_goes_on(attack, kind):
    run = attack.prepare(killed=True)
    file = attack.out / "data.csv"
    (run / "checkpoint.json").unlink()
    Tree(run / "config.toml").put(("data", "source", "files", "train", 0), str(file))
    if kind == "zeros":
        file.touch()
        os.truncate(file, 10 << 30)
    else:
        make_special(file, kind, attack.secret)
    with pytest.raises(DataError, match=r"data\.csv|one column"), guarded():
        READERS["resume"](attack)


def test_nothing_is_executed(attack):
    attack.prepare()
    assert not attack.bugs()  # what is loaded late is loaded now
    seen, switch = watch_for_code()
    for killed in (False, True):
        attack.prepare(killed)
        switch(True)
        bugs = attack.bugs()
        switch(False)
        assert (bugs, seen) == ([], [])


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("search", "pending", 0, "number"), 77),
        (("search", "layout", "n_layers"), 2),
        (("search", "layout"), None),
        (("out", 0, "how", "epochs_before"), "x"),
        (("out", 0, "network", "recurrent_edges"), [[0, 4, 10**9]]),
        (("n_asked",), 10**30),
    ],
)
def test_a_state_that_cannot_be_is_passed_over_for_the_journal(attack, place, value):
    run = attack.prepare(killed=True)
    config = read_config(run)
    origin = Origin.of_forecast(config, search_of(config))
    sound = restore(run, origin, read_checkpoint(run))
    Tree(run / "checkpoint.json").put(("state", "standing", *place), value)
    restored = restore(run, origin, read_checkpoint(run))
    assert (sound.checkpoint is None, restored.checkpoint is None) == (False, True)
    assert restored.standing.n_asked == sound.standing.n_asked == N_NETWORKS
