"""Whatever somebody else puts into a run directory ends in our own error, or does no harm."""

import json
import os
from contextlib import nullcontext, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.errors import CellcolonyError, DataError, RunError
from cellcolony.runs.checkpoint import read_checkpoint, restore
from cellcolony.runs.config_file import read_config
from cellcolony.runs.open import open_run
from tests.runs.damage import VALUES, Tree, damaged, files_of, make_special
from tests.runs.hostile import (
    BUDGETS,
    CORE,
    KINDS,
    READERS,
    Attack,
    examples,
    guarded,
    watch_for_code,
)

FIELDED = (".toml", ".json", ".jsonl", ".csv", ".safetensors")
OF_KIND = pytest.mark.parametrize("kind", KINDS)
OF_KIND_GOING_ON = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nodes"])
"""`nodes/test_hostile_node.py` lets searches for nodes go on, with all their files."""
SPECIAL = ("folder", "pipe", "link out", "link to a folder", "dangling link", "loop", "device")


@pytest.fixture(scope="session")
def attacks(tmp_path_factory, frame):
    """A run of each kind."""
    pytest.importorskip("torch")
    return {kind: Attack(tmp_path_factory.mktemp(f"hostile-{kind}"), kind, frame) for kind in KINDS}


def readers(data, kind):
    """Return who reads a run: all methods of a result, and two others."""
    others = [name for name in READERS[kind] if name not in CORE]
    few = min(2, len(others))
    drawn = st.lists(st.sampled_from(others), min_size=few, max_size=few) if few else st.just([])
    return ("methods", *data.draw(drawn))


def with_fields(run):
    return [path for path in files_of(run) if path.suffix in FIELDED]


def of_resume(run):
    """Return what a run that goes on reads."""
    return [path for path in with_fields(run) if path.name not in ("scores.csv", "cell.json")]


def damage_bytes(data, path):
    path.write_bytes(damaged(data, path.read_bytes()))


def replace_field(data, path):
    tree = Tree(path)
    place = data.draw(st.sampled_from(tree.places))
    tree.put(place, data.draw(st.sampled_from(VALUES)))


def test_an_undamaged_run_is_read_by_everybody(attacks):
    for attack in attacks.values():
        attack.prepare()
        for name, read in attack.readers.items():
            with nullcontext() if name in CORE else suppress(CellcolonyError):
                read(attack)  # a command may be for runs of another kind
        attack.prepare(killed=True)
        attack.readers["resume"](attack)
        assert open_run(attack.run).outcome is not None


@OF_KIND
@examples(16)
@given(st.data())
def test_damaged_bytes_do_no_harm(attacks, kind, data):
    run = attacks[kind].prepare()
    damage_bytes(data, run / data.draw(st.sampled_from(with_fields(run))))
    assert not attacks[kind].bugs(*readers(data, kind))


@OF_KIND
@examples(28)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attacks, kind, data):
    run = attacks[kind].prepare()
    replace_field(data, run / data.draw(st.sampled_from(with_fields(run))))
    assert not attacks[kind].bugs(*readers(data, kind))


@OF_KIND_GOING_ON
@examples(14)
@given(st.data())
def test_damaged_bytes_do_no_harm_where_a_run_goes_on(attacks, kind, data):
    run = attacks[kind].prepare(killed=True)
    damage_bytes(data, run / data.draw(st.sampled_from(of_resume(run))))
    assert not attacks[kind].bugs("resume")


@OF_KIND_GOING_ON
@examples(28)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm_where_a_run_goes_on(attacks, kind, data):
    run = attacks[kind].prepare(killed=True)
    replace_field(data, run / data.draw(st.sampled_from(of_resume(run))))
    assert not attacks[kind].bugs("resume")


