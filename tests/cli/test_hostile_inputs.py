"""Damaged and forged files, and any words: refused by an error of ours, soon, in little memory."""

import sys

import pytest

from tests.fuzzing import Fuzzer
from tests.hostile_runs import make_runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it limits memory and time")
N_INPUTS = 150


def test_no_input_ends_in_a_traceback_or_hangs(tmp_path):
    make_runs(tmp_path)
    faults = [one for one in Fuzzer(tmp_path, seed=1).tries(range(N_INPUTS)) if one is not None]
    assert faults == []
