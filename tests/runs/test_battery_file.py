from pathlib import Path

import pytest

from cellcolony.errors import ConfigError
from cellcolony.networks.protocol import protocol
from cellcolony.runs.battery import battery_names, read_battery
from cellcolony.runs.battery.plan import parse_battery
from cellcolony.search.ants import AntSwarm
from cellcolony.search.nodes import NodeEvolution, RandomTrees
from cellcolony.search.random import RandomSearch
from tests.runs.batteries import QUICK, TEXT

CONFIGURED = '[[configuration]]\nlabel = "one"\n'
BASE = 'budget = "1 network"\ndata = "demo"\n'


def parse(text, overrides=None):
    return parse_battery(text, "mine.toml", overrides or {})


def test_the_paper_has_1600_distinct_configurations_of_10_repeats_and_2000_networks():
    battery = read_battery("paper", {"data": "demo"})
    assert len(battery.configurations) == 1600
    assert len({one.settings for one in battery.configurations}) == 1600
    assert len({one.label for one in battery.configurations}) == 1600
    assert (battery.repeats, battery.budget.n_networks) == (10, 2000)
    assert {one.settings.n_ants for one in battery.configurations} == {20, 40, 80, 160}
    assert all(one.training == protocol("paper") for one in battery.configurations)


def test_the_paper_counts_levels_among_the_rows_of_its_table_1():
    battery = read_battery("paper", {"data": "demo"})
    n_of = {}
    for one in battery.configurations:
        for _, name in one.groups:
            n_of[name] = n_of.get(name, 0) + 1
    # papers/FACTS.md A6: standard ants jump; two of ten traversals are theirs
    assert n_of["jumping"] == 960
    assert n_of["no jumping"] == 640
    assert n_of["L1"] == n_of["L2"] == 600
    assert n_of["phi constant"] == 960
    assert n_of["explorer+forward"] == 320
    assert n_of["standard"] == 160


@pytest.mark.parametrize("name", battery_names())
def test_every_battery_that_comes_with_the_program_can_be_read(name):
    battery = read_battery(name, {"data": "demo"})
    distinct = {(one.search, one.training) for one in battery.configurations}
    assert len(distinct) == len(battery.configurations) > 1


def test_the_paper_asks_for_data():
    with pytest.raises(ConfigError, match=r"paper.toml: there is no data.*--target"):
        read_battery("paper")


def test_the_preset_says_how_columns_are_scaled_unless_the_data_do():
    files = {"files": "a.csv", "target": "x"}
    own = {"scale": "unit", "holds_out_test": False, "calendar": False}
    assert read_battery("paper", {"data": files}).data.options == {**files, **own}
    none = {**files, "scale": "none"}
    assert read_battery("paper", {"data": none}).data.options == {**own, **none}


def test_settings_are_laid_over_each_other_from_preset_to_configuration():
    battery = parse(
        BASE
        + 'preset = "paper"\n[method]\nname = "ants"\nn_ants = 7\nmax_skip = 1\n'
        + '[[configuration]]\nlabel = "a"\n'
        + 'max_skip = 5\n[[configuration]]\nlabel = "b"\ntraining = {epochs = 3}\n'
        + '[[configuration]]\nlabel = "c"\ntraining = {name = "modern", epochs = 4}\n'
    )
    a, b, c = battery.configurations
    assert (a.settings.n_ants, a.settings.max_skip, a.settings.pheromone) == (7, 5, "l2")
    assert a.training == protocol("paper")
    assert (b.training.name, b.training.epochs, b.training.optimizer) == ("paper", 3, "nesterov")
    assert (c.training.name, c.training.epochs, c.training.optimizer) == ("modern", 4, "adam")


def test_a_grid_is_the_product_of_its_axes_and_the_last_one_turns_fastest():
    battery = parse(
        BASE
        + '[[axis]]\nname = "ants"\nlevels = [{label = "few", n_ants = 1}, {label = "many"}]\n'
        + '[[axis]]\nname = "skip"\nlevels = [{label = "1", max_skip = 1}, {label = "2"}]\n'
        + CONFIGURED
    )
    labels = [one.label for one in battery.configurations]
    assert labels == ["few, 1", "few, 2", "many, 1", "many, 2", "one"]
    assert dict(battery.configurations[1].levels) == {"ants": "few", "skip": "2"}


