"""A search that is compared with its control, killed or wanted longer, goes on with both."""

import json
import shutil

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.events import StageStarted, Told, Warned
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.search.random import RandomSearch
from tests.runs import settings
from tests.runs.runs import journal, outcome, scores
from tests.runs.settings import ANTS

N = 12
STAGES = ControlStage(), ScoresStage()


@pytest.fixture(scope="module")
def seen(tmp_path_factory, read):
    """A run, and copies of it: in the search, before the control, and in its middle."""
    folder, path = tmp_path_factory.mktemp("copies"), tmp_path_factory.mktemp("seen") / "run"

    def copy(event):
        if (
            isinstance(event, Told)
            and event.candidate.number == 4
            and not (path / "control").exists()
        ):
            shutil.copytree(path, folder / "searching")
        elif isinstance(event, StageStarted) and event.stage == "control":
            shutil.copytree(path, folder / "before")

    result = settings.forecast(read, STAGES).run(f"{N} networks", out=path, on_event=copy)
    middle = shutil.copytree(path, folder / "middle")
    for name in ("result.toml", "control/result.toml"):
        (middle / name).unlink()
    file = middle / "control" / "journal.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"event"')
    return result, folder


@pytest.fixture
def ended(seen, tmp_path):
    return shutil.copytree(seen[0].path, tmp_path / "ended")


def done_in(run):
    lines = map(json.loads, (run / "journal.jsonl").read_text().splitlines())
    return {line["number"]: line.get("loss") for line in lines if line["event"] == "done"}


@pytest.mark.parametrize("where", ["searching", "before", "middle"])
def test_a_run_that_was_killed_is_held_against_the_same_random_search(seen, tmp_path, where):
    whole, folder = seen
    run = shutil.copytree(folder / where, tmp_path / "run")
    result = resume(run)
    assert scores(result) == scores(whole) == scores(open_run(run))
    assert outcome(result).control_candidates == N
    assert done_in(run / "control") == done_in(whole.path / "control")
    assert journal(run / "control") == journal(whole.path / "control")


def test_with_a_larger_budget_random_search_goes_on_as_well(seen, ended):
    before = (ended / "control" / "journal.jsonl").read_bytes()
    events = []
    result = resume(ended, "20 networks", on_event=events.append)
    assert outcome(result).control_candidates == open_run(ended / "control").n_done == 20
    assert [event for event in events if isinstance(event, Warned)]  # test was read before
    assert (ended / "control" / "journal.jsonl").read_bytes().startswith(before)
    assert [one.model for one in result.models if one.role == "control"] == ["random search"]


def test_a_folder_that_a_kill_left_before_it_was_a_run_is_no_hindrance(seen, tmp_path):
    whole, folder = seen
    run = shutil.copytree(folder / "before", tmp_path / "run")
    (run / "control" / "champions").mkdir(parents=True)
    (run / "control" / "lock").touch()
    (run / "control" / "config.toml.part").write_text("[sea")
    assert scores(resume(run)) == scores(whole)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("a file", "control is no run directory"),
        ("another search", r"method.ants.n_ants \(there 5, now 4\)"),
        ("no config", "control is no run directory"),
        ("a link", "control is a link"),
    ],
)
def test_what_stands_in_the_way_is_named_before_the_search_goes_on(seen, ended, what, message):
    random, before = ended / "control", (ended / "journal.jsonl").read_bytes()
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
    settings.forecast(read).run("3 networks", out=run)
    result = resume(run, "4 networks")
    assert outcome(result).control_candidates == 0
    assert not (run / "control").exists()


def test_a_control_that_is_unknown_is_refused(ended):
    config = ended / "config.toml"
    text = config.read_text()
    assert 'method = "random"' in text
    config.write_text(text.replace('method = "random"', 'method = "../../elsewhere"'))
    with pytest.raises(RunError, match=r"has no control '\.\./\.\./elsewhere'"):
        resume(ended, "20 networks")


def test_a_control_is_a_run_of_its_own_that_searches_the_same_space(seen):
    other = open_run(seen[0].path / "control")
    assert other.config.method == RandomSearch(ANTS)
    assert other.config.training == seen[0].config.training
    assert (other.config.seed, other.config.order) == (1, "strict")
    assert {one.split for one in other.scores} == {"valid"}  # it never sees the test split
