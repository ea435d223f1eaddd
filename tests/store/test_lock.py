import subprocess
import sys

import pytest

from cellcolony.errors import RunError
from cellcolony.store.lock import locked

HOLD = """
import sys, pathlib
from cellcolony.store.lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_given_back(tmp_path):
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_the_second_master_is_refused_until_the_first_has_died(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "locked\n"
        with pytest.raises(RunError, match="being written by another process"), locked(tmp_path):
            pass
    finally:
        first.kill()
        first.communicate(timeout=30)
    with locked(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RunError, match=r"gone.*cannot be opened"), locked(tmp_path / "gone"):
        pass
