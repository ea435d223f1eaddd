"""Whatever somebody else puts into the directory of a study of language models does no harm.

The study is a search for nodes with final trainings: it has every file that such a study can have.
"""

import json
import os
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save

from cellcolony.errors import CellcolonyError, DataError, RunError
from cellcolony.runs.open import open_run
from tests.runs.damage import VALUES, Tree, damaged, files_of, make_special
from tests.runs.hostile import examples, guarded, watch_for_code

pytest.importorskip("torch")

from cellcolony.runs.generate import generate
from cellcolony.runs.resume import resume
from cellcolony.runs.trained_model import find_trained_model
from tests.runs.nodes.attack import OTHERS, READERS, StudyAttack, real_finals

OF_STUDY = ("config.toml", "journal.jsonl", "checkpoint.json", "checkpoint-{}.safetensors")
OF_FINAL = ("checkpoint.json", "checkpoint-1.safetensors", "model.json", "curve.csv",
            "weights.safetensors")  # fmt: skip
OF_RESUME = (
    *OF_STUDY, *(f"control/{name}" for name in (*OF_STUDY, "front.csv", "result.toml")),
    *(f"finals/{model}/{name}" for model in ("evolved", "lstm") for name in OF_FINAL),
)  # fmt: skip
"""What a run that goes on reads; `path_of` finds the file."""
FIELDED = (".toml", ".json", ".jsonl", ".csv", ".safetensors")
KINDS = ("folder", "pipe", "link out", "link to a folder", "dangling link", "loop", "device")
ENTRIES = (
    "config.toml", "journal.jsonl", "scores.csv", "result.toml", "front.csv", "lock", "champions",
    "vocabulary.json", "vocabulary.json.part", "champions/{}", "champions/{}.part",
    "champions/{}/genome.json", "champions/{}/cell.json", "champions/{}/drawing.svg",
    "champions/{}/drawing.svg.part", "champions/99", "checkpoint.json", "checkpoint.json.part",
    "report.html", "report.html.part", "finals", "finals/lstm-seed-1", "finals/other",
    "finals/lstm-seed-1/checkpoint.json", "finals/lstm-seed-1/checkpoint.json.part",
    "finals/lstm-seed-1/model.json", "finals/lstm-seed-1/curve.csv",
    "finals/lstm-seed-1/curve.csv.part", "finals/lstm-seed-1/weights.safetensors",
    "finals/lstm-seed-1/weights.safetensors.part", "control", "control/config.toml",
    "control/journal.jsonl", "control/champions", "control/result.toml", "control/lock",
    "scores.csv.part", "front.csv.part",
)  # fmt: skip
"""Where something may stand; `{}` is the number of a node of the front."""


@pytest.fixture(scope="session")
def attack(tmp_path_factory):
    return StudyAttack(tmp_path_factory.mktemp("hostile-nodes"))


def with_fields(run):
    return [path for path in files_of(run) if path.suffix in FIELDED]


def path_of(run, name):
    """Return the one file of a run that is meant by a name of `OF_RESUME`."""
    folder, _, file = name.rpartition("/")
    if folder.startswith("finals/"):
        return next(run.glob(f"{folder}-*")) / file
    return next((run / folder).glob(file.replace("{}", "*")))


def again(run, budget="10 networks", **more):
    with real_finals():
        return resume(run, budget, executor="threads", device="cpu", **more)


@contextmanager
def refused(message, error=RunError):
    with pytest.raises(error, match=message) as caught, guarded():
        yield
    assert len(str(caught.value)) < 1500


def replaced(data, path):
    tree = Tree(path)
    places = [place for place in tree.places if place != ("numbers",)]  # arrays of other names
    tree.put(data.draw(st.sampled_from(places)), data.draw(st.sampled_from(VALUES)))


def some(data):
    return ("methods", *data.draw(st.lists(st.sampled_from(OTHERS), min_size=2, max_size=2)))


def test_an_undamaged_run_is_read_by_everybody(attack):
    attack.prepare()
    for name, read in READERS.items():
        if name == "resume":
            attack.prepare(killed=True)
        read(attack)
    result = open_run(attack.run)
    assert result.outcome is not None
    assert {one.model for one in result.models} == {
        "evolved node", "random search", "lstm", "tuned lstm", "how often each word comes"
    }  # fmt: skip


