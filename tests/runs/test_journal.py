import base64
import json
import re
import zlib

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import RunError
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.genome import Network
from cellcolony.runs.events import Asked, Done, ItemDone, StageStarted, Told
from cellcolony.runs.journal import Journal, decode_weights, done_line, evaluation_of, read_journal
from cellcolony.store import lines
from cellcolony.store.lines import as_json
from cellcolony.store.reading import LARGEST_LINE
from tests.runs.fakes import small_network

MEMORY = {
    "weights.bias": np.array([0.1, -0.0], np.float32),
    "losses": np.array([[1 / 3], [np.nan]]),
    "step": np.array(7),
}


@pytest.fixture
def candidate():
    how = {"island": np.int64(3), "phi": np.float32(0.5), "path": np.arange(3)}
    return Candidate(4, small_network(0.1, n_hidden=2), parents=(1, 2), how=how)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    yield journal
    journal.close()


def test_a_journal_is_read_as_it_was_written(tmp_path, journal, candidate):
    weights = np.array([0.1, -2.5, 1e-8, 0, 0], np.float32)
    journal.observe(Asked(candidate))
    done = Evaluation.succeeded(0.25, weights, (1.0, np.nan, 0.25), 1.5, 300)
    journal.observe(Done(candidate, done))
    journal.observe(Told(candidate, done))
    asked, done = (line.values for line in read_journal(tmp_path / "journal.jsonl"))
    assert asked["event"] == "asked"
    assert asked["number"] == done["number"] == 4
    assert asked["parents"] == [1, 2]
    assert asked["how"] == {"island": 3, "phi": 0.5, "path": [0, 1, 2]}
    assert Network.from_dict(asked["network"]).to_dict() == candidate.genome.to_dict()
    assert done["event"] == "done"
    assert done["loss"] == 0.25
    assert done["curve"] == [1.0, None, 0.25]
    assert (done["seconds"], done["n_steps"]) == (1.5, 300)
    np.testing.assert_array_equal(decode_weights(done["weights"]), weights)


def test_a_failure_carries_its_reason_and_no_loss(tmp_path, journal, candidate):
    journal.observe(Done(candidate, Evaluation.failed("it diverged", 0.5, 10)))
    (line,) = read_journal(tmp_path / "journal.jsonl")
    assert line.values["failure"] == "it diverged"
    assert "loss" not in line.values
    assert "weights" not in line.values


def test_each_line_is_on_disk_as_soon_as_it_happened(tmp_path, journal, candidate):
    journal.observe(Asked(candidate))
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 1


def test_a_last_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path, line = tmp_path / "journal.jsonl", {"event": "asked", "number": 0, "at": 0.5}
    path.write_text(json.dumps(line) + "\n" + '{"event": "asked", "number": 1, "lo')
    assert [one.values for one in read_journal(path)] == [line]


@pytest.mark.parametrize(
    "line",
    ["nonsense", "[]", "{}", '{"event": "asked", "at": 1}', '{"event": "told", "number": 1}',
     '{"event": "done", "number": -1, "at": 1}', '{"event": "done", "number": 1.0, "at": 1}',
     "[" * 100_000, '{"event": "done", "number": 1, "at": -1}', '{"event": "done", "number": 1}',
     '{"event": "done", "at": 1, "number": 1' + "0" * 20 + "}", '{"event": "stage", "at": 1}',
     '{"event": "item", "at": 1, "stage": "finals", "key": 3, "result": {}}',
     '{"event": "item", "at": 1, "stage": "finals", "key": "lstm", "result": []}'],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path, line):
    path = tmp_path / "journal.jsonl"
    good = '{"event": "asked", "number": 0, "at": 0}\n'
    path.write_text(f"{good}{line}\n{good}")
    with pytest.raises(RunError, match=rf"journal\.jsonl, line 2.*{re.escape(line[:20])}"):
        list(read_journal(path))


def test_a_missing_journal_is_named(tmp_path):
    with pytest.raises(RunError, match=r"journal\.jsonl"):
        list(read_journal(tmp_path / "journal.jsonl"))


@pytest.fixture
def three_lines(tmp_path, journal, candidate):
    journal.observe(Asked(candidate, n_told=2))
    journal.observe(Done(candidate, Evaluation.succeeded(0.25, np.ones(3, np.float32), (1.0,))))
    journal.observe(Done(candidate, Evaluation.failed("it diverged")))
    journal.close()
    return (tmp_path / "journal.jsonl").read_bytes()


def test_a_line_that_was_torn_at_any_byte_is_cut_off_and_nothing_else(
    tmp_path, three_lines, candidate
):
    path = tmp_path / "torn.jsonl"
    for end in range(len(three_lines) + 1):
        torn = three_lines[:end]
        path.write_bytes(torn)
        whole = torn[: torn.rfind(b"\n") + 1]
        assert len(list(read_journal(path))) == whole.count(b"\n")
        assert path.read_bytes() == torn  # a reader changes nothing
        journal = Journal(path)
        assert journal.flush_to_disk() == len(whole)
        journal.observe(Done(candidate, Evaluation.failed("again")))
        journal.close()
        assert path.read_bytes().startswith(whole)
        assert list(read_journal(path))[-1].values["failure"] == "again"


def test_a_torn_line_longer_than_a_block_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 7)
    path = tmp_path / "journal.jsonl"
    for whole, torn in ((b"", b"x" * 30), (b"0123456\n", b"x" * 30), (b'{"a": 1}\n' * 5, b"{")):
        path.write_bytes(whole + torn)
        assert lines.end_of_whole_lines(path) == len(whole)


