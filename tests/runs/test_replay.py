"""Runs that are repeated from their journals, and directories that say something else."""

import csv
import json
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.errors import RunError
from cellcolony.networks.train import DIVERGED, Trainer
from cellcolony.runs import saving
from cellcolony.runs.checkpoint import read_checkpoint, write_checkpoint
from cellcolony.runs.events import Asked, Done, FrontChanged, SearchEnded, Told, TrainedAgain
from cellcolony.runs.evolve import evolve
from cellcolony.runs.journal import decode_weights, encode_weights
from cellcolony.runs.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING

N = 60
TOO_SLOW = "it took more than 3 s, its cap"
FORMAT_1 = Path(__file__).parent / "kept" / "format-1"


@pytest.fixture(autouse=True, scope="module")
def often():
    """Let checkpoints be written often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "CANDIDATES", 7)
        patch.setattr(saving, "SECONDS", 0.0)
        yield


@pytest.fixture(autouse=True, scope="module")
def jitter():
    """Let trainings end out of order, and a few networks diverge, or take too long at first."""
    chance, train = random.Random(3), Trainer.train

    def slow(self, network, **settings):
        time.sleep(chance.random() * 0.006)
        result = train(self, network, **settings)
        kind = int(1000 * network.weights[0])
        failure = DIVERGED if kind % 7 == 0 else TOO_SLOW if kind % 11 == 0 else result.failure
        return replace(result, failure=failure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train", slow)
        yield


@pytest.fixture(scope="module")
def read(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("data") / "wave.csv"
    frame.to_csv(path, index=False)
    return Forecast.from_csv(path, "wave")


@pytest.fixture(scope="module")
def seen(tmp_path_factory, read):
    """A run in order of arrival with 3 workers, and copies of its directory on the way."""
    folder, path = tmp_path_factory.mktemp("copies"), tmp_path_factory.mktemp("seen") / "run"
    chance, copies = random.Random(4), []

    def copy(event):
        is_first = isinstance(event, FrontChanged) and not any(map(ids_of, copies))
        is_one = isinstance(event, (Asked, Done, Told)) and chance.random() < 0.06
        if is_first or is_one:
            copies.append(shutil.copytree(path, folder / str(len(copies))))

    evolve(
        read, ANTS, f"{N} networks", seed=2, workers=3, protocol=TRAINING, out=path, on_event=copy
    )
    return path, copies


@pytest.fixture(scope="module")
def ended(seen):
    return seen[0]


@pytest.fixture
def run(ended, tmp_path):
    """A copy that may be changed."""
    return shutil.copytree(ended, tmp_path / "run")


def lines_of(run):
    return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


def change(run, number, event, alter):
    """Change one line of a journal."""
    lines = lines_of(run)
    for line in lines:
        if (line["number"], line["event"]) == (number, event):
            alter(line)
    (run / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def front_of(run):
    with (run / "front.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_a_run_in_order_of_arrival_ends_in_the_same_state_and_nothing_is_written(ended):
    done = [line for line in lines_of(ended) if line["event"] == "done"]
    numbers = [line["number"] for line in done]
    assert numbers != sorted(numbers)
    before = contents(ended)
    replayed = replay(ended)
    assert contents(ended) == before
    assert (replayed.n_asked, replayed.n_done) == (N, N)
    assert replayed.n_failed == sum("failure" in line for line in done) > 0
    assert [str(number) for number in replayed.front] == [row["id"] for row in front_of(ended)]
    assert replayed.is_over
    assert replayed.has_colony
    assert replayed.n_told == N
    assert replayed.trained is None
    state = read_checkpoint(ended).state
    assert state is not None
    assert replayed.at_checkpoint == state["standing"]["n_asked"] > 0


def test_every_training_comes_out_the_same_with_any_number_of_workers(ended):
    for workers in (1, 3):
        trained = replay(ended, train=True, workers=workers).trained
        assert trained is not None
        assert trained.is_same
        n_slow = sum(line.get("failure") == TOO_SLOW for line in lines_of(ended))
        assert dict(trained.apart) == {TOO_SLOW: n_slow}
        assert trained.n_same == N - n_slow < N


def test_a_search_under_way_is_replayed_up_to_the_last_whole_line(seen):
    _, copies = seen
    assert len(copies) > 5
    for copy in copies:
        whole = len(lines_of(copy))
        with (copy / "journal.jsonl").open("ab") as file:
            file.write(b'{"event": "done", "num')
        replayed = replay(copy)
        assert not replayed.is_over
        assert not replayed.has_colony
        assert replayed.n_asked + replayed.n_done == whole
    assert any(replay(copy).at_checkpoint for copy in copies)
    assert any(replay(copy).front for copy in copies)


def test_a_running_search_is_not_disturbed(read, tmp_path):
    replays = []

    def look(event):
        if isinstance(event, Told) and event.candidate.number % 9 == 0:
            replays.append(replay(tmp_path / "run"))

    result = evolve(
        read, ANTS, "30 networks", workers=2, protocol=TRAINING, out=tmp_path / "run", on_event=look
    )
    assert result.n_done == 30
    assert len(replays) == 4


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_a_run_of_several_sessions_is_the_same(read, tmp_path, order):
    run = tmp_path / "run"
    evolve(read, ANTS, "20 networks", order=order, protocol=TRAINING, out=run, workers=2)

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 30:
            signal.raise_signal(signal.SIGINT)

    resume(run, "50 networks", workers=3, on_event=interrupt)
    assert replay(run).is_over
    resume(run, workers=2)
    assert replay(run, train=True).n_done == 50


def test_a_run_that_met_its_loss_ends_with_results_that_it_was_not_told(
    read, tmp_path, monkeypatch
):
    run, train, events = tmp_path / "run", Trainer.train, []

    def wait(self, network, **settings):
        asked = [event for event in events if isinstance(event, Asked)]
        if asked and network is asked[0].candidate.network:
            while not any(isinstance(event, Done) for event in events):
                time.sleep(0.01)
        return train(self, network, **settings)

    monkeypatch.setattr(Trainer, "train", wait)
    evolve(
        read, ANTS, "loss<1e9", seed=2, order="strict", protocol=TRAINING, out=run, workers=2,
        on_event=events.append,
    )  # fmt: skip
    replayed = replay(run)
    assert replayed.n_told == 1 < replayed.n_done


def test_trainings_that_the_end_cut_short_count_where_nothing_else_succeeded(
    read, tmp_path, monkeypatch
):
    run, train, events = tmp_path / "run", Trainer.train, []

    def wait(self, network, *, stop=None, **settings):
        while isinstance(events[-1], Asked) and stop is not None and not stop[0]:
            time.sleep(0.01)
        return train(self, network, stop=np.zeros(1, np.uint8), **settings)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train", wait)
        evolve(
            read, ANTS, "0.2s", seed=1, workers=2, protocol=TRAINING, out=run,
            on_event=events.append,
        )  # fmt: skip
    replayed = replay(run, train=True)
    assert (replayed.n_done, replayed.is_over) == (2, True)
    assert replayed.front
    assert replayed.trained is not None
    assert replayed.trained.n_same == 0
    assert dict(replayed.trained.apart) == {"the end of the search cut its training short": 2}
    resume(run, "8 networks")
    trained = replay(run, train=True).trained
    assert trained is not None
    assert trained.n_same + sum(trained.apart.values()) == 8 + 2
    assert trained.is_same


def test_random_search_can_be_replayed_as_well(read, tmp_path):
    evolve(read, ANTS, "8 networks", protocol=TRAINING, out=tmp_path / "run", against="random")
    replayed = replay(tmp_path / "run" / "random")
    assert (replayed.n_done, replayed.is_over, replayed.has_colony) == (8, True, False)


def test_data_from_memory_are_needed_for_training_alone(frame, tmp_path):
    task, run = Forecast.from_frames(frame, "wave"), tmp_path / "run"
    evolve(task, ANTS, "8 networks", protocol=TRAINING, out=run)
    assert replay(run).n_done == 8
    with pytest.raises(RunError, match="came from no file"):
        replay(run, train=True)
    trained = replay(run, train=True, task=task).trained
    assert trained is not None
    assert trained.is_same
    with pytest.raises(RunError, match="other data"):
        replay(run, train=True, task=Forecast.from_frames(frame[:290], "wave"))


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
        line["number"] for line in lines_of(run)[40:] if "n_marches" in line.get("how", {})
    )
    change(run, first, "asked", alter)
    with pytest.raises(RunError, match=rf"Candidate {first} comes out otherwise.*{message}"):
        replay(run)


@pytest.mark.parametrize("step", [-5, 3])
def test_a_changed_count_of_results_told_is_named(run, step):
    def alter(line):
        line["told"] += step

    change(run, 40, "asked", alter)
    with pytest.raises(RunError, match=r'journal.jsonl: the line .*"number": 40, .* cannot be'):
        replay(run)


def test_a_changed_loss_that_decides_something_is_named(run):
    best = int(front_of(run)[-1]["id"])
    change(run, best, "done", lambda line: line.update(loss=9.0))
    with pytest.raises(RunError, match=r"otherwise|is not what its journal leads to"):
        replay(run)


def later(line):
    line["curve"][1] += 1e-12


def heavier(line):
    weights = decode_weights(line["weights"])
    weights[2] = np.nextafter(weights[2], np.float32(9))
    line["weights"] = encode_weights(weights)


@pytest.mark.parametrize(
    ("alter", "place"),
    [
        (lambda line: line.update(loss=float(np.nextafter(line["loss"], 1))), "loss"),
        (later, "curve.1"),
        (heavier, "weights.2"),
        (lambda line: line.update(n_steps=7), "n_steps"),
    ],
)
def test_a_changed_result_that_decides_nothing_is_named_by_a_training(run, alter, place):
    checkpoint = read_checkpoint(run)
    write_checkpoint(run, replace(checkpoint, state=None, offset=0, serial=checkpoint.serial + 1))
    lines = lines_of(run)
    first_trainings = {line["number"] for line in lines if "n_marches" in line.get("how", {})}
    late = [line for line in lines[-50:] if "loss" in line and line["number"] in first_trainings]
    off_the_front = [line for line in late if str(line["number"]) not in ids_of(run)]
    worst = max(off_the_front, key=lambda line: line["loss"])
    change(run, worst["number"], "done", alter)
    trained = replay(run, train=True).trained
    assert trained is not None
    assert not trained.is_same
    ((number, found),) = trained.different.items()
    assert (number, found.place) == (worst["number"], place)
    assert found.there != found.now


def test_changed_weights_of_a_champion_in_the_journal_are_named(run):
    best = int(front_of(run)[-1]["id"])

    def alter(line):
        weights = decode_weights(line["weights"])
        weights[3] = np.nextafter(weights[3], np.float32(9))
        line["weights"] = encode_weights(weights)

    change(run, best, "done", alter)
    with pytest.raises(RunError, match=r"otherwise|weights.3` \(there .*, now "):
        replay(run)


def test_changed_weights_in_a_champions_file_are_named(run):
    best = front_of(run)[-1]["id"]
    file = run / "champions" / best / "weights.safetensors"
    tensors = dict(load_file(file))
    tensors["edges"] = tensors["edges"].copy()
    before = float(tensors["edges"][1])
    tensors["edges"][1] = np.nextafter(tensors["edges"][1], np.float32(9))
    save_file(tensors, file)
    place = rf"`champions.{best}.weights.1` \(there {float(tensors['edges'][1])!r}, now {before!r}"
    with pytest.raises(RunError, match=place):
        replay(run)


@pytest.mark.parametrize(("column", "value"), [("id", "x"), ("n_weights", "7"), ("chosen", "no")])
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
    trained = replay(run, train=True).trained
    assert trained is not None
    assert not trained.is_same
    assert trained.front is not None
    assert trained.front[:2] == ("front.csv.valid_mae.0", "'0.5'")


def write_front(run, rows):
    with (run / "front.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_a_front_of_earlier_is_refused_where_the_search_is_over_and_found_where_it_is_not(
    seen, tmp_path
):
    ended, copies = seen
    run = shutil.copytree(ended, tmp_path / "run")
    earlier = next(copy for copy in reversed(copies) if ids_of(copy) not in ([], ids_of(ended)))
    shutil.rmtree(run / "champions")
    shutil.copytree(earlier / "champions", run / "champions")
    shutil.copy(earlier / "front.csv", run / "front.csv")
    with pytest.raises(RunError, match=r"is not what its journal leads to: `front.csv"):
        replay(run)
    for name in ("result.toml", "colony.safetensors"):
        (run / name).unlink()
    replayed = replay(run)
    assert replayed.n_told < N


def ids_of(run):
    return [row["id"] for row in front_of(run)] if (run / "front.csv").exists() else []


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
    with pytest.raises(RunError, match=r"`colony.safetensors` \(there None, now Colony"):
        replay(run)


def front_loss(state):
    state["books"]["front"][-1]["loss"] *= 1.5


def pheromone(state):
    state["standing"]["search"]["colony"]["pheromones"]["edges"][2] += 1e-15


def number(state):
    state["standing"]["out"][0]["number"] += 1000


@pytest.mark.parametrize(
    ("alter", "place"),
    [
        (front_loss, r"books.front.\d+.loss"),
        (pheromone, "standing.search.colony.pheromones.edges.2"),
        (number, "standing.out.0.number"),
        (lambda state: state["books"].pop("n_done"), "books.n_done"),
        (lambda state: state.pop("books"), "The state of the checkpoint cannot be"),
    ],
)
def test_a_changed_checkpoint_is_named(run, alter, place):
    checkpoint = read_checkpoint(run)
    assert checkpoint.state is not None
    alter(checkpoint.state)
    write_checkpoint(run, replace(checkpoint, serial=checkpoint.serial + 1))
    with pytest.raises(RunError, match=place):
        replay(run)


def test_a_checkpoint_of_a_line_that_the_journal_has_lost_is_not_compared(run):
    for name in ("result.toml", "colony.safetensors"):
        (run / name).unlink()
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (run / "journal.jsonl").write_bytes(b"".join(lines[:10]))
    for file in ("front.csv", "scores.csv"):
        (run / file).unlink()
    assert replay(run).at_checkpoint is None


@pytest.mark.parametrize("name", ["checkpoint.json", "journal.jsonl", "config.toml"])
def test_a_missing_file_is_named(run, name):
    (run / name).unlink()
    with pytest.raises(RunError, match=name):
        replay(run)


def test_a_run_of_an_older_format_is_refused():
    with pytest.raises(RunError, match=r"`format` must be 2 for a run to be replayed. Got 1"):
        replay(FORMAT_1)


def test_a_failure_that_comes_out_as_a_success_is_named(run):
    failed = next(line["number"] for line in lines_of(run) if line.get("failure") == DIVERGED)
    with pytest.MonkeyPatch.context() as patch:
        train = Trainer.train
        undiverged = lambda *args, **more: replace(train(*args, **more), failure=None)  # noqa: E731
        patch.setattr(Trainer, "train", undiverged)
        trained = replay(run, train=True).trained
    assert trained is not None
    assert trained.different[failed] == ("failure", repr(DIVERGED), "None")


def test_ctrl_c_leaves_a_training_at_once(ended):
    events = []

    def interrupt(event):
        events.append(event)
        if isinstance(event, TrainedAgain) and event.n_done == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        replay(ended, train=True, workers=2, on_event=interrupt)
    trained = [event for event in events if isinstance(event, TrainedAgain)]
    assert [event.n_done for event in trained] == [1, 2, 3, 4, 5]
    assert not any(isinstance(event, SearchEnded) for event in events)
