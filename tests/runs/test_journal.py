import json

import numpy as np
import pytest

from cellcolony.errors import RunError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.networks.genome import Network
from cellcolony.runs.events import Asked, Done, Told
from cellcolony.runs.journal import Journal, decode_weights, read_journal
from cellcolony.search.contract import Candidate
from tests.runs.fakes import small_network


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
    asked, done = read_journal(tmp_path / "journal.jsonl")
    assert asked["event"] == "asked"
    assert asked["number"] == done["number"] == 4
    assert asked["parents"] == [1, 2]
    assert asked["how"] == {"island": 3, "phi": 0.5, "path": [0, 1, 2]}
    assert Network.from_dict(asked["network"]).same_structure(candidate.network)
    assert done["event"] == "done"
    assert done["loss"] == 0.25
    assert done["curve"] == [1.0, None, 0.25]
    assert (done["seconds"], done["n_steps"]) == (1.5, 300)
    np.testing.assert_array_equal(decode_weights(done["weights"]), weights)


def test_a_failure_carries_its_reason_and_no_loss(tmp_path, journal, candidate):
    journal.observe(Done(candidate, Evaluation.failed("it diverged", 0.5, 10)))
    (line,) = read_journal(tmp_path / "journal.jsonl")
    assert line["failure"] == "it diverged"
    assert "loss" not in line
    assert "weights" not in line


def test_each_line_is_on_disk_as_soon_as_it_happened(tmp_path, journal, candidate):
    journal.observe(Asked(candidate))
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 1


def test_a_last_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"number": 0}) + "\n" + '{"number": 1, "lo')
    assert list(read_journal(path)) == [{"number": 0}]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"number": 0}\nnonsense\n{"number": 2}\n')
    with pytest.raises(RunError, match=r"journal\.jsonl, line 2.*nonsense"):
        list(read_journal(path))


def test_a_missing_journal_is_named(tmp_path):
    with pytest.raises(RunError, match=r"journal\.jsonl"):
        list(read_journal(tmp_path / "journal.jsonl"))