@OF_KIND_GOING_ON
@examples(10)
@given(st.data())
def test_items_of_stages_that_cannot_be_do_no_harm(attacks, kind, data):
    """They are few of a journal's fields, and all that rivals and final trainings leave there."""
    run = attacks[kind].prepare(killed=True)
    tree = Tree(run / "journal.jsonl")
    at = [i for i, line in enumerate(tree.values) if line["event"] in ("item", "stage")]
    place = data.draw(st.sampled_from([place for place in tree.places if place[0] in at]))
    tree.put(place, data.draw(st.sampled_from(VALUES)))
    assert not attacks[kind].bugs("methods", "resume")


ENTRIES = (
    "config.toml", "journal.jsonl", "scores.csv", "result.toml", "front.csv", "lock", "champions",
    "champions/{}", "champions/{}.part", "champions/{}/genome.json", "champions/{}/cell.json",
    "champions/{}/weights.safetensors", "champions/{}/drawing.svg", "champions/99",
    "champions/{}/drawing.svg.part", "champions/99.part", "checkpoint.json", "checkpoint.json.part",
    "checkpoint-4.safetensors", "checkpoint-9.safetensors", "scores.csv.part", "front.csv.part",
    "journal.jsonl.part", "vocabulary.json", "vocabulary.json.part", "test_predictions.csv",
    "colony.safetensors", "colony.safetensors.part", "report.html", "report.html.part",
    "colony.svg", "colony.svg.part", "control", "control/config.toml", "control/journal.jsonl",
    "control/champions", "control/result.toml", "control/lock", "finals", "finals/lstm-seed-1",
    "finals/other", "finals/lstm-seed-3", "finals/lstm-seed-3/curve.csv",
    "finals/lstm-seed-3/model.json", "finals/lstm-seed-3/weights.safetensors",
    "finals/lstm-seed-3/checkpoint.json", "finals/lstm-seed-3/checkpoint-1.safetensors",
    "finals/lstm-seed-3/curve.csv.part", "finals/lstm-seed-3/checkpoint.json.part",
)  # fmt: skip
"""Where something may stand; `{}` is the number of a candidate of the front."""


def put(attack, entry, special, killed=False):
    """Put something special at a place of a run; say whether it can stand there."""
    run = attack.prepare(killed)
    numbers = sorted(path.name for path in (run / "champions").iterdir())
    path = run / entry.format(numbers[0] if numbers else "0")
    if not path.parent.is_dir():
        return False
    make_special(path, special, attack.secret)
    return True


@OF_KIND
@examples(10)
@given(st.sampled_from(ENTRIES), st.sampled_from(SPECIAL), st.data())
def test_what_is_no_file_of_the_run_is_neither_waited_for_nor_followed(
    attacks, kind, entry, special, data
):
    if put(attacks[kind], entry, special):
        assert not attacks[kind].bugs(*readers(data, kind))


@OF_KIND_GOING_ON
@examples(12)
@given(st.sampled_from(ENTRIES), st.sampled_from(SPECIAL))
def test_what_is_no_file_of_the_run_is_neither_where_a_run_goes_on(attacks, kind, entry, special):
    if put(attacks[kind], entry, special, killed=True):
        assert not attacks[kind].bugs("resume")


