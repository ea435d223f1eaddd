"""The tables and figures of From Nodes to Networks, from studies of seconds that are really run."""

# pyright: reportMissingImports=false

from __future__ import annotations

import csv
import os
import signal
from dataclasses import replace

import pytest

from cellcolony.errors import ConfigError
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.report.reprints import n2n, wanted
from cellcolony.report.reprints.n2n import Studies, reprint_n2n
from cellcolony.report.reprints.n2n_scale import SIZES, Scale
from cellcolony.report.reprints.papers import listed, reprint
from cellcolony.runs.events import Done
from cellcolony.runs.open import open_run
from cellcolony.search.nodes import NodeEvolution
from tests.report.rendered import rendered
from tests.runs import settings

pytest.importorskip("torch")

from cellcolony.judges.meta import sequence
from cellcolony.judges.meta.predictors import boosting

PRESET = """
summary = "tiny"
source = "ours"
n_seeds = 1
[task]
tokens = "lines"
vocabulary = 50
[method]
name = "raced-nodes"
efforts = [1, 2]
shares = [0.6, 0.4]
[training.model]
layers = 1
hidden = 4
[training.schedule]
epochs = 1
batch = 8
steps = 5
parts = 2
scored = 0.5
[final.schedule]
epochs = 4
parts = 1
scored = 1.0
"""
LARGE = LanguageTraining(settings.MODEL, replace(settings.SCHEDULE, epochs=2, batch=8))


@pytest.fixture(scope="module")
def scale(tmp_path_factory):
    path = tmp_path_factory.mktemp("preset") / "tiny.toml"
    path.write_text(PRESET)
    return Scale(
        preset=str(path), lines=30, n_searches=2, budget="6 networks", top=0.6, n_mixtures=3,
        evolution=NodeEvolution(population=4, generations=2), n_evolutions=1,
        untied=LARGE, tied=replace(LARGE, model=replace(LARGE.model, tied=True)),
        rivals=("lstm", "nascell"), grid="dropout=0/0.2", grid_epochs=1, n_seeds=1,
        n_marks=8, n_curves=12, quarters=10, n_savings=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(scale, tmp_path_factory):
    """The whole reproduction; never change it."""
    folder = tmp_path_factory.mktemp("n2n")
    path = folder / "text.txt"
    path.write_text(settings.TEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(n2n.SIZES, "small", scale)
        patch.setattr(sequence, "MOST_EPOCHS", 2)
        patch.setattr(boosting, "N_TREES", 20)
        shown, written = reprint_n2n(
            wanted("n2n", []), "small", [str(path)], folder / "out", workers=1, executor="threads"
        )
    return folder / "out", rendered(shown), written


def rows(folder, name):
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_everything_of_the_paper_is_shown(done):
    _, shown, written = done
    assert {path.name for path in written} == {
        "n2n_table_1.csv", "n2n_figure_3.csv", "n2n_figure_3.svg", "n2n_figure_4b.csv",
        "n2n_figure_4b.svg", "n2n_figure_5.svg", "n2n_hall_of_shame.csv", "n2n_sensitivity.csv",
    }  # fmt: skip
    assert all(path.stat().st_size for path in written)
    assert "Table 1: perplexity of single models" in " ".join(shown.split())


def test_table_1_has_every_row_beside_what_the_paper_prints(done):
    found = {(row["model"], row["matrices"]): row for row in rows(done[0], "n2n_table_1.csv")}
    models = ("evolved node", "lstm", "nascell")
    assert {*found} == {
        *((model, matrices) for model in models for matrices in ("two", "one")),
        ("mixture of nodes", "one"),
    }
    assert found["evolved node", "one"]["published"] == "63.0"
    assert found["lstm", "one"]["published"] == ""
    large = open_run(done[0] / "large-tied")
    for model in large.models:
        if (model.model, "one") in found:
            assert float(found[model.model, "one"]["test"]) == model.value("test")


def test_figure_4b_compares_trainings_in_full_by_one_seed(done):
    found = rows(done[0], "n2n_figure_4b.csv")
    assert [(row["search"], row["seed"]) for row in found] == [("predicted", "0"), ("whole", "0")]
    last = [float(list(row.values())[-1]) for row in found]
    assert all(value > 1 for value in last)
    kept = rows(done[0], "n2n_full_trainings.csv")
    assert len({(row["search"], row["candidate"]) for row in kept}) == len(kept)


def test_without_a_hall_of_shame_no_species_stagnates(done):
    found = rows(done[0], "n2n_hall_of_shame.csv")
    assert [row["evolution"] for row in found] == ["with the Hall of Shame", "without"]
    assert [row["candidates"] for row in found] == ["8", "8"]
    method = open_run(done[0] / "no-shame-0").config.method
    assert isinstance(method, NodeEvolution)
    assert method.stagnation > method.generations


def test_what_is_there_is_not_done_again(done, scale, monkeypatch):
    folder, *_ = done
    monkeypatch.setitem(n2n.SIZES, "small", scale)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("journal.jsonl")}
    asked = wanted("n2n", ["--table 1"])
    again, _ = reprint_n2n(asked, "small", [str(folder.parent / "text.txt")], folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("journal.jsonl")} == before
    assert "mixture of nodes" in rendered(again)


def test_a_search_that_the_user_has_ended_is_gone_on_with(scale, tmp_path):
    task = settings.text_in(tmp_path)

    def leave(event):
        if isinstance(event, Done):
            os.kill(os.getpid(), signal.SIGINT)

    studies = Studies(tmp_path, scale, task, 1, "threads", on_event=leave)
    with pytest.raises(KeyboardInterrupt):
        studies.result("node-0")
    before = open_run(tmp_path / "node-0").n_done
    assert before < 6
    found = replace(studies, on_event=None).result("node-0")
    assert found.n_done == 6
    assert found.outcome is not None
    assert not found.outcome.interrupted


def test_only_what_a_table_needs_is_run(scale, tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(Studies, "result", lambda self, name: ran.append(name))
    monkeypatch.setitem(n2n.SIZES, "small", scale)
    path = tmp_path / "text.txt"
    path.write_text(settings.TEXT)
    ((name, figure),) = wanted("n2n", ["--figure 5"])
    shown = replace(figure, figure=None)
    reprint_n2n([(name, shown)], "small", [str(path)], tmp_path / "out")
    assert ran == ["node-0", "node-1"]


def test_the_published_size_is_that_of_the_paper():
    scale = SIZES["published"]
    assert (scale.n_searches, scale.budget, scale.n_mixtures) == (10, "30 generations", 2_000)
    assert scale.untied.schedule.epochs == 180
    assert scale.tied.model.hidden == 740
    assert (scale.n_marks, scale.n_curves) == (40, 2_000)


def test_bad_input_is_refused_with_a_cure(tmp_path):
    with pytest.raises(ConfigError, match=r"no text. Name one: cellcolony reproduce n2n"):
        reprint("n2n", [], "small", [], tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        reprint("n2n", [], "small", [str(tmp_path / "none.txt")], tmp_path)
    with pytest.raises(ConfigError, match="`part` is no option of the paper 'n2n'"):
        reprint("n2n", [], "small", ["a.txt"], tmp_path, part="1/2")
    with pytest.raises(ConfigError, match="`test` is no option of the paper 'asne'"):
        reprint("asne", [], "small", ["a.csv"], tmp_path, test=["b.csv"])
    with pytest.raises(ConfigError, match="`paper` must be one of: asne, n2n"):
        reprint("other", [], "small", ["a.csv"], tmp_path)
    assert "cellcolony reproduce n2n FILE --figure 4b" in " ".join(rendered(listed()).split())