def test_the_work_is_ordered_by_repeat():
    battery = parse(QUICK)
    order = [(one.label, repeat) for one, repeat in battery.jobs()]
    labels = ["none", "handed down", "random"]
    assert order == [(label, repeat) for repeat in (0, 1) for label in labels]


def test_random_search_walks_the_superstructure_of_its_configuration():
    *_, last = parse(QUICK).configurations
    assert last.search == RandomSearch(last.settings)
    assert last.settings.n_nodes_per_layer == 3


def test_without_settings_a_configuration_is_the_default_search():
    (one,) = parse(BASE + CONFIGURED).configurations
    assert one.search == AntSwarm()
    assert one.training == protocol("modern")


def test_the_command_line_stands_above_the_file():
    overrides = {"repeats": 5, "budget": ["2min"], "data": {"files": ["b.csv"]}}
    battery = parse(QUICK.replace('target = "wave"', 'target = "wave"\ntest = "t.csv"'), overrides)
    assert battery.repeats == 5
    assert battery.budget.seconds == 120
    assert battery.data.options == {"files": ["b.csv"], "target": "wave"}  # `test` went with a.csv


def test_two_axes_may_set_different_settings_of_the_training():
    text = (
        BASE
        + """
[[axis]]
name = "epochs"
levels = [{label = "1", training = {epochs = 1}}, {label = "2", training = {epochs = 2}}]
[[axis]]
name = "rate"
levels = [{label = "low", training = {learning_rate = 0.001}}]
"""
    )
    found = [
        (one.training.epochs, one.training.learning_rate) for one in parse(text).configurations
    ]
    assert found == [(1, 0.001), (2, 0.001)]


def test_a_battery_of_texts_searches_for_nodes():
    evolution, random = parse(TEXT).configurations
    assert evolution.search == NodeEvolution(population=2, generations=1)
    assert random.search == RandomTrees(evolution.search)
    assert evolution.training.model.hidden == 4
    assert parse(TEXT).title == "search perplexity"
    assert parse(TEXT).data.options["vocabulary"] == 50


def test_a_final_training_is_the_configurations_own_but_for_what_the_file_says():
    one, _ = parse(TEXT + "[final]\nschedule = {epochs = 7}").configurations
    assert (one.final.schedule.epochs, one.final.schedule.batch) == (7, 4)
    assert one.final.model.hidden == one.training.model.hidden == 4
    assert one.final.model.dropout == 0.2  # as the preset says
    assert parse(TEXT + "[final]").title == "final perplexity"


def test_files_of_the_command_line_are_the_texts_of_a_battery_of_texts():
    options = parse(TEXT, {"data": {"files": ["b.txt"]}}).data.options
    assert options["train"] == ["b.txt"]
    assert "files" not in options


def test_a_method_that_ends_by_itself_needs_no_budget():
    alone = TEXT.split('[[configuration]]\nlabel = "random"')[0]
    alone = alone.replace('budget = "2 candidates"', "").replace('baseline = "random"', "")
    assert parse(alone).budget.is_open
    with pytest.raises(ConfigError, match=r"`budget` is missing.*'random-trees'"):
        parse(TEXT.replace('budget = "2 candidates"', ""))