@pytest.mark.parametrize(
    ("kind", "entry", "special"),
    [
        ("forecast", "champions", "link to a folder"),
        ("forecast", "champions/99", "link to a folder"),
        ("forecast", "champions/{}", "link to a folder"),
        ("forecast", "champions/{}/drawing.svg.part", "link out"),
        ("forecast", "journal.jsonl", "link out"),
        ("forecast", "checkpoint.json.part", "link out"),
        ("forecast", "lock", "dangling link"),
        ("forecast", "colony.safetensors.part", "link out"),
        ("forecast", "control", "link to a folder"),
        ("nodes", "finals", "link to a folder"),
        ("nodes", "finals/lstm-seed-1", "link to a folder"),
        ("nodes", "finals/other", "link to a folder"),
        ("nodes", "control", "link to a folder"),
        ("nodes", "control/journal.jsonl", "link out"),
        ("nodes", "champions", "link to a folder"),
        ("model", "finals", "link to a folder"),
        ("model", "finals/lstm-seed-3", "link to a folder"),
        ("model", "finals/lstm-seed-3/curve.csv.part", "link out"),
        ("model", "finals/lstm-seed-3/checkpoint.json", "link out"),
        ("model", "finals/lstm-seed-3/model.json", "link out"),
        ("model", "journal.jsonl", "link out"),
    ],
)
def test_nothing_is_written_or_removed_through_a_link(attacks, kind, entry, special):
    assert put(attacks[kind], entry, special, killed=True)
    assert not attacks[kind].bugs("resume")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("forecast", "result.toml"), ("forecast", "scores.csv"), ("forecast", "config.toml"),
     ("forecast", "champions/{}/genome.json"), ("forecast", "front.csv"),
     ("nodes", "journal.jsonl"),
     ("nodes", "champions/{}/genome.json"), ("model", "scores.csv"), ("model", "result.toml"),
     ("model", "finals/lstm-seed-3/model.json"), ("model", "finals/lstm-seed-3/curve.csv"),
     ("model", "finals/lstm-seed-3/weights.safetensors")],
)  # fmt: skip
def test_a_link_that_leads_out_is_refused_by_name(attacks, kind, name):
    assert put(attacks[kind], name, "link out")
    with pytest.raises(RunError, match=rf"{name.rpartition('/')[2]}.*leads out of .*put a copy"):
        attacks[kind].readers["methods"](attacks[kind])


@OF_KIND
def test_a_run_that_is_a_link_itself_is_read(attacks, kind):
    attack = attacks[kind]
    run = attack.prepare()
    moved = run.rename(attack.folder / "moved")
    run.symlink_to(moved)
    try:
        attack.readers["methods"](attack)
        assert not attack.bugs("methods", *(name for name in attack.readers if name not in CORE))
    finally:
        run.unlink()
        moved.rename(run)


BIG = [
    (kind, name)
    for kind, names in {
        "forecast": ("config.toml", "journal.jsonl", "scores.csv", "result.toml", "front.csv",
                     "test_predictions.csv", "colony.safetensors", "genome.json",
                     "weights.safetensors"),
        "nodes": ("journal.jsonl", "scores.csv", "front.csv", "genome.json"),
        "model": ("scores.csv", "curve.csv", "model.json", "weights.safetensors"),
    }.items()
    for name in names
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), BIG)
def test_a_file_of_many_gigabytes_is_refused_before_it_is_read(attacks, kind, name):
    run = attacks[kind].prepare()
    (path, *_) = sorted(path for path in run.rglob(name) if "control" not in path.parts)
    os.truncate(path, 20 << 30)  # it takes no room on the disk
    with pytest.raises(RunError, match=name), guarded():
        attacks[kind].readers["methods"](attacks[kind])


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


@pytest.mark.parametrize("how", HOSTILE_TOML)
@pytest.mark.parametrize("name", ["config.toml", "result.toml"])
def test_hostile_toml_is_refused(attacks, name, how):
    run = attacks["forecast"].prepare()
    path = run / name
    path.write_text(HOSTILE_TOML[how] + "\n" + path.read_text())
    with pytest.raises(RunError, match=name), guarded():
        open_run(run)