@examples(24)
@given(st.data())
def test_damaged_bytes_do_no_harm(attack, data):
    run = attack.prepare()
    path = run / data.draw(st.sampled_from(with_fields(run)))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs(*some(data))


@examples(48)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attack, data):
    run = attack.prepare()
    replaced(data, run / data.draw(st.sampled_from(with_fields(run))))
    assert not attack.bugs(*some(data))


@examples(20)
@given(st.data())
def test_damaged_bytes_do_no_harm_where_a_run_goes_on(attack, data):
    path = path_of(attack.prepare(killed=True), data.draw(st.sampled_from(OF_RESUME)))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert not attack.bugs("resume")


@examples(48)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm_where_a_run_goes_on(attack, data):
    replaced(data, path_of(attack.prepare(killed=True), data.draw(st.sampled_from(OF_RESUME))))
    assert not attack.bugs("resume")


@examples(24)
@given(st.data())
def test_items_that_cannot_be_do_no_harm_where_a_run_goes_on(attack, data):
    run = attack.prepare(killed=True)
    tree = Tree(run / "journal.jsonl")
    items = {at for at, line in enumerate(tree.values) if line["event"] in ("item", "stage")}
    places = [place for place in tree.places if place[0] in items]
    tree.put(data.draw(st.sampled_from(places)), data.draw(st.sampled_from(VALUES)))
    assert not attack.bugs("resume", "show", "watch")


@examples(16)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_waited_for_nor_followed(attack, entry, kind):
    special(attack, attack.prepare(), entry, kind)
    assert not attack.bugs("methods", "show", "draw to a file", "watch", "report", "generate")


@examples(16)
@given(st.sampled_from(ENTRIES), st.sampled_from(KINDS))
def test_what_is_no_file_of_the_run_is_neither_where_a_run_goes_on(attack, entry, kind):
    special(attack, attack.prepare(killed=True), entry, kind)
    assert not attack.bugs("resume")


def special(attack, run, entry, kind):
    numbers = sorted(path.name for path in (run / "champions").iterdir())
    make_special(run / entry.format(numbers[0]), kind, attack.secret)


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("genome.json", ("tree",), "add(z0, zz)", r"'zz' is no element of a tree"),
        ("genome.json", ("tree",), "tanh(z0)", r"holds another node than the journal"),
        ("genome.json", ("bias",), 3, r"`bias` must be true or false"),
        ("config.toml", ("method", "population"), 0, r"`population` must be a whole number"),
        ("config.toml", ("method", "name"), "node", r"Did you mean 'nodes'"),
        ("config.toml", ("training", "model", "hidden"), "many", r"`hidden` must be a whole num"),
        ("config.toml", ("training", "model", "hiden"), 6, r"`hiden`.*Did you mean 'hidden'"),
        ("config.toml", ("training", "model", "tied"), 0, r"`tied` must be true or false"),
        ("config.toml", ("training", "schedule", "epochs"), 0, r"`epochs` must be a whole num"),
        ("config.toml", ("training", "schedule", "batch"), float("nan"), r"`batch` must be"),
        ("config.toml", ("stages", 2, "cells", 0), "lsmt", r"Did you mean 'lstm'"),
        ("config.toml", ("stages", 3, "name"), "final", r"Did you mean 'finals'"),
        ("config.toml", ("stages", 3, "n_seeds"), 10**9, r"`n_seeds` must be"),
        ("config.toml", ("stages", 3, "training", "model"), 5, r"`model` must be a table"),
        ("config.toml", ("task", "n_vocabulary"), -1, r"`n_vocabulary` must be a whole number"),
        ("config.toml", ("task", "texts", 0, "n_tokens"), "x", r"`n_tokens` must be"),
        ("config.toml", ("task", "source", "tokens"), "lins", r"Did you mean 'lines'"),
        ("config.toml", ("format",), 2, r"`format` must be 3"),
        ("config.toml", ("seed",), True, r"`seed` must be a whole number"),
        ("config.toml", ("seed",), -1, r"`seed` must be a whole number"),
        ("front.csv", (1, 0), "../../secret", r"line 2.*`candidate` must be a whole number"),
        ("front.csv", (1, 0), "77", r"candidate 77 of the front has no score"),
        ("scores.csv", (1, 8), "-1", r"line 2.*`value` must be from 0"),
        ("scores.csv", (1, 3), "tset", r"line 2.*`split` must be 'valid' or 'test'"),
        ("scores.csv", (0, 0), "x", r"`model` is missing"),
        ("result.toml", ("workers",), None, r"`workers` is missing"),
        ("journal.jsonl", (0, "parents"), [5], r"`parents` must be numbers of earlier"),
        ("journal.jsonl", (0, "number"), 3, r"candidate 0 is next"),
        ("journal.jsonl", (0, "how"), 3, r"`how` a table"),
        ("journal.jsonl", (1, "loss"), "low", r"`loss` must be a number"),
    ],
)
def test_a_field_that_cannot_be_is_named(attack, name, place, value, message):
    run = attack.prepare()
    paths = [path for path in run.rglob(name) if "control" not in path.parts]
    assert paths
    for path in paths:
        tree = Tree(path)
        if "loss" in place:
            place = (next(at for at, line in enumerate(tree.values) if "loss" in line), "loss")
        if name == "scores.csv" and place[1] == 8:
            place = (1, tree.values[0].index("value"))
        tree.put(place, value)
    with refused(message):
        open_run(attack.run)


