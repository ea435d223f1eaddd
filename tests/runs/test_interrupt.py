import signal
import threading

import numpy as np
import pytest

from cellcolony.runs.interrupt import interrupts_deferred, interrupts_set


def test_the_interrupts_set_the_flag_and_the_second_raises():
    stop = np.zeros(1, np.uint8)
    before = signal.getsignal(signal.SIGINT)
    with interrupts_set(stop):
        signal.raise_signal(signal.SIGINT)
        assert stop[0] == 1
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_change_nothing():
    before, seen = signal.getsignal(signal.SIGINT), []

    def look():
        with interrupts_set(np.zeros(1, np.uint8)):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert seen == [before]


def test_each_interrupt_sets_the_next_flag_whichever_signal_it_is():
    drain, stop = np.zeros(1, np.uint8), np.zeros(1, np.uint8)
    with interrupts_set(drain, stop):
        signal.raise_signal(signal.SIGTERM)
        assert (drain[0], stop[0]) == (1, 0)
        signal.raise_signal(signal.SIGINT)
        assert (drain[0], stop[0]) == (1, 1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def compile_slowly(came):
    with interrupts_deferred():
        signal.raise_signal(signal.SIGINT)  # Numba may lose what it raises here
        came.append("the end of compiling")


def test_an_interrupt_that_others_would_swallow_is_raised_at_the_end():
    came = []
    with pytest.raises(KeyboardInterrupt):
        compile_slowly(came)
    assert came == ["the end of compiling"]
    with interrupts_deferred():
        pass