def test_a_journal_is_read_from_a_line_on(tmp_path, three_lines):
    start = three_lines.index(b"\n") + 1
    lines = list(read_journal(tmp_path / "journal.jsonl", start))
    assert [line.event for line in lines] == ["done", "done"]
    assert [line.place for line in lines] == [start, lines[0].end]
    assert [line.event for line in read_journal(tmp_path / "journal.jsonl", stop=start)] == [
        "asked"
    ]


def test_seconds_count_on_from_earlier_sessions(tmp_path, candidate):
    journal = Journal(tmp_path / "later.jsonl", seconds=1000.0)
    journal.observe(Done(candidate, Evaluation.failed("it diverged")))
    journal.close()
    assert next(read_journal(tmp_path / "later.jsonl")).at >= 1000.0


@pytest.mark.parametrize(
    "verdict",
    [
        Evaluation.succeeded(1 / 3, np.array([0.1, -np.pi], np.float32), (0.7, np.nan), 2.0, 7),
        Evaluation.failed("it diverged", 0.5, 10),
        Evaluation.succeeded(0.5, None, (0.5,), memory=MEMORY),
        Evaluation.succeeded(
            0.5, np.ones(2, np.float32), gradient_rms=np.array([1 / 3, 0], np.float32)
        ),
    ],
)
def test_an_evaluation_comes_back_to_the_last_bit(tmp_path, verdict):
    read = evaluation_of(json.loads(json.dumps(done_line(3, verdict))))
    np.testing.assert_array_equal(read.curve, verdict.curve)
    assert (read.loss, read.failure, read.n_steps) == (
        verdict.loss,
        verdict.failure,
        verdict.n_steps,
    )
    assert (read.weights is None) == (verdict.weights is None)
    if read.weights is not None and verdict.weights is not None:
        assert read.weights.tobytes() == verdict.weights.tobytes()
    assert (read.gradient_rms is None) == (verdict.gradient_rms is None)
    if read.gradient_rms is not None and verdict.gradient_rms is not None:
        np.testing.assert_array_equal(read.gradient_rms, verdict.gradient_rms, strict=True)
    assert (read.memory is None) == (verdict.memory is None)
    for name, array in (verdict.memory or {}).items():
        assert read.memory is not None
        np.testing.assert_array_equal(read.memory[name], array, strict=True)


def test_a_memory_of_another_kind_of_numbers_is_refused():
    line = done_line(3, Evaluation.succeeded(0.5, None, memory=MEMORY))
    line["memory"]["losses"]["dtype"] = "object"
    with pytest.raises(ValueError, match="an array of 'object'"):
        evaluation_of(line)


def test_what_a_stage_has_done_stands_between_the_lines_of_candidates(tmp_path, journal, candidate):
    journal.observe(StageStarted("finals", "Final trainings", 2))
    journal.observe(StageStarted("control", "Random search", 2, is_journaled=False))
    journal.observe(ItemDone("finals", "lstm-seed-1 ab12", "It is done.", {"loss": 0.5}, 2, 1))
    journal.observe(Asked(candidate))
    stage, item, asked = read_journal(tmp_path / "journal.jsonl")
    assert (stage.event, stage.number, stage.light["stage"], stage.light["n"]) == (
        "stage", -1, "finals", 2
    )  # fmt: skip
    assert item.light["key"] == "lstm-seed-1 ab12"
    assert item.light["result"] == {"loss": 0.5}
    assert asked.number == 4


def test_a_line_is_read_without_its_network_until_somebody_asks(tmp_path, journal, candidate):
    journal.observe(Asked(candidate, n_told=2))
    (line,) = read_journal(tmp_path / "journal.jsonl")
    assert "network" not in line.light
    assert line.light["told"] == 2
    assert line.values["network"] == candidate.genome.to_dict()


def test_a_long_network_is_packed_in_its_line_and_read_as_if_it_was_not(tmp_path, journal):
    network = fixed_network(["gru"], 12, 1, width=12, time_skips=(1,))
    for number in (0, 1):
        journal.observe(Asked(Candidate(number, network)))
    text = (tmp_path / "journal.jsonl").read_bytes()
    plain = json.dumps(network.to_dict(), default=as_json).encode()
    assert len(text) < len(plain)  # of both
    one, other = read_journal(tmp_path / "journal.jsonl")
    assert isinstance(json.loads(one.text)["network"], str)
    assert one.values["network"] == json.loads(plain)
    assert "network" not in one.light
    assert one.structure == other.structure == b', "network": ' + plain


@pytest.mark.parametrize(
    "packed",
    [
        "no base64", base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"{}")[:-1]).decode(),
        base64.b64encode(zlib.compress(b"{}") + b"more").decode(),
        base64.b64encode(zlib.compress(b" " * (LARGEST_LINE + 1))).decode(),
        base64.b64encode(zlib.compress(b"no JSON")).decode(),
    ],
    ids=["base64", "zlib", "short", "more", "long", "JSON"],
)  # fmt: skip
def test_a_damaged_packed_network_is_an_error_of_values(tmp_path, journal, candidate, packed):
    line = {"event": "asked", "number": 0, "told": 0, "parents": [], "how": {}, "network": packed}
    text = json.dumps({**line, "at": 0.5}) + "\n"
    (tmp_path / "journal.jsonl").write_text(text)
    (line,) = read_journal(tmp_path / "journal.jsonl")
    with pytest.raises(ValueError, match=r"packed|base64|Incorrect|Expecting|padding|character"):
        _ = line.values