FAULTS = {
    "repeat = 2\n" + BASE + CONFIGURED: "mine.toml: there is no setting `repeat`.*'repeats'",
    BASE + CONFIGURED + "n_ant = 3": "configuration 1.*`n_ant` .it is 3.*'n_ants'",
    BASE + CONFIGURED + "n_ants = 'many'": "configuration 1.*`n_ants` must be.*'many'",
    BASE + CONFIGURED + "pheromone = 'l3'": "configuration 1.*no pheromone scheme 'l3'",
    BASE + CONFIGURED + "method = 'randm'": "`method` must be one of.*'random'",
    BASE + CONFIGURED + "training = 'modem'": "no protocol 'modem'.*'modern'",
    BASE + CONFIGURED + "training = {epoch = 3}": "training: there is no setting `epoch`.*'epochs'",
    BASE + CONFIGURED + "training = {epochs = 'x'}": "`epochs` must be a whole number.*'x'",
    BASE + CONFIGURED + "training = 3": "`training` must be a name or a table.*3",
    BASE + CONFIGURED + CONFIGURED: "configuration 'one' stands 2 times",
    BASE + "baseline = 'on'\n" + CONFIGURED: "`baseline` must be.*'one'",
    BASE + "preset = 'papr'\n" + CONFIGURED: "no preset 'papr'.*'paper'",
    BASE + "repeats = 0\n" + CONFIGURED: "`repeats` must be a whole number of at least 1",
    BASE + "repeats = true\n" + CONFIGURED: "`repeats` must be a whole number",
    BASE + "[method]\nname = 'ants'\nspecie = ['explorer']\n" + CONFIGURED:
        r"\[method\].*`specie`.*'species'",
    BASE + CONFIGURED + "judge = 'ful'": "`name` must be.*'full'",
    BASE + CONFIGURED + "method = 'nodes'": "`method` must be one of: ants, .*random",
    BASE + CONFIGURED + "[final]": r"\[final\] is for texts",
    BASE + "[[axis]]\nname = 'a'\nlevels = []": "`levels` must hold at least one",
    BASE + "[[axis]]\nname = 'a'\nlevel = []": "axis 1: there is no setting `level`.*'levels'",
    BASE + "[[axis]]\nname = 'a'\nlevels = [{n_ants = 3}]": "levels 1: `label` is missing",
    BASE + "[[axis]]\nname = 'a'\nlevels = [{label = 'x'}]\n" * 2: "axis 'a' stands 2 times",
    BASE + "".join(
        f"[[axis]]\nname = '{name}'\nlevels = [{{label = 'x', n_ants = 3}}]\n" for name in "ab"
    ): "axes 'a' and 'b' both set `n_ants`",
    BASE + "".join(
        f"[[axis]]\nname = '{name}'\nlevels = [{{label = 'x', training = {level}}}]\n"
        for name, level in (("a", "{epochs = 3}"), ("b", "'paper'"))
    ): "axes 'a' and 'b' both set `training`",
    TEXT + "[[configuration]]\nlabel = 'lstm'\nmethod = 'model'":
        r"'model' searches for nothing.*\[final\]",
    TEXT.replace("words = 'x'", "").replace("tokens", "token"): r"\[data\].*`token`.*'tokens'",
    BASE + CONFIGURED + "groups = ['x', 'x']": "configuration 1: group 'x' stands 2 times",
    BASE + CONFIGURED + 'groups = "x\\ny"': "configuration 1: each group needs a name of one line",
    BASE: "nothing to run",
    BASE.replace("1 network", "soon") + CONFIGURED: "mine.toml: A budget is one of",
    'data = "demo"\n' + CONFIGURED: "`budget` is missing",
    'budget = "1 network"\n' + CONFIGURED: "there is no data",
    'budget = "1 network"\ndata = 3\n' + CONFIGURED:
        "`data` must be 'demo', 'demo-text', or a table",
    'budget = "1 network"\n[data]\nfile = "a"\n' + CONFIGURED: r"\[data\].*`file`.*'files'",
    'budget = "1 network"\n[data]\nfiles = "a"\n' + CONFIGURED: "`target` is missing",
    'budget = "1 network"\n[data]\nfiles = 3\ntarget = "x"\n' + CONFIGURED:
        "`files` must be a text or a list",
    "budget =": "mine.toml: expected TOML",
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named_with_its_file_its_place_and_the_nearest_name(text):
    with pytest.raises(ConfigError, match=FAULTS[text]) as caught:
        parse(text)
    assert str(caught.value).startswith("mine.toml")


def test_the_battery_in_the_guide_can_be_read():
    guide = (Path(__file__).parents[2] / "docs/how-to/guide.md").read_text("utf-8")
    text = guide.split("```toml\n")[1].split("```")[0]
    battery = parse(text)
    labels = [one.label for one in battery.configurations]
    assert labels == ["20 ants", "80 ants", "default", "random search"]


def test_a_battery_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"no battery 'papre'.*'paper'.*\.toml"):
        read_battery("papre")
    with pytest.raises(ConfigError, match=r"nothing\.toml: the file cannot be read"):
        read_battery("nothing.toml")