@pytest.mark.parametrize(
    ("stage", "place", "value", "message"),
    [
        ("cells", ("event",), "itme", "`event` is asked, done, stage or item"),
        ("cells", ("key",), 3, "an item must have a `key` and a `result`"),
        ("cells", ("result",), [], "an item must have a `key` and a `result`"),
        ("cells", ("stage",), 3, "`stage` cannot be 3"),
        ("cells", ("at",), -1, "`at` cannot be -1"),
        ("cells", ("result", "loss"), None, "'loss'"),
        ("cells", ("result", "loss"), "low", "`loss` must be a number"),
        ("cells", ("result", "loss"), -5.0, "`loss` must be from 0"),
        ("cells", ("result", "seconds"), -1, "`seconds` must be"),
        ("cells", ("result", "curve"), 3, "cells"),
        ("cells", ("result", "n_steps"), "x", "cells"),
        ("finals", ("result", "valid_loss"), "low", "`valid_loss` must be"),
        ("finals", ("result", "valid_loss"), -1, "`valid_loss` must be"),
        ("finals", ("result", "n_weights"), "x", "`n_weights` must be"),
        ("finals", ("result", "epoch"), 1.5, "`epoch` must be"),
        ("finals", ("result", "valid_loss"), None, "`valid_loss` must be"),
        ("finals", ("result", "seconds"), -1, "`seconds` must be"),
        ("final-scores", ("result", "test_loss"), None, "`test_loss` is missing"),
        ("final-scores", ("result", "test_loss"), -1, "`test_loss` must be"),
        ("final-scores", ("result", "test_loss"), "low", "`test_loss` must be"),
        ("test", ("result", "models"), 5, None),
    ],
)
def test_an_item_that_cannot_be_is_named_where_a_run_goes_on(attack, stage, place, value, message):
    run = attack.prepare()
    (run / "result.toml").unlink()
    tree = Tree(run / "journal.jsonl")
    at = next(i for i, line in enumerate(tree.values)
              if line["event"] == "item" and line["stage"] == stage)  # fmt: skip
    if value is None:
        del tree.values[at]["result"][place[-1]]
        tree.put((at, "number"), -1)
    else:
        tree.put((at, *place), value)
    if message is None:
        again(run)
        return
    with refused(rf"(?s)journal\.jsonl.*{message}"):
        again(run)


@pytest.mark.parametrize(
    "name", ["config.toml", "journal.jsonl", "scores.csv", "front.csv", "result.toml",
             "genome.json", "vocabulary.json", "model.json", "curve.csv", "weights.safetensors"]
)  # fmt: skip
def test_a_file_of_ten_gigabytes_is_refused_before_it_is_read(attack, name):
    run = attack.prepare()
    path = next(path for path in sorted(run.rglob(name)) if "control" not in path.parts)
    os.truncate(path, (20 if name == "weights.safetensors" else 10) << 30)  # no room on the disk
    with refused(name):
        READERS["methods"](attack)


@pytest.mark.parametrize("name", ["model.json", "vocabulary.json", "curve.csv", "config.toml",
                                  "weights.safetensors", "result.toml"])  # fmt: skip
