"""Run directories that are not what their journals lead to, and journals that are changed."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.errors import RunError
from cellcolony.networks.train import DIVERGED, Trainer
from cellcolony.runs.checkpoint import read_checkpoint, write_checkpoint
from cellcolony.runs.journal import decode_weights, encode_weights
from cellcolony.runs.replay.replay import replay
from tests.runs.replayed import (
    N,
    ended,
    front_of,
    ids_of,
    jitter,
    lines_of,
    often,
    run,
    seen,
)

__all__ = ["ended", "jitter", "often", "run", "seen"]


def change(run, number, event, alter):
    """Change one line of a journal."""
    lines = lines_of(run)
    for line in lines:
        if (line.get("number"), line["event"]) == (number, event):
            alter(line)
    (run / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def wire(line):
    line["network"]["edges"][0][1] += 1


def name(line):
    line["network"]["nodes"][0]["name"] = "another"


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (lambda line: line["how"].update(n_marches=99), r"`how.n_marches` \(there 99, now \d+\)"),
        (lambda line: line["how"].update(more=1), r"`how.more` \(there 1, now nothing\)"),
        (lambda line: line.update(parents=[5]), r"`parents.0` \(there 5, now nothing\)"),
        (wire, r"`network.edges.0.1` \(there \d+, now \d+\)"),
        (name, r"`network.nodes.0.name` \(there 'another', now 'wave'\)"),
    ],
)
def test_a_changed_candidate_is_named_with_both_values(run, alter, message):
    first = next(
        line["number"] for line in lines_of(run)[30:] if "n_marches" in line.get("how", {})
    )
    change(run, first, "asked", alter)
    with pytest.raises(RunError, match=rf"Candidate {first} comes out otherwise.*{message}"):
        replay(run)


@pytest.mark.parametrize("step", [-5, 3])
def test_a_changed_count_of_results_told_is_named(run, step):
    def alter(line):
        line["told"] += step

    change(run, 30, "asked", alter)
    message = r"journal.jsonl: the line `asked` of candidate 30 is invalid"
    with pytest.raises(RunError, match=message):
        replay(run)


def test_a_changed_loss_that_decides_something_is_named(run):
    best = int(front_of(run)[-1]["candidate"])
    change(run, best, "done", lambda line: line.update(loss=9.0))
    with pytest.raises(RunError, match=r"otherwise|is not what its journal leads to"):
        replay(run)


def rewrite(run, checkpoint, state, **header):
    """Write a checkpoint over the last."""
    serial = checkpoint.header.serial + 1
    changed = replace(checkpoint.header, serial=serial, **header)
    write_checkpoint(run, replace(checkpoint, header=changed, state=state))


def later(line):
    line["curve"][1] += 1e-12


def heavier(line):
    weights = decode_weights(line["weights"])
    weights[2] = np.nextafter(weights[2], np.float32(9))
    line["weights"] = encode_weights(weights)


ALTERED = (
    ("loss", lambda line: line.update(loss=float(np.nextafter(line["loss"], 1)))),
    ("curve.1", later),
    ("n_steps", lambda line: line.update(n_steps=7)),
    ("weights.2", heavier),  # of the worst
)


def test_changed_results_that_decide_nothing_are_named_by_a_training(run):
    checkpoint = read_checkpoint(run)
    rewrite(run, checkpoint, state=None, offset=0)
    lines = lines_of(run)
    first_trainings = {line["number"] for line in lines if "n_marches" in line.get("how", {})}
    late = [line for line in lines[-50:] if "loss" in line and line["number"] in first_trainings]
    off_the_front = [line for line in late if str(line["number"]) not in ids_of(run)]
    worst = sorted(off_the_front, key=lambda line: line["loss"])[-len(ALTERED) :]
    for line, (_, alter) in zip(worst, ALTERED, strict=True):
        change(run, line["number"], "done", alter)
    trained = replay(run, retrain=True).trained
    assert trained is not None
    assert not trained.is_same
    assert {name: found.place for name, found in trained.different.items()} == {
        f"network {line['number']}": place for line, (place, _) in zip(worst, ALTERED, strict=True)
    }
    assert all(found.there != found.now for found in trained.different.values())


def test_changed_weights_of_a_champion_in_the_journal_are_named(run):
    best = int(front_of(run)[-1]["candidate"])

    def alter(line):
        weights = decode_weights(line["weights"])
        weights[3] = np.nextafter(weights[3], np.float32(9))
        line["weights"] = encode_weights(weights)

    change(run, best, "done", alter)
    with pytest.raises(RunError, match=r"otherwise|weights.*\.\d+` \(there .*, now "):
        replay(run)


def test_changed_weights_in_a_champions_file_are_named(run):
    best = front_of(run)[-1]["candidate"]
    file = run / "champions" / best / "weights.safetensors"
    tensors = dict(load_file(file))
    tensors["edges"] = tensors["edges"].copy()
    before = float(tensors["edges"][1])
    tensors["edges"][1] = np.nextafter(tensors["edges"][1], np.float32(9))
    save_file(tensors, file)
    values = rf"there {float(tensors['edges'][1])!r}, now {before!r}"
    place = rf"`champions.{best}.weights.safetensors.edges.1` \({values}"
    with pytest.raises(RunError, match=place):
        replay(run)


@pytest.mark.parametrize(
    ("column", "value"), [("candidate", "x"), ("size", "7"), ("n_weights", "7"), ("chosen", "no")]
)
def test_a_changed_line_of_the_front_is_named(run, column, value):
    rows = front_of(run)
    rows[-1][column] = value
    write_front(run, rows)
    message = "the front cannot be read" if value == "x" else rf"`front.csv.{column}.\d+` \(there"
    with pytest.raises(RunError, match=message):
        replay(run)


def test_a_changed_error_of_the_front_is_named_by_a_training(run):
    rows = front_of(run)
    rows[0]["valid_mae"] = "0.5"
    write_front(run, rows)
    trained = replay(run, retrain=True).trained
    assert trained is not None
    assert not trained.is_same
    assert trained.scores is not None
    assert trained.scores[:2] == ("front.csv.valid_mae.0", "'0.5'")


def test_a_changed_score_is_named_by_a_training(run):
    file = run / "scores.csv"
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    rows[-1]["value"] = "0.5"
    write_rows(file, rows)
    trained = replay(run, retrain=True).trained
    assert trained is not None
    assert trained.scores is not None
    assert (trained.scores.place, trained.scores.there) == (
        f"scores.csv.{len(rows) - 1}.value", "0.5",
    )  # fmt: skip


@pytest.mark.parametrize("change", [str.upper, None])
def test_a_changed_structure_of_a_champion_is_named(run, change):
    best = front_of(run)[-1]["candidate"]
    file = run / "champions" / best / "genome.json"
    plain = json.loads(file.read_text())
    if change is None:  # the same structure, written otherwise
        file.write_text(json.dumps(plain))
        place = rf"`champions.{best}.genome.json`"
    else:
        plain["nodes"][0]["name"] = change(plain["nodes"][0]["name"])
        file.write_text(json.dumps(plain))
        place = rf"`champions.{best}.genome.json.nodes.0.name` \(there 'WAVE', now 'wave'\)"
    with pytest.raises(RunError, match=place):
        replay(run)


def is_done(line):
    return line["event"] == "done"


def write_front(run, rows):
    write_rows(run / "front.csv", rows)


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_a_front_of_earlier_is_refused_where_the_search_is_over_and_found_where_it_is_not(
    seen, tmp_path
):
    ended, copies = seen
    run = shutil.copytree(ended, tmp_path / "run")
    # Not of the last trainings: a study may end after any of those that were under way then.
    before = [copy for copy in copies if sum(map(is_done, lines_of(copy))) < N - 10]
    earlier = next(copy for copy in reversed(before) if ids_of(copy) not in ([], ids_of(ended)))
    shutil.rmtree(run / "champions")
    shutil.copytree(earlier / "champions", run / "champions")
    shutil.copy(earlier / "front.csv", run / "front.csv")
    with pytest.raises(RunError, match=r"is not what its journal leads to: `front.csv"):
        replay(run)
    (run / "result.toml").unlink()
    search = replay(run).search
    assert search is not None
    assert search.n_told < N


@pytest.mark.parametrize("name", ["start", "edges", "recurrent", "cells", "weights", "epochs"])
def test_a_changed_colony_is_named(run, name):
    tensors = {key: values.copy() for key, values in load_file(run / "colony.safetensors").items()}
    values = tensors[name].reshape(-1)
    values[-1] = np.nextafter(values[-1], np.inf)
    save_file(tensors, run / "colony.safetensors")
    with pytest.raises(RunError, match=rf"`colony.safetensors.\S*{name}[.0-9]+` \(there"):
        replay(run)


def test_a_colony_that_is_gone_is_named(run):
    (run / "colony.safetensors").unlink()
    with pytest.raises(RunError, match=r"`colony.safetensors` \(there None, now "):
        replay(run)


def front_loss(state):
    state["books"]["front"][-1]["loss"] *= 1.5


def pheromone(state):
    state["ledger"]["search"]["colony"]["pheromones"]["edges"][2] += 1e-15


def number(state):
    state["ledger"]["out"][0]["number"] += 1000


@pytest.mark.parametrize(
    ("alter", "place"),
    [
        (front_loss, r"books.front.\d+.loss"),
        (pheromone, "ledger.search.colony.pheromones.edges.2"),
        (number, "ledger.out.0.number"),
        (lambda state: state["books"].pop("n_done"), "books.n_done"),
        (lambda state: state.pop("books"), "The state of the checkpoint is invalid"),
    ],
)
def test_a_changed_checkpoint_is_named(run, alter, place):
    checkpoint = read_checkpoint(run)
    assert checkpoint.state is not None
    alter(checkpoint.state)
    rewrite(run, checkpoint, state=checkpoint.state)
    with pytest.raises(RunError, match=place):
        replay(run)


def test_a_checkpoint_of_a_line_that_the_journal_has_lost_is_not_compared(run):
    (run / "result.toml").unlink()
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (run / "journal.jsonl").write_bytes(b"".join(lines[:10]))
    for file in ("front.csv", "scores.csv"):
        (run / file).unlink()
    search = replay(run).search
    assert search is not None
    assert search.at_checkpoint is None


@pytest.mark.parametrize("name", ["checkpoint.json", "journal.jsonl", "config.toml"])
def test_a_missing_file_is_named(run, name):
    (run / name).unlink()
    with pytest.raises(RunError, match=name):
        replay(run)


def test_a_failure_that_comes_out_as_a_success_is_named(run):
    failed = next(line["number"] for line in lines_of(run) if line.get("failure") == DIVERGED)
    with pytest.MonkeyPatch.context() as patch:
        train = Trainer.train
        undiverged = lambda *args, **more: replace(train(*args, **more), failure=None)  # noqa: E731
        patch.setattr(Trainer, "train", undiverged)
        trained = replay(run, retrain=True).trained
    assert trained is not None
    assert trained.different[f"network {failed}"] == ("failure", repr(DIVERGED), "None")
