"""Run directories of older formats, kept as they were written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main
from cellcolony.runs.journal import decode_weights, read_journal
from cellcolony.runs.stored import open_run

FORMAT_1 = Path(__file__).parent / "kept" / "format-1"


@pytest.fixture
def frame():
    time = np.arange(60)
    return pd.DataFrame({"wave": 50 + 20 * np.sin(time / 7), "other": np.cos(time / 7)})


def test_a_run_of_format_1_can_be_read_and_used(frame):
    run = open_run(FORMAT_1)
    assert run.config.format == 1
    assert run.n_done == 4
    assert run.outcome is not None
    assert run.colony().layout.cells == ("simple",)
    assert np.isfinite(run.predict(frame).to_numpy()).all()


def test_the_journal_of_format_1_holds_the_weights_of_every_network(frame):
    done = [line for line in read_journal(FORMAT_1 / "journal.jsonl") if line["event"] == "done"]
    assert len(done) == 4
    assert all(decode_weights(line["weights"]).size for line in done)


def test_a_run_of_format_1_can_be_shown(capsys):
    assert main(["show", str(FORMAT_1)]) == 0
    assert "Forecast of wave" in capsys.readouterr().out
