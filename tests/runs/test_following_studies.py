"""Studies of each kind are followed by their files alone, while they run."""

import shutil
import threading
from contextlib import contextmanager

import pytest

from cellcolony.errors import RunError
from cellcolony.layers import long_training
from cellcolony.layers.training_state import write_state
from cellcolony.runs.events import (
    ItemDone,
    SearchEnded,
    SearchStarted,
    Share,
    StageStarted,
    Told,
)  # fmt: skip
from cellcolony.runs.resume import resume
from cellcolony.runs.watch.finals import FinalsFollowing
from cellcolony.runs.watch.following import Following, StudyEnded
from cellcolony.runs.watch.tally import DoneLine
from tests.runs import settings


def of(kind, seen):
    return [one for one in seen if isinstance(one, kind)]


class Onlooker:
    """Follows a study from its first event on, and looks at every event.

    Workers may let it look too.
    """

    def __init__(self, path):
        self.path, self.seen, self.states = path, [], {}
        self.following, self.one_at_a_time = None, threading.Lock()

    def look(self, event=None):
        with self.one_at_a_time:
            if self.following is None:
                self.following = Following(self.path)
            self.seen += self.following.look()
        if isinstance(event, (Told, StageStarted, ItemDone)):
            name = getattr(event, "stage", "told")
            self.states[name] = [one.state for one in self.following.stages]


def test_each_stage_of_a_search_for_nodes_is_seen_from_outside(text, no_training, tmp_path):
    outside = Onlooker(tmp_path / "run")
    settings.nodes(text).run(
        "20 networks", out=outside.path, executor="threads", on_event=outside.look
    )
    outside.look()
    seen, following = outside.seen, outside.following
    assert following is not None
    own, control = of(SearchStarted, seen)
    assert (own.kind, own.seed, own.workers, own.title) == ("tree", 1, 1, "Search")
    assert control.title == "random search"
    done = of(DoneLine, seen)
    assert len(done) == 2 * 20
    assert done[0].size > 0
    assert outside.states["cells"] == ["done", "done", "done", "to come", "to come"]
    assert outside.states["finals"] == ["done", "done", "done", "done", "to come"]
    stages = [(one.stage, one.n) for one in of(StageStarted, seen)]
    assert stages == [("control", 20), ("cells", 3), ("finals", 10), ("final-scores", 10)]
    items = of(ItemDone, seen)
    assert [(one.n_done, one.n) for one in items if one.stage == "finals"] == [
        (n, 10) for n in range(1, 11)
    ]
    assert items[0].text == "lstm 0 is done."
    assert [one.reason for one in of(SearchEnded, seen)] == ["", "20 nodes were done"]
    assert of(StudyEnded, seen)[-1].outcome.reason == "20 nodes were done"
    assert following.has_ended

    seen.clear()  # it goes on, with a larger budget
    resume(outside.path, "30 networks", task=text, executor="threads", on_event=outside.look)
    outside.look()
    assert len(of(DoneLine, seen)) == 2 * 10
    started = [(one.title, one.n_done) for one in of(SearchStarted, seen)]
    assert sorted(set(started)) == [("Search", 20), ("random search", 20)]
    assert of(StudyEnded, seen)[-1].outcome.reason == "30 nodes were done"
    late = Following(outside.path)
    list(late.look())
    assert late.stages == following.stages
    assert late.search.tally.n_done == following.search.tally.n_done == 30


@contextmanager
def looking_at_each_epoch(outside):
    """Let a training wait after each epoch until it was looked at: these are too short to see."""

    def write(*of_training):
        write_state(*of_training)
        outside.look()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_training, "write_state", write)
        yield


@pytest.fixture(scope="module")
def trained(text, tmp_path_factory):
    """A study of one language model, and who has followed it."""
    outside = Onlooker(tmp_path_factory.mktemp("model") / "run")
    with looking_at_each_epoch(outside):
        settings.model(text, n_seeds=2).run(
            out=outside.path, device="cpu", executor="threads", on_event=outside.look
        )
    outside.look()
    return outside


def epochs(seen):
    return [(one.title, one.epoch.number) for one in of(Share, seen) if one.epoch is not None]


def test_the_epochs_of_one_language_model_are_seen_from_outside(trained):
    seen = trained.seen
    assert not of(SearchStarted, seen)
    expected = [(f"lstm, seed {seed}", number) for seed in (3, 4) for number in range(3)]
    assert epochs(seen) == expected
    assert [one.n_epochs for one in of(Share, seen)] == [3] * len(of(Share, seen))
    finals = [one for one in of(ItemDone, seen) if one.stage == "finals"]
    assert finals[0].text.startswith("lstm, seed 3: final perplexity ")
    last_of_first = next(
        place for place, one in enumerate(seen)
        if isinstance(one, Share) and one.epoch is not None and one.epoch.number == 2
    )  # fmt: skip
    assert last_of_first < seen.index(finals[0])
    assert trained.states["finals"] == ["done", "to come"]
    assert isinstance(seen[-1], StudyEnded)


def test_who_comes_late_sees_the_best_and_the_last_epoch(trained):
    seen = list(Following(trained.path).look())
    told = [
        (one.epoch, one.is_best)
        for one in of(Share, seen)
        if one.title == "lstm, seed 3" and one.epoch is not None
    ]
    losses = [
        one.epoch.valid_loss for one in trained.seen
        if isinstance(one, Share) and one.title == "lstm, seed 3" and one.epoch is not None
    ]  # fmt: skip
    best = min(losses)
    assert [epoch.valid_loss for epoch, is_best in told if is_best] == [best]
    assert told[-1][0].number == 2
    finals = FinalsFollowing(trained.path)
    assert finals.seconds_of(6, 1) is None
    seconds = sum(one.epoch.seconds for one in finals.look(3) if one.epoch is not None)
    assert finals.seconds_of(6, 1) == 0
    longer = finals.seconds_of(12, 2)
    assert longer is not None
    assert longer >= seconds / 2  # not all epochs are told


def test_a_training_of_more_epochs_is_followed_from_where_it_ended(text, trained, tmp_path):
    outside = Onlooker(shutil.copytree(trained.path, tmp_path / "run"))
    outside.look()
    outside.seen.clear()
    with looking_at_each_epoch(outside):
        resume(
            outside.path, epochs=5, task=text, device="cpu", executor="threads",
            on_event=outside.look,
        )  # fmt: skip
    outside.look()
    expected = [(f"lstm, seed {seed}", number) for seed in (3, 4) for number in (3, 4)]
    assert epochs(outside.seen) == expected
    assert {one.n_epochs for one in of(Share, outside.seen)} == {5}
    assert [(one.n_done, one.n) for one in of(StageStarted, outside.seen)] == [(0, 2), (0, 2)]
    assert isinstance(outside.seen[-1], StudyEnded)


def test_a_damaged_learning_curve_is_named(trained, tmp_path):
    run = shutil.copytree(trained.path, tmp_path / "run")
    curve = run / "finals" / "lstm-seed-3" / "curve.csv"
    curve.write_text(curve.read_text().replace("epoch", "age"))
    with pytest.raises(RunError, match=r"lstm-seed-3/curve\.csv: the learning curve"):
        list(Following(run).look())


def test_final_trainings_that_lie_elsewhere_are_not_followed(trained, tmp_path):
    run = shutil.copytree(trained.path, tmp_path / "run")
    (run / "finals").rename(tmp_path / "elsewhere")
    (run / "finals").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="final trainings cannot be read: it leads out"):
        list(Following(run).look())
