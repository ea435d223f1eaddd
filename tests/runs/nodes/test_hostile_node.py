"""Whatever somebody else puts into the directory of a search for nodes does no harm."""

import os

import pytest
from cellcolony.runs.nodes.stored import open_node_run
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.errors import CellcolonyError, RunError
from tests.runs.damage import VALUES, Tree, damaged, files_of, make_special
from tests.runs.hostile import examples, guarded, watch_for_code
from tests.runs.nodes.attack import READERS, NodeAttack

OF_RESUME = (
    "config.toml", "journal.jsonl", "checkpoint.json", "finals.jsonl", "random/config.toml",
    "random/journal.jsonl", "random/checkpoint.json", "random/front.csv", "random/result.toml",
)  # fmt: skip
"""What a run that goes on reads."""
FIELDED = (".toml", ".json", ".jsonl", ".csv")
KINDS = ("folder", "pipe", "link out", "link to a folder", "dangling link", "loop", "device")
ENTRIES = (
    "config.toml", "journal.jsonl", "scores.csv", "result.toml", "front.csv", "lock", "champions",
    "champions/{}", "champions/{}.part", "champions/{}/tree.json", "champions/{}/cell.json",
    "champions/{}/drawing.svg", "champions/{}/drawing.svg.part", "champions/99",
    "checkpoint.json", "checkpoint.json.part", "finals", "finals.jsonl", "finals/lstm-seed-1",
    "finals/other", "random", "random/config.toml", "random/journal.jsonl", "random/champions",
    "random/result.toml", "random/lock", "scores.csv.part", "front.csv.part",
)  # fmt: skip
"""Where something may stand; `{}` is the number of a node of the front."""


@pytest.fixture(scope="session")
def attack(tmp_path_factory):
    return NodeAttack(tmp_path_factory.mktemp("hostile-nodes"))


def with_fields(run):
    return [path for path in files_of(run) if path.suffix in FIELDED and "finals/" not in str(path)]


def replaced(data, path):
    tree = Tree(path)
    place = data.draw(st.sampled_from(tree.places))
    tree.put(place, data.draw(st.sampled_from(VALUES)))


def test_an_undamaged_run_is_read_by_everybody(attack):
    attack.prepare()
    for read in READERS.values():
        read(attack)
    attack.prepare(killed=True)
    READERS["resume"](attack)


@examples(60)
@given(st.data())
def test_damaged_bytes_do_no_harm(attack, data):
    run = attack.prepare()
    path = run / data.draw(st.sampled_from(with_fields(run)))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs("methods", "show", "draw", "watch")


@examples(100)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attack, data):
    run = attack.prepare()
    replaced(data, run / data.draw(st.sampled_from(with_fields(run))))
    assert not attack.bugs("methods", "show", "draw", "watch")


@examples(50)
@given(st.data())
def test_damaged_bytes_do_no_harm_where_a_run_goes_on(attack, data):
    run = attack.prepare(killed=True)
    path = run / data.draw(st.sampled_from(OF_RESUME))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs("resume")


@examples(120)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm_where_a_run_goes_on(attack, data):
    run = attack.prepare(killed=True)
    replaced(data, run / data.draw(st.sampled_from(OF_RESUME)))
    assert not attack.bugs("resume")


@examples(40)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_waited_for_nor_followed(attack, entry, kind):
    run = attack.prepare()
    special(attack, run, entry, kind)
    assert not attack.bugs("methods", "show", "draw to a file", "watch")


@examples(40)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_where_a_run_goes_on(attack, entry, kind):
    run = attack.prepare(killed=True)
    special(attack, run, entry, kind)
    assert not attack.bugs("resume")


