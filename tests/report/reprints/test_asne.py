"""The tables and figures of the Ant Swarm paper are those of the runs that are there."""

import csv
from typing import Any

import pytest

from cellcolony.errors import ConfigError
from cellcolony.report.reprints import REPRINTS, wanted
from cellcolony.report.reprints.asne import halves
from cellcolony.report.reprints.experiments import Experiments
from cellcolony.report.reprints.published import N_CONFIGURATIONS, TABLE_1, TOPS
from cellcolony.runs.battery.plan import parse_battery
from cellcolony.runs.battery.record import Record

BATTERY = """
preset = "paper"
repeats = 2
budget = "1 network"
data = "demo"
[[axis]]
name = "ants"
levels = [{ label = "40 ants", n_ants = 40 }, { label = "20 ants", n_ants = 20 }]
[[axis]]
name = "weights"
levels = [{ label = "no phi", weights = "none" }, { label = "phi function", weights = "function" }]
[[axis]]
name = "traversal"
levels = [
  { label = "standard", groups = ["standard", "jumping"], species = ["standard"] },
  { label = "explorer", groups = ["explorer", "no jumping"], species = ["explorer"] },
]
[[configuration]]
label = "fixed"
method = "fixed"
budget = "5 networks"
"""
ERRORS = {  # without the number of ants
    "no phi, standard": 0.4,
    "no phi, explorer": 0.3,
    "phi function, standard": 0.2,
    "phi function, explorer": 0.1,
}


@pytest.fixture(scope="module")
def experiments():
    battery = parse_battery(BATTERY, "asne.toml", {})
    records = [
        Record(
            one.label, dict(one.levels), repeat, repeat, 1.0,
            valid=ERRORS.get(one.label.partition(" ants, ")[2], 0.25) + repeat / 100,
            n_weights=10, n_edges=8 if "explorer" in one.label else 16, n_recurrent_edges=2,
        )
        for one, repeat in battery.jobs()
    ]  # fmt: skip
    return Experiments.of(battery, records)


def rows(name, experiments) -> dict[Any, dict[str, Any]]:
    (table,) = REPRINTS[name].tables(experiments)
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def test_what_applies_one_heuristic_alone_has_the_first_number_of_ants(experiments):
    names = {name: one.label for name, one in experiments.alone_and("fixed")}
    assert names == {
        "plain": "40 ants, no phi, standard",
        "explorer": "40 ants, no phi, explorer",
        "phi function": "40 ants, phi function, standard",
        "fixed": "fixed",
    }
    assert next(iter(names)) == "plain"


def test_table_1_counts_heuristics_in_the_same_shares_of_a_smaller_grid(experiments):
    (table,) = REPRINTS["asne_table_1"].tables(experiments)
    found = {row[0]: row for row in table.rows}
    places = {name: place for place, name in enumerate(table.columns)}
    # 500 of 1,600 are 2.5 of 8, so 2; the best two are those of both numbers of ants.
    assert round(500 * 8 / N_CONFIGURATIONS) == 2
    assert "top 2 by mean" in places
    last = -1 - 3 * len(TOPS) - 3 * len(TOPS)  # the last column of our own counts: by best
    assert found["explorer"][last] == 2
    assert found["phi function"][last] == 2
    assert found["no phi"][last] == 0
    alone = found["phi function"][-1 - 3 * len(TOPS)]
    assert alone == 0, "the best two apply two heuristics each"
    assert found["explorer"][-3:] == TABLE_1["explorer"][-1]
    assert found["20 ants"][1] == 4
    assert "fixed" not in found


def test_the_published_counts_fit_the_tops_that_they_are_of():
    for name, counts in TABLE_1.items():
        assert len(counts) == len(TOPS)
        for top, of_top in zip(TOPS, counts, strict=True):
            assert max(of_top) <= top, name
    for group in (("jumping", "no jumping"), ("20 ants", "40 ants", "80 ants", "160 ants")):
        for place, top in enumerate(TOPS):
            assert sum(TABLE_1[name][place][0] for name in group) == top


def test_edges_are_held_against_the_plain_configuration(experiments):
    found = rows("asne_table_2", experiments)
    assert found["plain"]["mean"] == 16
    assert found["explorer"]["reduced by %"] == 50
    assert rows("asne_table_3", experiments)["explorer"]["reduced by %"] == 0


