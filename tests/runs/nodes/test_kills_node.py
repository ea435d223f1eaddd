"""A process that is killed again and again, in the search and in everything that follows it."""

import random
import signal
import time

from cellcolony.runs.nodes.stored import open_node_run

from tests.runs.nodes.fakes import TEXT
from tests.runs.nodes.killable import search
from tests.runs.nodes.test_resume_node import finals
from tests.runs.test_resume import journal

N_KILLS = 20
FILES = ("journal.jsonl", "random/journal.jsonl", "finals.jsonl")


def test_a_process_killed_at_random_instants_ends_as_if_undisturbed(tmp_path, processes):
    text, chance = tmp_path / "text.txt", random.Random(3)
    text.write_text(TEXT)
    alone = processes.Process(target=search, args=(text, tmp_path / "undisturbed", 1))
    alone.start()
    alone.join()
    undisturbed = open_node_run(tmp_path / "undisturbed")
    n_kills, at = 0, set()
    while n_kills < N_KILLS:
        out = tmp_path / f"run-{n_kills}"
        while not (out / "result.toml").exists():
            before = whole_lines(out)
            process = processes.Process(target=search, args=(text, out, chance.choice((1, 2, 4))))
            process.start()
            wait_for_an_instant(process, out, chance)
            process.kill()
            process.join()
            assert all(whole_lines(out)[name].startswith(before[name]) for name in FILES)
            if process.exitcode != 0:
                assert process.exitcode == -signal.SIGKILL
                n_kills += 1
                at.add(sum(bool(text) for text in whole_lines(out).values()))
        result = open_node_run(out)
        assert journal(out) == journal(undisturbed.path)
        assert journal(out / "random") == journal(undisturbed.path / "random")
        assert result.scores == undisturbed.scores
        assert sorted(finals(out)) == sorted(finals(undisturbed.path))  # and none of them twice
    assert at >= {1, 2, 3}  # in the search, in random search, and in what follows


def wait_for_an_instant(process, out, chance):
    """Wait until a file has grown by so much; at most until the end."""
    sizes = {name: len(text) for name, text in whole_lines(out).items()}
    begun = sum(size > 0 for size in sizes.values())
    name = FILES[min(begun, chance.randint(max(begun - 1, 0), len(FILES) - 1))]
    grown = chance.random() * (2_000 if name == "finals.jsonl" else 20_000)
    began = time.monotonic()
    while process.is_alive():
        path = out / name
        if path.exists() and path.stat().st_size - sizes[name] > grown:
            break
        if sizes[name] and time.monotonic() - began > 2 * chance.random():
            break
        time.sleep(0.001)


def whole_lines(run):
    found = {}
    for name in FILES:
        text = (run / name).read_bytes() if (run / name).exists() else b""
        found[name] = text[: text.rfind(b"\n") + 1]
    return found