def special(attack, run, entry, kind):
    numbers = sorted(path.name for path in (run / "champions").iterdir())
    make_special(run / entry.format(numbers[0]), kind, attack.secret)


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("tree.json", ("tree",), "add(z0, zz)", r"'zz' is no element of a tree"),
        ("tree.json", ("tree",), "tanh(z0)", r"holds another tree than the journal"),
        ("tree.json", ("bias",), 3, r"`bias` must be true or false"),
        ("config.toml", ("search", "population"), 0, r"`population` must be a whole number"),
        ("config.toml", ("search", "method"), "NodeEvoluton", r"Did you mean 'NodeEvolution'"),
        ("config.toml", ("model", "hidden"), "many", r"`hidden` must be a whole number"),
        ("config.toml", ("training", "epochs"), 0, r"`epochs` must be a whole number"),
        ("config.toml", ("rivals", 0), "lsmt", r"Did you mean 'lstm'"),
        ("config.toml", ("data", "n_vocabulary"), -1, r"`n_vocabulary` must be a whole number"),
        ("config.toml", ("data", "texts", 0, "n_tokens"), "x", r"`n_tokens` must be"),
        ("config.toml", ("seed",), True, r"`seed` must be a whole number"),
        ("front.csv", (1, 0), "../../secret", r"expected a whole number of at most 15 digits"),
        ("front.csv", (1, 0), "77", r"node 77, which is on the front, was not done"),
        ("scores.csv", (1, 4), "-1", r"a perplexity must be at least 1"),
        ("scores.csv", (1, 3), "x", r"line 2: the scores cannot be read"),
        ("scores.csv", (0, 0), "x", r"a column is missing"),
        ("result.toml", ("workers",), None, r"`workers` is missing"),
        ("journal.jsonl", (0, "parents"), [5], r"`parents` must be numbers of earlier nodes"),
        ("journal.jsonl", (0, "number"), 3, r"node 0 is next"),
        ("journal.jsonl", (0, "how"), 3, r"`how` must be a table"),
        ("journal.jsonl", (1, "loss"), "low", r"`loss` must be a number"),
    ],
)
def test_a_field_that_cannot_be_is_named(attack, name, place, value, message):
    run = attack.prepare()
    paths = [path for path in run.rglob(name) if "random" not in path.parts]
    for path in paths:
        Tree(path).put(place, value)
    if name == "journal.jsonl" and place[1] == "loss":
        lines = Tree(run / name).values
        assert lines[1]["event"] == "asked"
        at = next(i for i, line in enumerate(lines) if "loss" in line and i > 1)
        Tree(run / name).put((at, "loss"), value)
    with pytest.raises(RunError, match=message) as caught, guarded():
        open_node_run(attack.run)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((0, "event"), "rvial", "`event` must be rival, tuned or final"),
        ((0, "loss"), None, r"line 1: `loss` must be a number"),
        ((0, "model"), 3, "`model` must be a text"),
        ((3, "test_loss"), -1, "`test_loss` must be a number"),
        ((3, "seed"), 1.5, "`seed` must be a whole number"),
        ((3, "n_weights"), "x", "`n_weights` must be a whole number"),
    ],
)
def test_a_line_of_what_follows_the_search_that_cannot_be_is_named(attack, place, value, message):
    run = attack.prepare(killed=True)
    Tree(run / "finals.jsonl").put(place, value)
    with pytest.raises(RunError, match=message), guarded():
        READERS["resume"](attack)


@pytest.mark.parametrize("name", ["config.toml", "journal.jsonl", "scores.csv", "front.csv",
                                  "result.toml", "tree.json", "finals.jsonl"])  # fmt: skip
def test_a_file_of_ten_gigabytes_is_refused_before_it_is_read(attack, name):
    run = attack.prepare(killed=name == "finals.jsonl")
    path = next(path for path in sorted(run.rglob(name)) if "random" not in path.parts)
    os.truncate(path, 10 << 30)  # it takes no room on the disk
    with pytest.raises(RunError, match=name), guarded():
        READERS["resume" if name == "finals.jsonl" else "methods"](attack)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("finals", "link to a folder"),
        ("finals/lstm-seed-1", "link to a folder"),
        ("finals.jsonl", "link out"),
        ("random", "link to a folder"),
        ("random/journal.jsonl", "link out"),
        ("champions", "link to a folder"),
        ("champions/{}/drawing.svg.part", "link out"),
    ],
)
def test_nothing_is_written_or_removed_through_a_link(attack, entry, kind):
    run = attack.prepare(killed=True)
    special(attack, run, entry, kind)
    assert not attack.bugs("resume")


def test_a_checkpoint_that_holds_networks_is_passed_over(attack):
    """Its trees are named otherwise, or are none: the journal alone will do."""
    run = attack.prepare(killed=True)
    tree = Tree(run / "checkpoint.json")
    out = tree.values["state"]["standing"]["out"]
    assert out
    for place in range(len(out)):
        held = tree.values["state"]["standing"]["out"][place]
        held["network"] = held.pop("tree")
        held["weights"] = None
    tree.put(("serial",), tree.values["serial"])
    READERS["resume"](attack)
    assert open_node_run(run).outcome is not None


def test_other_commands_refuse_a_search_for_nodes_in_one_line(attack):
    from cellcolony.cli.export import export
    from cellcolony.cli.predict import predict
    from cellcolony.cli.replay import replay
    from cellcolony.cli.report import report

    run = attack.prepare()
    for command in (
        lambda: replay(run),
        lambda: report(run),
        lambda: predict(run, run / "front.csv"),
        lambda: export(run, to="numpy", out=attack.out / "model.py"),
    ):
        with pytest.raises(CellcolonyError, match=r"forecast.*node search") as caught:
            command()
        assert "\n" not in str(caught.value)


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