@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff\xff\xff\xff\xff", b"[" * 10_000, b"{}\n"])
def test_files_of_nonsense_are_refused_by_name(attack, name, content):
    run = attack.prepare()
    for path in run.rglob(name):
        path.write_bytes(content)
    with refused(name):
        READERS["methods"](attack)


@pytest.mark.parametrize(
    "words", [{}, [1, 2], ["a"], ["a", "a", "<unk>"], ["a", "b"], [None], "text"]
)
def test_a_vocabulary_that_does_not_fit_is_refused(attack, words):
    run = attack.prepare()
    (run / "vocabulary.json").write_text(json.dumps(words))
    with refused(r"vocabulary\.json cannot be read"):
        find_trained_model(open_run(run))


@pytest.mark.parametrize(
    "changes", [{"n_words": 10**9}, {"layers": 3}, {"bound": "x"}, {"dropout": {"forward": 2.0}}]
)
def test_a_model_that_cannot_be_is_refused(attack, changes):
    run = attack.prepare()
    for path in (run / "finals").glob("*/model.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with refused(r"model.* (cannot be read|has .* (weights, and there are|words, and the study))"):
        find_trained_model(open_run(run))


@pytest.mark.parametrize("n_units", [7, 90_000])
def test_a_model_of_another_size_than_its_weights_is_refused_before_it_is_made(attack, n_units):
    run = attack.prepare()
    for path in (run / "finals").glob("*/model.json"):
        model = json.loads(path.read_text())
        model["layers"][0][0]["n_units"] = n_units
        path.write_text(json.dumps(model))
    with refused(r"the model has .* weights, and there are"):
        generate(open_run(run))


HARM = {
    "not finite": (lambda bias: bias + np.nan, "not finite"),
    "float64": (lambda bias: bias.astype(np.float64), "must be float32"),
    "another shape": (lambda bias: bias[None], "must be float32"),
    "too few": (lambda bias: bias[:-1], "the model has"),
    "too large": (
        lambda bias: np.full_like(bias, 3e38) * np.sign(np.arange(len(bias)) % 2 - 0.5), "float32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_weights_that_do_not_fit_are_refused(attack, harm):
    run, (change, message) = attack.prepare(), HARM[harm]
    for path in (run / "finals").glob("*/weights.safetensors"):
        weights = load_file(path)
        path.write_bytes(save({**weights, "bias": change(weights["bias"])}))
    with refused(message) as _:
        generate(open_run(run))


def test_weights_of_other_names_are_refused(attack):
    run = attack.prepare()
    for path in (run / "finals").glob("*/weights.safetensors"):
        weights = load_file(path)
        path.write_bytes(save({"x" * 10_000: weights.pop("bias"), **weights}))
    with refused("the weights must have the names"):
        generate(open_run(run))


def test_weights_whose_scores_overflow_are_refused(attack):
    run = attack.prepare()
    for path in (run / "finals").glob("*/weights.safetensors"):
        large = {name: np.full_like(one, 3e38) for name, one in load_file(path).items()}
        path.write_bytes(save(large))
    with refused("scores overflow"):
        generate(open_run(run))


def test_a_truncated_checkpoint_of_a_final_training_is_refused_by_name(attack):
    run = attack.prepare()
    (folder,) = run.glob("finals/evolved*")
    arrays, path = folder / "checkpoint-1.safetensors", folder / "checkpoint.json"
    content, text = arrays.read_bytes(), path.read_text()
    arrays.write_bytes(content[:-8])
    with refused(rf"{folder.name}/checkpoint\.json: .*{arrays.name}"):
        again(run, epochs=2)
    arrays.write_bytes(content)
    path.write_text(text[: len(text) // 2])
    with refused(rf"{folder.name}/checkpoint\.json: the checkpoint cannot be read"):
        again(run, epochs=2)
    path.write_text(text)
    assert len(again(run, epochs=2).final("evolved node").epochs) == 2


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("schedule", "batch"), 5, r"`batch` \(there 4, now 5\)"),
        (("schedule", "decay"), 0.25, r"`decay` \(there 0.9, now 0.25\)"),
        (("schedule", "optimizer"), "adam", "`optimizer`"),
        (("model", "dropout"), 0.4, "the cell or a setting of the model is another"),
        (("model", "hidden"), 3, "the cell or a setting of the model is another"),
    ],
)
def test_a_final_training_that_changed_in_the_settings_is_refused_and_not_lost(
    attack, place, value, message
):
    run = attack.prepare()
    config = run / "config.toml"
    before = config.read_text()
    states = {path: path.read_bytes() for path in run.glob("finals/*/*")}
    Tree(config).put(("stages", 3, "training", *place), value)
    with refused(rf"holds another training: .*{message}"):
        again(run)
    assert {path: path.read_bytes() for path in run.glob("finals/*/*")} == states
    config.write_text(before)
    assert len(again(run, epochs=2).final("evolved node").epochs) == 2


def test_more_seeds_in_the_settings_are_trained_and_the_others_are_not_again(attack):
    run = attack.prepare()
    states = {path: path.stat().st_mtime_ns for path in run.glob("finals/*/*")}
    Tree(run / "config.toml").put(("stages", 3, "n_seeds"), 2)
    result = again(run)
    assert {one.seed for one in result.scores if one.stage == "final"} == {None, 1, 2}
    assert {path: path.stat().st_mtime_ns for path in states} == states


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("finals", "link to a folder"),
        ("finals/lstm-seed-1", "link to a folder"),
        ("finals/lstm-seed-1/model.json", "link out"),
        ("finals/lstm-seed-1/curve.csv.part", "link out"),
        ("finals/lstm-seed-1/checkpoint.json.part", "link out"),
        ("journal.jsonl", "link out"),
        ("control", "link to a folder"),
        ("control/journal.jsonl", "link out"),
        ("champions", "link to a folder"),
        ("champions/{}/drawing.svg.part", "link out"),
    ],
)
def test_nothing_is_written_or_removed_through_a_link(attack, entry, kind):
    special(attack, attack.prepare(killed=True), entry, kind)
    assert not attack.bugs("resume")


@pytest.mark.parametrize("name", ["config.toml", "vocabulary.json", "model.json", "curve.csv",
                                  "weights.safetensors"])  # fmt: skip
def test_missing_files_pipes_and_links_that_lead_out_are_refused(attack, name):
    run = attack.prepare()
    path = next(path for path in sorted(run.rglob(name)) if "control" not in path.parts)
    secret = attack.secret / name
    shutil.move(path, secret)
    if name not in ("curve.csv", "weights.safetensors"):  # which may be missing yet
        with refused(name):
            READERS["methods"](attack)
    path.symlink_to(secret)
    with refused("leads out|no run directory"):
        find_final(run, path)
    path.unlink()
    os.mkfifo(path)
    with refused(name):
        find_final(run, path)


def find_final(run, path):
    """Read the final training, or the vocabulary, that a file is of."""
    result = open_run(run)
    result.final("evolved node")
    find_trained_model(result)


def test_a_checkpoint_that_holds_networks_is_passed_over(attack):
    """Its trees are named otherwise, or are none: the journal alone will do."""
    run = attack.prepare(killed=True)
    tree = Tree(run / "checkpoint.json")
    out = tree.values["state"]["ledger"]["out"]
    assert out
    for held in out:
        held["network"] = held.pop("tree")
        held["weights"] = None
    tree.put(("serial",), tree.values["serial"])
    READERS["resume"](attack)
    assert open_run(run).outcome is not None


@pytest.mark.parametrize("kind", [*KINDS, "zeros"])
def test_a_text_that_is_no_file_is_refused_where_a_run_goes_on(attack, kind):
    run, file = attack.prepare(killed=True), attack.out / "text.txt"
    Tree(run / "config.toml").put(("task", "source", "files", "train", 0), str(file))
    if kind == "zeros":
        file.touch()
        os.truncate(file, 10 << 30)
    else:
        make_special(file, kind, attack.secret)
    with pytest.raises((DataError, RunError), match=r"text\.txt|other data"), guarded():
        READERS["resume"](attack)


def test_other_commands_refuse_a_study_of_a_text_in_one_line(attack):
    from cellcolony.cli.export import export
    from cellcolony.cli.predict import predict

    run = attack.prepare()
    for command in (
        lambda: predict(run, run / "front.csv"),
        lambda: export(run, to="numpy", out=attack.out / "model.py"),
    ):
        with pytest.raises(CellcolonyError) as caught:
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
