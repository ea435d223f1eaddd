"""Judging nodes by a smaller training on the lower rungs."""

# pyright: reportMissingImports=false

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cli import main
from cellcolony.contract import Candidate
from cellcolony.errors import ConfigError, DataError
from cellcolony.judges.full import FullTraining
from cellcolony.judges.proxy import ProxyTraining
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.networks.protocol import Protocol
from cellcolony.report.sections.front import front_table
from cellcolony.runs.battery.plan import parse_battery
from cellcolony.runs.curves import BY_PROXY, read_curves
from cellcolony.runs.mixing import mixing_study
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.presets import preset
from tests.report.results import text_of
from tests.runs import settings
from tests.runs.runs import journal

pytest.importorskip("torch")

from cellcolony.judges.training import texts as text_training

WHOLE = LanguageTraining(
    ModelSettings(hidden=6, layers=1, like="gru", bound=0.1),
    Schedule(epochs=1, batch=4, steps=5, parts=4, learning_rate=0.5),
)
FINAL = replace(WHOLE, schedule=replace(WHOLE.schedule, parts=1))
PROXY = ProxyTraining(
    proxy_below=8, proxy_share=0.6, proxy_hidden=3, proxy_epochs=2, proxy_dropout=0.25
)
EFFORTS = (1, 8)
STOP = np.zeros(1, np.uint8)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return settings.text_in(tmp_path_factory.mktemp("text"))


def begun(proxy=PROXY):
    return proxy.begin_study({}, WHOLE, EFFORTS)


def test_without_a_bound_of_its_own_everybody_below_the_highest_rung_is_a_proxy():
    judge = begun(ProxyTraining())
    assert judge.proxy_below == 8
    assert [judge.stands_for(effort) for effort in (1, 7, 8)] == [True, True, False]
    assert begun().proxy_below == 8


@pytest.mark.parametrize(
    ("proxy", "efforts"),
    [(ProxyTraining(), (4,)), (replace(PROXY, proxy_below=9), (1, 8)), (PROXY, (8, 16))],
)
def test_one_rung_or_none_in_full_or_none_by_proxy_is_refused_with_a_cure(proxy, efforts):
    with pytest.raises(ConfigError, match=r"--shares 0.4 --shares 0.6, or take the judge"):
        proxy.begin_study({}, WHOLE, efforts)


def test_a_forecast_has_no_proxy():
    with pytest.raises(ConfigError, match="for searches for nodes or mixtures"):
        ProxyTraining().begin_study({}, Protocol(), (1, 2))


def test_a_proxy_is_smaller_and_all_else_is_as_in_full():
    by = PROXY.training(WHOLE)
    assert by.model == replace(WHOLE.model, hidden=3, dropout=0.25)
    assert by.schedule == replace(WHOLE.schedule, epochs=2, parts=1)
    own = replace(PROXY, proxy_bound=0.3, proxy_learning_rate=0.02).training(WHOLE)
    assert (own.model.bound, own.schedule.learning_rate) == (0.3, 0.02)
    assert PROXY.part_of(np.arange(5)).tolist() == [0, 1, 2]


def judging(text, proxy=PROXY):
    begin = text_training.begin_judging(text, WHOLE, 1, Caps(), (), proxy=proxy)
    return begin(STOP)


def alone(text, training, words, effort):
    """Return what a training by itself comes to."""
    stop, known = STOP, len(text.vocabulary)
    by = text_training.TextTraining(
        text_training.Words(words, text.valid, known), training.model, training.schedule, stop
    )
    return by.judge(cells.get("gru"), 1, Caps(), effort=effort)


def test_a_candidate_is_judged_by_proxy_below_an_effort_and_in_full_from_it_on(text):
    judge, gru = judging(text), FixedCell("gru")
    low, high = (judge(Candidate(0, gru, effort=effort)) for effort in (3, 8))
    half = alone(text, PROXY.training(WHOLE), PROXY.part_of(text.train), 3)
    whole = alone(text, WHOLE, text.train, 8)
    assert (low.loss, low.n_steps, len(low.curve)) == (half.loss, half.n_steps, 6)
    assert (high.loss, high.n_steps, len(high.curve)) == (whole.loss, whole.n_steps, 8)
    assert low.loss != high.loss


