"""Whole searches by EXAMM: any number of workers, kills, repeats, and what is shown of them."""

import shutil
from dataclasses import replace

import pytest

from cellcolony.cli import main
from cellcolony.networks.train import DIVERGED, Trainer
from cellcolony.runs import recorder
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.events import Told
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.search.examm import Examm
from tests.runs.runs import journal, same
from tests.runs.settings import TRAINING, forecast

EXAMM = Examm(
    n_islands=3, island_size=2, n_mutations=2, cells=("simple",), max_skip=4,
    repopulation="best_parents", repopulate_after=12,
)  # fmt: skip
QUICK = replace(TRAINING, epochs=1)
N = 56


@pytest.fixture(scope="module", autouse=True)
def often():
    """Let checkpoints be written often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "CANDIDATES", 7)
        patch.setattr(recorder, "SECONDS", 0.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def some_diverge():
    """Let a few networks diverge, whoever trains them."""
    train = Trainer.train

    def failing(self, network, **settings):
        result = train(self, network, **settings)
        if int(1000 * abs(network.weights[0])) % 9 == 0:
            object.__setattr__(result, "failure", DIVERGED)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train", failing)
        yield


def strict(task):
    """Return a study of which 16 candidates are asked before the first is told."""
    study = forecast(task, (ControlStage(), ScoresStage()), EXAMM, training=QUICK)
    return replace(study, config=study.config.with_stage(SearchStage(window=16)))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, read):
    """A run on one worker, and a copy of its directory on the way."""
    folder = tmp_path_factory.mktemp("examm")

    def copy(event):
        is_there = isinstance(event, Told) and event.candidate.number == 42
        if is_there and not (folder / "killed").exists():  # the control has such a number too
            shutil.copytree(folder / "run", folder / "killed")

    return strict(read).run(f"{N} networks", out=folder / "run", on_event=copy)


def test_in_strict_order_two_workers_give_the_same_run_as_one(read, undisturbed, tmp_path):
    same(strict(read).run(f"{N} networks", out=tmp_path / "run", workers=2), undisturbed)


def test_a_killed_run_goes_on_from_its_checkpoint_as_if_undisturbed(undisturbed, tmp_path):
    run = shutil.copytree(undisturbed.path.with_name("killed"), tmp_path / "run")
    state = read_checkpoint(run).state
    assert state is not None
    assert state["ledger"]["search"]["were_full"]
    same(resume(run), undisturbed)


def test_every_way_to_make_a_child_and_failures_have_come(undisturbed):
    lines = journal(undisturbed.path)
    done = {one for line in lines for one in line.get("how", {}).get("operations", ())}
    assert done >= {"best_parents", "crossover_within", "add_node", "disable_edge"}
    assert any("failure" in line for line in lines)


@pytest.mark.parametrize("order", ["strict", "arrival"])
def test_a_run_is_replayed_with_its_trainings(read, undisturbed, tmp_path, order):
    run = undisturbed.path
    if order == "arrival":
        run = tmp_path / "run"
        forecast(read, (), EXAMM, order=order, training=QUICK).run(
            f"{N} networks", out=run, workers=2
        )
    again = replay(run, retrain=True)
    assert again.search is not None
    assert again.search.n_asked == N
    assert again.trained is not None
    assert again.trained.is_same


def test_the_run_is_shown_drawn_and_exported(undisturbed, tmp_path, capsys):
    run = str(undisturbed.path)
    for words in (
        ["show", run], ["watch", run, "--once"], ["report", run],
        ["draw", run, "--out", str(tmp_path / "network.svg")],
        ["export", run, "--to", "numpy", "--out", str(tmp_path / "model.py")],
    ):  # fmt: skip
        assert main(words) == 0, capsys.readouterr().err
    page = (undisturbed.path / "report.html").read_text()
    assert f"How network {undisturbed.chosen.number} came to be" in page
    assert "andom search over the same space" in page


def test_the_command_takes_its_settings_as_options(data, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["search", str(data), "--target", "wave", "--method", "examm", "--n-islands", "2",
             "--island-size", "2", "--cells", "simple,gru", "--rates.clone", "0", "--budget",
             "6networks", "--out", str(out)]  # fmt: skip
    assert main(words) == 0, capsys.readouterr().err
    method = open_run(out).config.method
    assert method == Examm(n_islands=2, island_size=2, cells=("simple", "gru"), rates={"clone": 0})
    assert main(["resume", str(out), "--budget", "9networks"]) == 0
    assert "examm" in capsys.readouterr().out
