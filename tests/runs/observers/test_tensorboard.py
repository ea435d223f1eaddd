"""What TensorBoard reads of a study."""

import pytest

from cellcolony.errors import ConfigError, ObserverWarning
from cellcolony.runs.observers import Subject, tensorboard
from cellcolony.runs.observers.points import Point
from cellcolony.runs.resume import resume
from tests.runs import settings
from tests.runs.runs import journal

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def curves(folder):
    """Return step and value of each point, by group and name."""
    found = {}
    for place in sorted(folder.iterdir()):
        read = accumulator.EventAccumulator(str(place)).Reload()
        for tag in read.Tags()["scalars"]:
            found[place.name, tag] = [(one.step, one.value) for one in read.Scalars(tag)]
    return found


def losses(run):
    return [line["loss"] for line in journal(run) if line["event"] == "done"]


def test_a_search_has_a_curve_of_its_losses_and_the_best_of_them(task, tmp_path):
    out = tmp_path / "run"
    result = settings.forecast(task).run("8 networks", out=out, observers=["tensorboard"])
    found = curves(out / "tensorboard")
    expected = losses(out)
    assert [step for step, _ in found["Search", "loss"]] == list(range(1, 9))
    assert [value for _, value in found["Search", "loss"]] == pytest.approx(expected)
    assert found["Search", "best loss"][-1][1] == pytest.approx(min(expected))
    score = next(one for one in result.scores if (one.split, one.measure) == ("test", "mae"))
    [(_, value)] = found["scores", f"test mae of wave/{score.model}"]
    assert value == pytest.approx(score.value)
    read = accumulator.EventAccumulator(str(out / "tensorboard/Search")).Reload()
    [settings_text] = [one.tensor_proto.string_val[0] for one in read.Tensors("settings")]
    assert b'name = "ants"' in settings_text


def test_a_run_that_goes_on_goes_on_in_the_same_curves_without_a_doubled_step(task, tmp_path):
    out = tmp_path / "run"
    settings.forecast(task).run("5 networks", out=out, observers=["tensorboard"])
    resume(out, "9 networks", task=task, observers=["tensorboard"])
    found = curves(out / "tensorboard")["Search", "loss"]
    assert [step for step, _ in found] == list(range(1, 10))
    assert [value for _, value in found] == pytest.approx(losses(out))


def test_what_a_kill_took_from_the_study_is_purged_from_its_curves(tmp_path):
    subject = Subject("run", tmp_path, {}, "")
    for values in ([1.0, 2.0, 3.0, 4.0], [30.0, 40.0, 50.0]):
        writer = tensorboard._Curves(subject, "")
        first = 1 if values[0] == 1 else 3
        for step, value in enumerate(values, first):
            writer._write(Point("Search", "loss", step, value))
            writer._write(Point("final", "loss", step, value))
        writer.close()
    found = curves(tmp_path / "tensorboard")["Search", "loss"]
    assert found == [(1, 1.0), (2, 2.0), (3, 30.0), (4, 40.0), (5, 50.0)]


def test_final_trainings_have_a_curve_of_their_epochs(text, tmp_path):
    settings.model(text, epochs=3).run(out=tmp_path / "run", observers=["tensorboard"])
    found = curves(tmp_path / "run/tensorboard")
    [name] = {group for group, tag in found if tag == "validation perplexity"}
    assert [step for step, _ in found[name, "validation perplexity"]] == [1, 2, 3]


def test_curves_lie_in_the_folder_that_is_named_each_study_in_its_own(task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = settings.forecast(task)
    study.run("3 networks", out="runs/a", observers=["tensorboard=curves"])
    study.run("3 networks", observers=["tensorboard=curves"])
    names = sorted(one.name for one in (tmp_path / "curves").iterdir())
    assert names[1] == "runs-a"
    assert names[0].startswith("ants,-")
    assert all(curves(tmp_path / "curves" / name) for name in names)
    assert not (tmp_path / "runs/a/tensorboard").exists()


def test_without_a_run_directory_a_folder_must_be_named(task):
    with pytest.raises(ConfigError, match="tensorboard=FOLDER"):
        settings.forecast(task).run("3 networks", observers=["tensorboard"])


def test_a_link_in_a_run_that_somebody_else_made_is_not_followed(task, tmp_path):
    out, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    settings.forecast(task).run("3 networks", out=out)
    elsewhere.mkdir()
    (out / "tensorboard").symlink_to(elsewhere)
    with pytest.warns(ObserverWarning, match="leads out of"):
        resume(out, "5 networks", task=task, observers=["tensorboard"])
    assert not list(elsewhere.iterdir())