def test_claims_are_paired_over_what_is_alike_else_and_corrected(experiments):
    found = rows("asne_claims", experiments)
    phi = found["phi by function pays"]
    assert (phi["pairs"], phi["wins"]) == (4, 4)
    assert phi["difference %"] < 0
    assert phi["verdict"] == "not decided", "four pairs cannot give a p below 0.05"
    assert phi["p (Holm)"] >= phi["p"]
    assert "layer jumping pays" not in found, "no two differ in jumping alone"
    assert found["the best colony beats fixed"]["pairs"] == 2


JUMPS = {
    "standard": ["standard", "jumping"],
    "explorer": ["explorer", "no jumping"],
    "explorer jumping": ["explorer", "jumping"],
    "explorer+forward jumping": ["explorer+forward", "jumping"],
}


def test_a_claim_is_held_against_pairs_that_differ_in_nothing_else():
    levels = ",\n".join(
        f'{{ label = "{label}", groups = {groups}, jumping = {jumps} }}'
        for label, groups in JUMPS.items()
        for jumps in ("false" if "no jumping" in groups else "true",)
    )
    text = BATTERY[: BATTERY.index('[[axis]]\nname = "traversal"')]
    battery = parse_battery(
        f'{text}[[axis]]\nname = "traversal"\nlevels = [{levels}]', "asne.toml", {}
    )
    # Explorers are worse where they jump, and all others that jump are far better.
    errors = {"explorer": 0.3, "explorer jumping": 0.4}
    records = [
        Record(one.label, dict(one.levels), repeat, repeat, 1.0,
               valid=errors.get(one.levels[-1].name, 0.1))
        for one, repeat in battery.jobs()
    ]  # fmt: skip
    found = rows("asne_claims", Experiments.of(battery, records))
    jumping = found["layer jumping pays"]
    assert (jumping["pairs"], jumping["wins"]) == (4, 0)
    assert jumping["difference %"] == pytest.approx(100 / 3)
    social = found["social ants beat explorers alone"]
    assert social["pairs"] == 4
    assert social["difference %"] == pytest.approx(-75), "of explorers that jump"


def test_figures_are_drawn_with_the_numbers_beside_them(experiments, tmp_path):
    for number in (3, 4, 5):
        one = REPRINTS[f"asne_figure_{number}"]
        path = tmp_path / f"{number}.svg"
        assert one.figure is not None
        assert one.figure(experiments, path)
        text = path.read_text()
        for row in next(iter(one.tables(experiments))).rows:
            assert f"<!-- {row[0]} -->" in text
    empty = Experiments(experiments.battery, ())
    figure = REPRINTS["asne_figure_3"].figure
    assert figure is not None
    assert not figure(empty, tmp_path / "none.svg")
    of_paper = [one for name in REPRINTS.names() if (one := REPRINTS[name]).paper == "asne"]
    assert all(not list(one.tables(empty)) for one in of_paper)


def test_the_appendix_has_every_experiment(experiments):
    (table,) = REPRINTS["asne_appendix"].tables(experiments)
    assert [row[0] for row in table.rows][:2] == ["fixed", "40 ants, phi function, explorer"]
    assert len(table.rows) == 9


def test_what_there_is_not_is_refused_with_what_there_is():
    with pytest.raises(ConfigError, match=r"no reprint '--table 9'. There are: .*--table 1"):
        wanted("asne", ["--table 9"])
    with pytest.raises(ConfigError, match="must be one of: asne"):
        wanted("nodes", [])
    assert len(wanted("asne", [])) == 8


def test_one_file_is_cut_into_halves(tmp_path):
    path = tmp_path / "burner.csv"
    path.write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(5)))
    (first,), (second,) = halves([str(path)], tmp_path / "data")
    with open(first, newline="") as one, open(second, newline="") as other:
        numbers = [[row["a"] for row in csv.DictReader(file)] for file in (one, other)]
    assert numbers == [["0", "1"], ["3", "4"]]
    with pytest.raises(ConfigError, match="--valid"):
        halves(["a.csv", "b.csv"], tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        halves([str(tmp_path / "missing.csv")], tmp_path)
