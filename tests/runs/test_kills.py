"""A process that is killed again and again, and a journal that is torn at every byte."""

import random
import signal
import time

import pytest
from cellcolony.config import RunConfig
from cellcolony.runs.evolve import evolve
from cellcolony.runs.methods import search_of
from cellcolony.runs.origin import Origin

from cellcolony.runs.restoring import restore
from cellcolony.runs.resume import resume
from cellcolony.store.encoding import encode
from cellcolony.tasks.forecast import Forecast
from tests.runs.killable import STRICT, search
from tests.runs.settings import ANTS
from tests.runs.test_resume import journal, numbers_of_front

N_KILLS = 20
FIRST_BUDGET, MORE = 100, 50


def test_a_process_killed_at_20_random_instants_ends_as_if_undisturbed(data, tmp_path, processes):
    out, chance = tmp_path / "run", random.Random(7)
    n_kills, n_networks = 0, FIRST_BUDGET
    while n_kills < N_KILLS:
        before = whole_lines(out)
        workers = chance.choice((1, 2, 4))
        process = processes.Process(target=search, args=(data, out, n_networks, workers))
        process.start()
        wait_for_an_instant(process, out, chance)
        process.kill()
        process.join()
        assert whole_lines(out).startswith(before)
        if process.exitcode == 0:
            n_networks += MORE  # it had ended: let there be something to kill
            continue
        assert process.exitcode == -signal.SIGKILL
        n_kills += 1
    result = resume(out, f"{n_networks} networks")
    read, alone = Forecast.from_csv(data, "wave"), tmp_path / "undisturbed"
    undisturbed = evolve(read, ANTS, f"{n_networks} networks", out=alone, **STRICT)
    assert journal(out) == journal(alone)
    assert numbers_of_front(result) == numbers_of_front(undisturbed)
    assert [s.mae for s in result.scores] == [s.mae for s in undisturbed.scores]


def wait_for_an_instant(process, out, chance):
    """Wait until the journal has grown by so much, or for so long; at most until the end."""
    path, had, began = out / "journal.jsonl", len(whole_lines(out)), time.monotonic()
    by_time, share = chance.random() < 0.3, chance.random()
    while process.is_alive():
        if by_time and time.monotonic() - began > share:
            break
        if not by_time and path.exists() and path.stat().st_size - had > share * 20_000:
            break
        time.sleep(0.001)


def whole_lines(run):
    path = run / "journal.jsonl"
    text = path.read_bytes() if path.exists() else b""
    return text[: text.rfind(b"\n") + 1]


@pytest.mark.parametrize("last", ["asked", "done"])
def test_a_journal_torn_at_any_byte_of_its_last_line_restores_what_stands_before(
    data, tmp_path, last
):
    run = tmp_path / "run"
    evolve(Forecast.from_csv(data, "wave"), ANTS, "2 networks", out=run, **STRICT)
    lines = whole_lines(run).splitlines(keepends=True)
    while f'"event": "{last}"'.encode() not in lines[-1]:
        lines.pop()
    *before, torn = lines
    config = RunConfig.from_toml((run / "config.toml").read_text())
    origin = Origin.of_forecast(config, search_of(config))

    def restored(text):
        (run / "journal.jsonl").write_bytes(text)
        found = restore(run, origin, None)
        return encode([found.standing.to_dict(), found.books.to_dict(), found.seconds])

    without = restored(b"".join(before))
    for end in range(len(torn)):
        assert restored(b"".join(before) + torn[:end]) == without, f"torn after {end} bytes"
    assert restored(b"".join(lines)) != without
