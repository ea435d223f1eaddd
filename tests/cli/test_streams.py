import os
import signal
import subprocess
import sys

import pytest

from cellcolony.cli import main
from cellcolony.cli.streams import terminated_like_interrupted

COMMAND = (sys.executable, "-m", "cellcolony")


def run(command, **options):
    return subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} {command}"], capture_output=True, timeout=120, **options
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_command_whose_streams_are_closed_does_its_work_in_silence(tmp_path, closed):
    drawing = tmp_path / "lstm.svg"
    done = run(f"draw lstm --out {drawing} {closed}")
    assert (done.returncode, done.stderr) == (0, b"")
    assert drawing.read_text().startswith("<svg")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_a_terminal_has_no_letters_for_is_printed_with_question_marks(encoding):
    done = run("list cells", env={**os.environ, "PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"lstm" in done.stdout


def test_a_drawing_that_goes_to_a_pipe_is_in_utf_8_whatever_the_terminal_speaks():
    done = run("draw lstm", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    plain = run("draw lstm", env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.stdout == plain.stdout != done.stdout.decode().encode("ascii", "replace")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device is always full")
def test_a_full_disk_is_told_and_a_device_is_written_to_and_not_replaced(tmp_path, capsys):
    full = tmp_path / "full.svg"
    full.symlink_to("/dev/full")
    assert main(["draw", "lstm", "--out", str(full)]) == 2
    assert "full.svg: it cannot be written: No space left" in capsys.readouterr().err
    assert full.is_symlink()
    assert not os.path.isfile("/dev/full")


def terminate():
    with terminated_like_interrupted():
        signal.raise_signal(signal.SIGTERM)


def test_a_request_to_end_is_taken_like_ctrl_c_and_the_handler_given_back():
    with pytest.raises(KeyboardInterrupt):
        terminate()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_too_little_memory_is_an_error_of_one_sentence(monkeypatch, capsys):
    def starve(words):
        raise MemoryError

    monkeypatch.setattr("cellcolony.cli.build", starve)
    assert main(["show", "run"]) == 2
    assert capsys.readouterr().err.startswith("Error: There is not enough memory.")
