"""A search for nodes that ended, was interrupted or was killed goes on as if nothing had been."""

import json
import shutil
import signal
from typing import Any

import pytest
from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.resume import resume_node
from cellcolony.runs.nodes.stored import open_node_run

from cellcolony.errors import RunError
from cellcolony.runs import saving
from cellcolony.runs.events import Asked, Done, NothingLeft, SearchEnded, Stage, Told
from cellcolony.tasks.language import Language
from tests.runs.nodes.fakes import EVOLUTION, SETTINGS, make_bench, task_in
from tests.runs.test_resume import journal

STRICT: dict[str, Any] = {**SETTINGS, "order": "strict", "executor": "threads"}
AGAIN: dict[str, Any] = {"executor": "threads"}


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Let checkpoints be written often."""
    monkeypatch.setattr(saving, "CANDIDATES", 5)
    monkeypatch.setattr(saving, "SECONDS", 0.0)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    return evolve_node(text, EVOLUTION, out=path, make_bench=make_bench(), **STRICT)


def outcome(result):
    assert result.outcome is not None
    return result.outcome


class Killed(BaseException):
    """The run ends here, as if it had been killed."""


def killed_at(is_it, text, path, **settings):
    """Run until an event, which ends everything."""

    def kill(event):
        if is_it(event):
            raise Killed

    make = settings.pop("make_bench", make_bench())
    with pytest.raises(Killed):
        evolve_node(
            text, EVOLUTION, out=path, make_bench=make, on_event=kill, **{**STRICT, **settings}
        )


def same(result, undisturbed):
    assert journal(result.path) == journal(undisturbed.path)
    assert journal(result.path / "random") == journal(undisturbed.path / "random")
    assert result.scores == undisturbed.scores
    for name in ("front.csv", "scores.csv"):
        assert (result.path / name).read_bytes() == (undisturbed.path / name).read_bytes()
    assert sorted(finals(result.path)) == sorted(finals(undisturbed.path))


def finals(run):
    return (run / "finals.jsonl").read_text().splitlines()


class Count:
    """Is true at the n-th event of a kind."""

    def __init__(self, kind, n):
        self.kind, self.n = kind, n

    def __call__(self, event):
        is_one = isinstance(event, self.kind)
        self.n -= is_one
        return is_one and self.n == 0


INSTANTS = {
    "before the first candidate is done": (Asked, 3),
    "in the first generation": (Done, 7),
    "in the third generation": (Told, 30),
    "when the search has ended": (SearchEnded, 1),
    "in random search": (Done, 48 + 20),
    "when random search has ended": (SearchEnded, 2),
    "when the rivals begin": (Stage, 2),
    "between two rivals": (Stage, 4),
    "when the final trainings begin": (Stage, 6),
    "between two final trainings": (Stage, 11),
    "after the last final training": (Stage, 16),
}


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_run_killed_at_any_stage_ends_as_if_undisturbed(text, tmp_path, undisturbed, instant):
    path = tmp_path / "run"
    killed_at(Count(*INSTANTS[instant]), text, path)
    result = resume_node(path, task=text, make_bench=make_bench(), **AGAIN)
    same(result, undisturbed)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("tuned") / "run"
    return evolve_node(
        text, EVOLUTION, out=path, make_bench=make_bench(), tuned=("lstm",), **STRICT
    )


class TimesTuned:
    """Is true when so many recipes have been judged."""

    def __init__(self, path, n):
        self.path, self.n = path, n

    def __call__(self, event):
        if isinstance(event, Stage) and (self.path / "finals.jsonl").exists():
            n = sum('"tuned"' in line and '"recipe"' in line for line in finals(self.path))
            return n >= self.n
        return False


@pytest.mark.parametrize("n", [1, 3, 47])
def test_a_run_killed_among_recipes_ends_as_if_undisturbed(text, tmp_path, tuned, n):
    path = tmp_path / "run"
    killed_at(TimesTuned(path, n), text, path, tuned=("lstm",))
    assert not (path / "result.toml").exists()
    same(resume_node(path, task=text, make_bench=make_bench(), **AGAIN), tuned)


def test_a_rival_may_be_tuned_later(text, tmp_path, tuned):
    path = tmp_path / "run"
    killed_at(Count(Stage, 6), text, path)
    config = path / "config.toml"
    config.write_text(config.read_text().replace("tuned = []", 'tuned = ["lstm"]'))
    same(resume_node(path, task=text, make_bench=make_bench(), **AGAIN), tuned)


def test_a_rival_of_an_ended_run_may_be_tuned_and_nobody_else_is_trained_again(
    text, tmp_path, undisturbed, tuned
):
    path, touched = tmp_path / "run", tmp_path / "touched"
    shutil.copytree(undisturbed.path, path)
    touched.mkdir()
    config = path / "config.toml"
    config.write_text(config.read_text().replace("tuned = []", 'tuned = ["lstm"]'))
    make = make_bench(touched=touched)
    result = resume_node(path, task=text, make_bench=make, **AGAIN)
    assert result.scores == tuned.scores
    done = [file.name.rsplit("-", 2)[0] for file in touched.iterdir()]
    assert sum(name.startswith("rival-lstm") for name in done) == 47
    assert sum(name.startswith("final-tuned-lstm") for name in done) == 2
    assert len(done) == 49
    events = []
    resume_node(path, task=text, make_bench=make, on_event=events.append, **AGAIN)
    assert events == [NothingLeft("all its generations have passed", is_final=True)]


def test_a_forged_recipe_is_not_believed(text, tmp_path, tuned):
    path = tmp_path / "run"
    killed_at(TimesTuned(path, 3), text, path, tuned=("lstm",))
    lines = finals(path)
    forged = next(at for at, line in enumerate(lines) if '"tuned"' in line and '"loss"' in line)
    line = json.loads(lines[forged])
    line |= {"loss": 0.001, "recipe": {"learning_rate": 1e9, "clip": 1e300, "bound": 1e9}}
    with_old_digest = lines.copy()
    with_old_digest[forged] = json.dumps({**line, "cell": "0" * 16})
    (path / "finals.jsonl").write_text("".join(f"{line}\n" for line in with_old_digest))
    result = resume_node(path, task=text, make_bench=make_bench(), **AGAIN)
    assert result.scores == tuned.scores


def test_what_is_done_after_the_search_is_not_done_twice(text, tmp_path):
    path, touched = tmp_path / "run", tmp_path / "touched"
    touched.mkdir()
    killed_at(Count(Stage, 11), text, path)
    known = [json.loads(line) for line in finals(path)]
    wanted = {f"{line['model']}-seed-{line['seed']}" for line in known if line["event"] == "final"}
    assert 0 < len(wanted) < 10
    resume_node(path, task=text, make_bench=make_bench(touched=touched), **AGAIN)
    done = [file.name.rsplit("-", 2)[0] for file in touched.iterdir()]
    assert sum(name.startswith("final") for name in done) == 10 - len(wanted)
    assert not any(name.startswith("rival") for name in done)
    assert not any(f"final-{name}" in done for name in wanted)


def test_a_run_that_ended_with_a_smaller_budget_goes_on(text, tmp_path, undisturbed):
    path, touched = tmp_path / "run", tmp_path / "touched"
    touched.mkdir()
    make = make_bench(touched=touched)
    first = evolve_node(text, EVOLUTION, "20 networks", out=path, make_bench=make, **STRICT)
    assert outcome(first).random_networks == 20
    result = resume_node(path, "1000 networks", task=text, make_bench=make, **AGAIN)
    assert journal(path) == journal(undisturbed.path)
    assert result.scores == undisturbed.scores
    assert outcome(result).random_networks == 48
    assert first.chosen.number != result.chosen.number
    done = [file.name.rsplit("-", 2)[0] for file in touched.iterdir()]
    assert done.count("final-lstm-seed-1") == 1
    kept = sorted(folder.name for folder in (path / "finals").iterdir())
    assert f"evolved-node-{first.chosen.number}-seed-1" not in kept
    assert f"evolved-node-{result.chosen.number}-seed-1" in kept


def test_a_run_that_has_ended_says_that_nothing_is_left(text, tmp_path):
    path, events = tmp_path / "run", []
    settings = {"make_bench": make_bench(), "against": None, "rivals": (), **STRICT}
    evolve_node(text, EVOLUTION, "20 networks", out=path, **settings)
    resume_node(path, task=text, make_bench=make_bench(), on_event=events.append, **AGAIN)
    assert events == [NothingLeft("20 networks are done")]
    resume_node(path, "9999 networks", task=text, make_bench=make_bench(), **AGAIN)
    events.clear()
    resume_node(path, "99999 networks", task=text, make_bench=make_bench(),
                on_event=events.append, **AGAIN)  # fmt: skip
    assert events == [NothingLeft("all its generations have passed", is_final=True)]


def interrupted_at(is_it):
    """Return an observer that sends one Ctrl-C."""

    def observe(event):
        if is_it(event):
            signal.raise_signal(signal.SIGINT)

    return observe


def test_the_first_interrupt_ends_the_search_and_what_follows_is_done(text, tmp_path):
    observe = interrupted_at(Count(Told, 15))
    result = evolve_node(
        text, EVOLUTION, out=tmp_path / "run", make_bench=make_bench(), on_event=observe,
        **{**STRICT, "order": "arrival"},
    )  # fmt: skip
    assert outcome(result).interrupted
    assert 15 <= result.n_done < 20
    assert outcome(result).random_networks == result.n_done
    assert len(result.scores) == 10


@pytest.mark.parametrize(
    "instant", [(Done, 48 + 20), (Stage, 4), (Stage, 11)], ids=["random", "rivals", "finals"]
)
def test_an_interrupt_after_the_search_leaves_and_the_run_goes_on_later(
    text, tmp_path, undisturbed, instant
):
    path, observe = tmp_path / "run", interrupted_at(Count(*instant))
    with pytest.raises(KeyboardInterrupt):
        evolve_node(text, EVOLUTION, out=path, make_bench=make_bench(), on_event=observe, **STRICT)
    assert not (path / "result.toml").exists()
    same(resume_node(path, task=text, make_bench=make_bench(), **AGAIN), undisturbed)


def test_the_text_is_read_again_where_it_came_from(text, tmp_path, undisturbed):
    path = tmp_path / "run"
    killed_at(Count(Told, 20), text, path)
    same(resume_node(path, make_bench=make_bench(), **AGAIN), undisturbed)


def test_another_text_is_refused(tmp_path):
    task = task_in(tmp_path)
    path = tmp_path / "run"
    killed_at(Count(Told, 20), task, path)
    (tmp_path / "text.txt").write_text("other words altogether and again other words\n" * 40)
    with pytest.raises(RunError, match="was begun on another text"):
        resume_node(path, make_bench=make_bench(), **AGAIN)
    other = Language.from_files(tmp_path / "text.txt")
    with pytest.raises(RunError, match="was begun on another text"):
        resume_node(path, task=other, make_bench=make_bench(), **AGAIN)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("population = 12", "population = 13", r"search.population \(there 12, now 13\)"),
        ("hidden = 4", "hidden = 5", r"model.hidden \(there 4, now 5\)"),
        ("n_seeds = 2", "n_seeds = 3", r"n_seeds \(there 2, now 3\)"),
        ("population = 12", "populations = 12", "there is no setting `populations`"),
        ('kind = "node search"', 'kind = "nodes"', "`kind` must be 'node search'"),
    ],
)
def test_changed_settings_are_refused(text, tmp_path, undisturbed, old, new, message):
    path = tmp_path / "run"
    shutil.copytree(undisturbed.path, path)
    config = (path / "config.toml").read_text()
    assert old in config
    (path / "config.toml").write_text(config.replace(old, new, 1))
    with pytest.raises(RunError, match=message):
        resume_node(path, task=text, make_bench=make_bench(), **AGAIN)


def test_a_random_search_of_other_settings_is_refused(text, tmp_path):
    path = tmp_path / "run"
    killed_at(Count(Told, 20), text, path)
    settings = {**STRICT, "seed": 2}
    evolve_node(
        text, EVOLUTION, "5 networks", out=path / "random", make_bench=make_bench(), **settings
    )
    with pytest.raises(RunError, match="holds another search than the one"):
        resume_node(path, task=text, make_bench=make_bench(), **AGAIN)


def test_a_run_without_its_checkpoint_goes_on_from_the_journal(text, tmp_path, undisturbed):
    path = tmp_path / "run"
    killed_at(Count(Told, 20), text, path)
    (path / "checkpoint.json").write_text("{")
    with pytest.raises(RunError, match="give a --budget"):
        resume_node(path, task=text, make_bench=make_bench(), **AGAIN)
    resume_node(path, "1000 networks", task=text, make_bench=make_bench(), **AGAIN)
    assert journal(path) == journal(undisturbed.path)


def test_what_is_asked_again_must_come_out_as_the_journal_says(text, tmp_path):
    path = tmp_path / "run"
    killed_at(Count(Told, 20), text, path)
    (path / "checkpoint.json").write_text("{")
    lines = (path / "journal.jsonl").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if json.loads(line)["event"] == "asked")
    changed = json.loads(lines[at])
    changed["tree"]["tree"] = "tanh(z0)"
    lines[at] = json.dumps(changed)
    (path / "journal.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match="Candidate 0 comes out otherwise than in the journal"):
        resume_node(path, "1000 networks", task=text, make_bench=make_bench(), **AGAIN)


def test_a_run_that_is_under_way_is_refused_and_can_be_read(text, tmp_path):
    path, found = tmp_path / "run", []

    def look(event):
        if isinstance(event, Stage) and not found:
            with pytest.raises(RunError, match="written by another process"):
                resume_node(path, task=text, make_bench=make_bench(), **AGAIN)
            found.append(open_node_run(path))

    evolve_node(text, EVOLUTION, "20 networks", out=path, make_bench=make_bench(), on_event=look,
                **STRICT)  # fmt: skip
    assert found[0].outcome is None
    assert found[0].n_done == 20