def test_a_recipe_of_its_own_and_a_rate_hold_by_proxy_too(text):
    judge = judging(text)
    usual = judge(Candidate(0, FixedCell("gru"), effort=1))
    slow = judge(Candidate(0, FixedCell("gru"), effort=1, rate=0.01))
    own = judge(Candidate(0, FixedCell("gru", recipe=Recipe(learning_rate=0.01)), effort=1))
    assert usual.loss < min(slow.loss, own.loss)
    assert usual.n_steps == slow.n_steps == own.n_steps


def test_a_part_too_short_for_a_window_is_told_before_any_training(text):
    with pytest.raises(
        DataError, match=r"text has 1 tokens.*has 294 tokens: a larger `proxy_share`"
    ):
        judging(text, replace(PROXY, proxy_share=1 / len(text.train)))


def study_of(text):
    stages = (
        SearchStage(most_failed=1.0, window=4), ControlStage(), CellsStage(cells=("gru",)),
        FinalsStage(training=FINAL, n_seeds=1), FinalScoresStage(),
    )  # fmt: skip
    method = RacedNodes(efforts=EFFORTS, shares=(0.4, 0.6))
    return settings.nodes(text, stages, method, training=WHOLE, judge=PROXY)


@pytest.fixture(scope="module")
def run(text, tmp_path_factory):
    """A search with a control; never change it."""
    path = tmp_path_factory.mktemp("proxy") / "run"
    study_of(text).run("14 networks", out=path, executor="threads")
    return path


def effort(asked):
    return asked.get("effort", 1)


def test_both_the_search_and_its_control_are_judged_so_and_promote_the_best(run):
    for path in (run, run / "control"):
        asked = {one["number"]: one for one in journal(path) if one["event"] == "asked"}
        steps = {}
        for one in journal(path):
            if one["event"] == "done" and "failure" not in one:
                steps.setdefault(effort(asked[one["number"]]), set()).add(one["n_steps"])
        assert sorted(steps) == [1, 8]
        assert max(map(len, steps.values())) == 1  # a length for each rung
        promoted = [one for one in asked.values() if effort(one) == 8]
        assert all(one["how"]["trained_again"] in asked for one in promoted)


def test_a_run_keeps_its_judge_and_the_same_study_is_the_same(run, text, tmp_path):
    kept = tomllib.loads((run / "config.toml").read_text())["judge"]
    assert (kept["name"], kept["proxy_below"], kept["proxy_share"]) == ("proxy", 8, 0.6)
    study_of(text).run("14 networks", out=tmp_path / "run", executor="threads", workers=2)
    for part in ("", "control"):
        assert journal(run / part) == journal(tmp_path / "run" / part)


def test_mixtures_of_runs_by_proxy_are_judged_by_proxy(run):
    mixed = mixing_study([run], top=1.0, n_diverse=3, groups=3, control=None)
    assert mixed.config.judge == PROXY


def test_curves_are_those_in_full_alone(run):
    found = read_curves([run], n_first=2, n_marks=8)
    asked = {one["number"]: one for one in journal(run) if one["event"] == "asked"}
    full = [one for one in found.curves if one.search == "run"]
    assert {effort(asked[one.candidate]) for one in full} == {8}
    assert found.left_out[BY_PROXY] > 0


def test_the_report_says_what_the_lower_rungs_were_trained_by(run):
    said = " ".join(text_of(open_run(run), 200).split())
    assert "By proxy, on the lower rungs: 2 epochs, 1 x 3 units of gru" in said
    assert "on the first 60 % of the training text" in said


