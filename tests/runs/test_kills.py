"""A process that is killed again and again, and a journal that is torn at every byte."""

import random
import signal
import time

import pytest

from cellcolony.runs.checkpoint import restore
from cellcolony.runs.config_file import read_config
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.store.encoding import encode
from cellcolony.tasks.forecast import Forecast
from tests.runs import killable, settings
from tests.runs.runs import front, journal, same, scores
from tests.runs.settings import TEXT

N_KILLS = 10
FIRST_BUDGET, MORE = 60, 40
FILES = ("journal.jsonl", "control/journal.jsonl")


def test_a_search_killed_at_random_instants_while_its_budget_grows_ends_as_if_undisturbed(
    data, tmp_path, processes
):
    out, chance = tmp_path / "run", random.Random(7)
    n_kills, n_networks = 0, FIRST_BUDGET
    while n_kills < N_KILLS:
        code = kill_one(processes, "forecast", data, out, f"{n_networks} networks", chance)
        if code == 0:
            n_networks += MORE  # it had ended: let there be something to kill
        else:
            n_kills += 1
    result = resume(out, f"{n_networks} networks")
    undisturbed = killable.forecast(data).run(f"{n_networks} networks", out=tmp_path / "alone")
    assert journal(out) == journal(tmp_path / "alone")
    assert journal(out / "control") == journal(tmp_path / "alone" / "control")
    assert front(result) == front(undisturbed)
    assert scores(result) == scores(undisturbed)


@pytest.mark.parametrize(("kind", "most"), [("nodes", N_KILLS), ("model", 4)])
def test_a_study_killed_at_random_instants_ends_as_if_undisturbed(tmp_path, processes, kind, most):
    if kind == "model":
        pytest.importorskip("torch")
    text, chance, alone = tmp_path / "text.txt", random.Random(3), tmp_path / "undisturbed"
    text.write_text(TEXT)
    process = processes.Process(target=killable.run, args=(kind, text, alone, None, 1))
    process.start()
    process.join()
    undisturbed = open_run(alone)
    n_kills, n_runs, places = 0, 0, set()
    while n_kills < most:
        out, n_runs = tmp_path / f"run-{n_runs}", n_runs + 1  # one may end before it is killed
        while not (out / "result.toml").exists():
            if kill_one(processes, kind, text, out, None, chance) != 0:
                n_kills += 1
                places.add(place_of(out))
        same(open_run(out), undisturbed)
    assert len(places) > (kind == "nodes")


def kill_one(processes, kind, data, out, budget, chance):
    """Go on with a study, and kill it at some instant; return its exit code."""
    before = whole_lines(out)
    arguments = (kind, data, out, budget, chance.choice((1, 2, 4)))
    process = processes.Process(target=killable.run, args=arguments)
    process.start()
    wait_for_an_instant(process, out, chance)
    process.kill()
    process.join()
    assert all(whole_lines(out)[name].startswith(before[name]) for name in FILES)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode


def size_of(run):
    """Return how many bytes the study has written down, curves of trainings included."""
    files = [run / name for name in FILES] + list((run / "finals").glob("*/curve.csv"))
    return sum(file.stat().st_size for file in files if file.exists())


def wait_for_an_instant(process, out, chance):
    """Wait until files have grown by so much, or for so long; at most until the end."""
    had, by_time = size_of(out), chance.random() < 0.3
    grown, longest = chance.random() ** 3 * 20_000, 0.5 + 2 * chance.random()
    began = time.monotonic()
    while process.is_alive():
        now = size_of(out)
        if not by_time and now > had and now - had > grown:
            break
        if by_time and time.monotonic() - began > longest:
            break
        time.sleep(0.001)


def place_of(run):
    """Say where a kill has come."""
    lines = whole_lines(run)
    text = lines["journal.jsonl"]
    if b'"event": "stage"' not in text:
        return "control" if lines["control/journal.jsonl"] else "search"
    if any(file.read_text().count("\n") > 1 for file in (run / "finals").glob("*/curve.csv")):
        return "epochs" if b'"event": "item"' not in text else "stages"
    return "stages"


def whole_lines(run):
    found = {}
    for name in FILES:
        text = (run / name).read_bytes() if (run / name).exists() else b""
        found[name] = text[: text.rfind(b"\n") + 1]
    return found


@pytest.mark.parametrize("last", ["asked", "done"])
def test_a_journal_torn_at_any_byte_of_its_last_line_restores_what_stands_before(
    data, tmp_path, last
):
    run = tmp_path / "run"
    settings.forecast(Forecast.from_csv(data, "wave"), ()).run("2 networks", out=run)
    lines = whole_lines(run)["journal.jsonl"].splitlines(keepends=True)
    while f'"event": "{last}"'.encode() not in lines[-1]:
        lines.pop()
    *before, torn = lines
    config = read_config(run)

    def restored(text):
        (run / "journal.jsonl").write_bytes(text)
        found = restore(run, config, None)
        return encode([found.ledger.to_dict(), found.books.to_dict(), found.seconds, found.items])

    without = restored(b"".join(before))
    for end in range(len(torn)):
        assert restored(b"".join(before) + torn[:end]) == without, f"torn after {end} bytes"
    assert restored(b"".join(lines)) != without