FIELDS = [
    ("forecast", "config.toml", ("seed",), True, r"`seed` must be a whole number\. Got True"),
    ("forecast", "config.toml", ("training", "residual"), "no", r"`residual` must be"),
    ("forecast", "config.toml", ("task", "transform", "horizon"), 10**12, r"`horizon` must be"),
    ("forecast", "config.toml", ("task", "transform", "input_width", 0), 0.0, r"`input_width`"),
    ("forecast", "config.toml", ("task", "transform", "target_offset", 0), float("nan"), "finite"),
    ("forecast", "config.toml", ("task", "transform", "fill"), "exec", r"`fill` must be"),
    ("forecast", "config.toml", ("task", "transform", "inputs", 0), "other", r"each column once"),
    ("forecast", "config.toml", ("task", "targets", 0), "x" * 10**6, r"`targets`"),
    ("forecast", "config.toml", ("task", "n_scored", "valid"), -1, r"`.*valid`"),
    ("forecast", "config.toml", ("task", "files", 0, "splits", "train"), [1], r"first row"),
    ("forecast", "config.toml", ("method", "ants"), 5, r"'ants'|`ants`"),
    ("forecast", "genome.json", ("recurrent_edges", 0), [0, 4, 10**9], r"at most 100,000"),
    ("forecast", "genome.json", ("nodes", 0, "id"), -1, r"id must be at least 0"),
    ("forecast", "genome.json", ("nodes", 0, "name"), "else", r"holds another network"),
    ("forecast", "genome.json", ("nodes", 0, "depth"), 1e300, r"depth is too large"),
    ("forecast", "genome.json", ("edges", 0), [0, 1e9], r"Each edge must be 2 whole numbers"),
    ("forecast", "genome.json", ("edges", 0, 1), 10**30, r"beyond 32 bits"),
    ("forecast", "scores.csv", (1, 10), "../../secret", r"line 2.*`candidate` must be"),
    ("forecast", "scores.csv", (1, 10), "77", r"has no score"),
    ("forecast", "scores.csv", (1, 9), "wave\n", r"has no score|no target"),
    ("forecast", "scores.csv", (1, 8), "-1", r"`value` must be from 0"),
    ("forecast", "scores.csv", (1, 7), "inf", r"`seconds` must be"),
    ("forecast", "result.toml", ("search_seconds",), float("inf"), r"`search_seconds` must be"),
    ("forecast", "result.toml", ("workers",), None, r"`workers` is missing"),
    ("forecast", "result.toml", ("test_readings",), -1, r"`test_readings` must be"),
    ("nodes", "genome.json", ("tree",), "add(z0, zz)", r"'zz' is no element of a tree"),
    ("nodes", "genome.json", ("tree",), "tanh(z0)", r"holds another node than the journal"),
    ("nodes", "genome.json", ("bias",), 3, r"`bias` must be true or false"),
    ("nodes", "config.toml", ("method", "population"), 0, r"`population` must be"),
    ("nodes", "config.toml", ("method", "name"), "node", r"Did you mean 'nodes'"),
    ("nodes", "config.toml", ("training", "model", "hidden"), "many", r"`hidden` must be"),
    ("nodes", "config.toml", ("training", "schedule", "epochs"), 0, r"`epochs` must be"),
    ("nodes", "config.toml", ("stages", 2, "cells", 0), "lsmt", r"Did you mean 'lstm'"),
    ("nodes", "config.toml", ("stages", 3, "n_seeds"), 10**9, r"`n_seeds` must be"),
    ("nodes", "config.toml", ("task", "n_vocabulary"), -1, r"`n_vocabulary` must be"),
    ("nodes", "config.toml", ("task", "texts", 0, "n_tokens"), "x", r"`n_tokens` must be"),
    ("nodes", "config.toml", ("seed",), True, r"`seed` must be a whole number"),
    ("nodes", "front.csv", (1, 0), "../../secret", r"`candidate` must be"),
    ("nodes", "front.csv", (1, 0), "77", r"candidate 77 of the front has no score"),
    ("nodes", "scores.csv", (1, 8), "-1", r"`value` must be from 0"),
    ("nodes", "scores.csv", (1, 5), "x", r"line 2"),
    ("nodes", "scores.csv", (0, 0), "x", r"`model` is missing|there is no setting|Unknown|'x'"),
    ("nodes", "result.toml", ("workers",), None, r"`workers` is missing"),
    ("nodes", "journal.jsonl", (0, "parents"), [5], r"`parents` must be numbers of earlier"),
    ("nodes", "journal.jsonl", (0, "number"), 3, r"candidate 0 is next"),
    ("nodes", "journal.jsonl", (0, "how"), 3, r"`how` a table"),
    ("nodes", "journal.jsonl", "loss", "low", r"`loss` must be a number"),
    ("nodes", "journal.jsonl", "key", 3, r"an item must have a `key` and a `result`"),
    ("nodes", "journal.jsonl", "stage", 3, r"`stage` cannot be 3"),
    ("model", "config.toml", ("method", "units"), [6, 7], r"`units` must hold a number for each"),
    ("model", "config.toml", ("method", "cells", 0), "lsmt", r"Did you mean 'lstm'"),
    ("model", "config.toml", ("stages", 0, "training", "schedule", "batch"), 0, r"`batch` must"),
    ("model", "config.toml", ("stages", 0, "training", "schedule", "batch"), 0.5, "`batch`"),
    ("model", "config.toml", ("stages", 0, "training", "model", "hiden"), 6, r"hiden.*'hidden'"),
    ("model", "config.toml", ("stages", 0, "training", "model", "tied"), 0, r"`tied` must be"),
    ("model", "scores.csv", (1, 9), "x", r"of 'x', no target"),
    (
        "model",
        "model.json",
        ("n_words",),
        10**9,
        r"1,000,000,000 words, and the study 9",
    ),
    ("model", "model.json", ("layers",), 3, r"the model cannot be read"),
    ("model", "model.json", ("bound",), "x", r"the model cannot be read"),
    ("model", "model.json", ("dropout", "forward"), 2.0, r"the model cannot be read"),
    ("model", "curve.csv", (1, 1), "x", r"the learning curve cannot be read"),
    ("model", "curve.csv", (1, 3), "x" * 140_000, r"the learning curve cannot be read"),
]