def test_a_front_says_who_of_it_was_trained_by_proxy(run):
    found = open_run(run)
    asked = [one for one in journal(run) if one["event"] == "asked"]
    numbers = {effort(one): one["number"] for one in asked}
    front = tuple(replace(found.front[0], number=numbers[one]) for one in EFFORTS)
    rows = front_table(replace(found, front=front)).rows
    assert [row[0] for row in rows] == [f"node {numbers[1]}, by proxy", f"node {numbers[8]}"]


MINE = """\
summary = "mine"
source = "me"
[method]
name = "raced-nodes"
efforts = [1, 4]
shares = [0.5, 0.5]
[judge]
name = "proxy"
proxy_hidden = 3
[training.model]
hidden = 4
layers = 1
[training.schedule]
batch = 4
steps = 5
epochs = 1
"""


@pytest.fixture(scope="module")
def evolve(text, tmp_path_factory):
    """A function that searches with a preset of one's own and returns the settings of the run."""
    folder = tmp_path_factory.mktemp("preset")
    (folder / "mine.toml").write_text(MINE)
    (folder / "text.txt").write_text(settings.TEXT)

    def search(*options):
        out = folder / f"run-{len(list(folder.iterdir()))}"
        words = ["evolve-node", "--train", str(folder / "text.txt"), "--vocabulary", "20"]
        words += ["--preset", str(folder / "mine.toml"), "--budget", "2networks", "--no-control"]
        words += ["--no-rivals", "--n-seeds", "1", "--executor", "threads", "--out", str(out)]
        assert main([*words, *options]) == 0
        return tomllib.loads((out / "config.toml").read_text())["judge"]

    return search


def test_a_preset_names_the_judge_and_options_win(evolve):
    usual = evolve()
    assert (usual["name"], usual["proxy_hidden"], usual["proxy_below"]) == ("proxy", 3, 4)
    own = evolve("--proxy-share", "0.5", "--judge", "proxy")
    assert (own["proxy_hidden"], own["proxy_share"]) == (3, 0.5)
    assert evolve("--judge", "full") == {"name": "full"}


def test_another_method_than_the_presets_is_judged_as_suits_it(evolve):
    assert evolve("--method", "nodes", "--population", "4", "--generations", "1") == {
        "name": "full"
    }


BATTERY = """
preset = {preset!r}
budget = "2 candidates"
data = {{train = "text.txt"}}
[[axis]]
name = "judge"
levels = [
    {{label = "of the preset"}},
    {{label = "in full", judge = "full"}},
    {{label = "another", judge = {{name = "proxy", proxy_hidden = 5}}}},
    {{label = "species", method = "nodes"}},
]
"""


def test_a_battery_has_the_judge_of_its_preset_for_the_method_of_its_preset(tmp_path):
    (tmp_path / "mine.toml").write_text(MINE)
    text = BATTERY.format(preset=str(tmp_path / "mine.toml"))
    found = {one.label: one.judge for one in parse_battery(text, "mine.toml", {}).configurations}
    assert found == {
        "of the preset": ProxyTraining(proxy_hidden=3), "in full": FullTraining(),
        "another": ProxyTraining(proxy_hidden=5), "species": FullTraining(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("proxy_hidden = 3", "proxy_hiden = 3"), "'proxy_hidden'"),
        (('"proxy"', '"proxi"'), "'proxy'"),
        (('name = "proxy"\n', ""), "`name` is missing"),
        (("proxy_hidden = 3", "proxy_hidden = 0"), "`proxy_hidden` must be"),
    ],
)
def test_a_fault_in_a_presets_judge_names_its_place(tmp_path, change, message):
    (tmp_path / "mine.toml").write_text(MINE.replace(*change))
    with pytest.raises(ConfigError, match=r"mine.toml, \[judge\]: ") as caught:
        preset(str(tmp_path / "mine.toml"), "language")
    assert message in str(caught.value)


def test_the_preset_small_judges_by_proxy():
    found = preset("small", "language")
    assert isinstance(found.judge, ProxyTraining)
    efforts = found.method.efforts
    assert found.judge.begin_study({}, found.training, efforts).stands_for(efforts[0])
