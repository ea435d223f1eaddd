"""A search that is held against another, killed or wanted longer, goes on with the other too."""

import json
import shutil
from dataclasses import replace

import pytest
from cellcolony.runs.evolve import evolve
from cellcolony.runs.replaying.replay import replay
from cellcolony.runs.stored import open_run

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.checkpoint import read_checkpoint, write_checkpoint
from cellcolony.runs.events import RivalsStarted, Told
from cellcolony.runs.resume import resume
from tests.runs.settings import ANTS, TRAINING

SETTINGS = {"seed": 1, "protocol": TRAINING, "order": "strict", "against": "random"}
N = 12


@pytest.fixture(scope="module")
def seen(tmp_path_factory, read):
    """A run, and copies of it: in the search, before random search, and in its middle."""
    folder, path = tmp_path_factory.mktemp("copies"), tmp_path_factory.mktemp("seen") / "run"

    def copy(event):
        if isinstance(event, Told) and event.candidate.number == 4:
            shutil.copytree(path, folder / "searching")
        elif isinstance(event, RivalsStarted) and "random search" in event.names:
            shutil.copytree(path, folder / "before")

    result = evolve(read, ANTS, f"{N} networks", out=path, on_event=copy, **SETTINGS)
    middle = shutil.copytree(path, folder / "middle")
    for name in ("result.toml", "random/result.toml"):
        (middle / name).unlink()
    journal = middle / "random" / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"event"')
    return result, folder


@pytest.fixture
def ended(seen, tmp_path):
    return shutil.copytree(seen[0].path, tmp_path / "ended")


def errors_of(result):
    return [(s.model, s.split, s.mae) for s in result.scores]


def done_in(run):
    lines = map(json.loads, (run / "journal.jsonl").read_text().splitlines())
    return {line["number"]: line.get("loss") for line in lines if line["event"] == "done"}


@pytest.mark.parametrize("where", ["searching", "before", "middle"])
def test_a_run_that_was_killed_is_held_against_the_same_random_search(seen, tmp_path, where):
    whole, folder = seen
    run = shutil.copytree(folder / where, tmp_path / "run")
    result = resume(run)
    assert errors_of(result) == errors_of(whole) == errors_of(open_run(run))
    assert result.outcome is not None
    assert result.outcome.against_networks == N
    assert done_in(run / "random") == done_in(whole.path / "random")
    assert replay(run / "random").is_over


def test_with_a_larger_budget_random_search_goes_on_as_well(seen, ended):
    before = (ended / "random" / "journal.jsonl").read_bytes()
    result = resume(ended, "20 networks")
    assert result.outcome is not None
    assert result.outcome.against_networks == open_run(ended / "random").n_done == 20
    assert (ended / "random" / "journal.jsonl").read_bytes().startswith(before)
    models = {score.model for score in result.scores if score.network is None}
    assert "random search" in models


def test_a_folder_that_a_kill_left_before_it_was_a_run_is_no_hindrance(seen, tmp_path):
    whole, folder = seen
    run = shutil.copytree(folder / "before", tmp_path / "run")
    (run / "random" / "champions").mkdir(parents=True)
    (run / "random" / "lock").touch()
    (run / "random" / "config.toml.part").write_text("[sea")
    assert errors_of(resume(run)) == errors_of(whole)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("a file", "random is no run directory"),
        ("another search", r"search.ants.n_ants \(there 5, now 4\)"),
        ("no config", "random is no run directory"),
        ("a link", "random is a link"),
    ],
)
def test_what_stands_in_the_way_is_named_before_the_search_goes_on(seen, ended, what, message):
    random, before = ended / "random", (ended / "journal.jsonl").read_bytes()
    config = random / "config.toml"
    if what == "a file":
        shutil.rmtree(random)
        random.mkdir()
        (random / "notes.txt").write_text("mine")
    elif what == "another search":
        config.write_text(config.read_text().replace("n_ants = 4", "n_ants = 5"))
    elif what == "a link":
        random.symlink_to(random.rename(ended.with_name("elsewhere")))
    else:
        config.unlink()
    with pytest.raises(RunError, match=message):
        resume(ended, "20 networks")
    assert (ended / "journal.jsonl").read_bytes() == before
    assert random.exists()


def test_a_run_without_a_comparison_has_none_afterwards(read, tmp_path):
    run = tmp_path / "run"
    evolve(read, ANTS, "3 networks", out=run, **{**SETTINGS, "against": None})
    result = resume(run, "4 networks")
    assert result.outcome is not None
    assert result.outcome.against_networks == 0
    assert not (run / "random").exists()


def test_a_checkpoint_of_an_earlier_program_has_no_comparison(ended, monkeypatch):
    checkpoint = read_checkpoint(ended)
    assert checkpoint.against == "random"
    dumps = json.dumps

    def without(body, **settings):
        return dumps({key: body[key] for key in body if key != "against"}, **settings)

    monkeypatch.setattr(json, "dumps", without)
    write_checkpoint(ended, checkpoint)
    monkeypatch.undo()
    assert "against" not in json.loads((ended / "checkpoint.json").read_text())
    assert read_checkpoint(ended).against is None


def test_a_comparison_with_an_unknown_search_is_refused(ended):
    write_checkpoint(ended, replace(read_checkpoint(ended), against="../../elsewhere"))
    with pytest.raises(ConfigError, match="`against` must be one of: random"):
        resume(ended, "20 networks")


def test_a_checkpoint_whose_comparison_is_no_text_is_damaged(ended):
    write_checkpoint(ended, replace(read_checkpoint(ended), against=["random"]))
    with pytest.raises(RunError, match=r"cannot be read: \['random'\] must be a text"):
        read_checkpoint(ended)