@pytest.mark.parametrize(("kind", "name", "place", "value", "message"), FIELDS)
def test_a_field_that_cannot_be_is_named(attacks, kind, name, place, value, message):
    run = attacks[kind].prepare()
    for path in sorted(path for path in run.rglob(name) if "control" not in path.parts):
        tree = Tree(path)
        if isinstance(place, str):
            place = next(i for i, line in enumerate(tree.values) if place in line), place
        if "hiden" in place:
            tree.values["stages"][0]["training"]["model"]["hiden"] = 1
        tree.put(place, value)
    with pytest.raises(RunError, match=message) as caught, guarded():
        attacks[kind].readers["methods"](attacks[kind])
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("forecast", ("method", "n_ants"), 10**12),
        ("forecast", ("method", "n_nodes_per_layer"), 10**7),
        ("forecast", ("method", "max_skip"), 10**12),
        ("forecast", ("method", "pheromone_cap"), 1e308),
        ("forecast", ("training", "epochs"), 10**12),
        ("forecast", ("training", "epochs"), 1.5),
        ("forecast", ("training", "learning_rate"), float("inf")),
        ("forecast", ("training", "output_cell"), "../simple"),
        ("forecast", ("task", "transform", "inputs"), ["x"] * 3),
        ("forecast", ("task", "fingerprint"), "0"),
        ("forecast", ("task", "source"), 5),
        ("forecast", ("task", "source", "settings", "targets"), None),
        ("forecast", ("task", "source", "format", "encoding"), "zip"),
        ("forecast", ("task", "source", "format", "sep"), "\n"),
        ("forecast", ("stages", 1, "method"), "../elsewhere"),
        ("nodes", ("method", "population"), 10**12),
        ("nodes", ("method", "start_height"), 60),
        ("nodes", ("task", "fingerprint"), "0" * 64),
        ("nodes", ("task", "source", "tokens"), "pickle"),
        ("nodes", ("stages", 3, "training", "model", "hidden"), 10**12),
        ("model", ("method", "units"), [10**12]),
        ("model", ("task", "source", "encoding"), "zip"),
        ("model", ("stages", 0, "training", "schedule", "batch"), 10**12),
    ],
)
def test_settings_that_cannot_be_are_refused_where_a_run_goes_on(attacks, kind, place, value):
    run = attacks[kind].prepare(killed=True)
    (run / "checkpoint.json").unlink()  # it knows how the run was begun
    Tree(run / "config.toml").put(place, value)
    with pytest.raises(CellcolonyError), guarded():
        attacks[kind].readers["resume"](attacks[kind])


@OF_KIND
@pytest.mark.parametrize("special", ["pipe", "folder", "dangling link", "zeros"])
def test_data_that_are_no_file_are_neither_waited_for_nor_read_whole(attacks, kind, special):
    attack = attacks[kind]
    run = attack.prepare(killed=True)
    file = attack.out / "data.csv"
    tree = Tree(run / "config.toml")
    tree.put(("task", "source", "files", "train", 0), str(file))
    if special == "zeros":
        file.touch()
        os.truncate(file, 10 << 30)
    else:
        make_special(file, special, attack.secret)
    with pytest.raises(DataError, match=r"data\.csv|one column"), guarded():
        attack.readers["resume"](attack)


@OF_KIND
def test_nothing_is_executed(attacks, kind):
    attack = attacks[kind]
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
        (("ledger", "search", "pending", 0, "number"), 77),
        (("ledger", "search", "layout", "n_layers"), 2),
        (("ledger", "search", "layout"), None),
        (("ledger", "out", 0, "how", "epochs_before"), "x"),
        (("ledger", "out", 0, "network", "recurrent_edges"), [[0, 4, 10**9]]),
        (
            (
                "ledger",
                "n_asked",
            ),
            10**30,
        ),
        (("ledger", "open"), 3),
        (("books", "front", 0, "number"), "x"),
        (("items",), "{"),
        (("items",), 3),
    ],
)
def test_a_state_that_cannot_be_is_passed_over_for_the_journal(attacks, place, value):
    run = attacks["forecast"].prepare(killed=True)
    config = read_config(run)
    sound = restore(run, config, read_checkpoint(run))
    Tree(run / "checkpoint.json").put(("state", *place), value)
    restored = restore(run, config, read_checkpoint(run))
    assert (sound.checkpoint is None, restored.checkpoint is None) == (False, True)
    n = int(BUDGETS["forecast"].split()[0])
    assert restored.ledger.n_asked == sound.ledger.n_asked == n


def test_a_checkpoint_that_holds_networks_is_passed_over(attacks):
    """Its trees are named otherwise, or are none: the journal alone will do."""
    attack = attacks["nodes"]
    run = attack.prepare(killed=True)
    tree = Tree(run / "checkpoint.json")
    out = tree.values["state"]["ledger"]["out"]
    assert out
    for held in out:
        held["network"] = held.pop("tree")
        held["weights"] = None
    tree.put(("serial",), tree.values["serial"])
    attack.readers["resume"](attack)
    assert open_run(run).outcome is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [("seed = 3", "seed = 4"), ("batch = 4", "batch = 5"), ("decay = 0.5", "decay = 0.25"),
     ("dropout = 0.3", "dropout = 0.4")],
)  # fmt: skip
def test_a_long_training_never_goes_on_with_other_settings(attacks, old, new):
    attack = attacks["model"]
    config = attack.prepare(killed=True) / "config.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    with pytest.raises(RunError, match=rf"{old.split()[0]}|setting of the model"):
        attack.readers["resume"](attack)


@pytest.mark.parametrize("how", ["cell", "size"])
def test_a_model_of_somebody_elses_is_neither_gone_on_with_nor_made(attacks, how):
    attack = attacks["model"]
    run = attack.prepare(killed=True)
    path = run / "finals" / "lstm-seed-3" / "model.json"
    model = json.loads(path.read_text())
    if how == "size":
        model["layers"][0][0]["n_units"] = 90_000
    else:
        cell = json.dumps(model["layers"][0][0]["cell"])
        assert '"tanh"' in cell
        model["layers"][0][0]["cell"] = json.loads(cell.replace('"tanh"', '"sigmoid"'))
    path.write_text(json.dumps(model))
    with guarded():
        attack.readers["resume"](attack)
    assert path.read_text() != json.dumps(model)  # it says again what is trained
