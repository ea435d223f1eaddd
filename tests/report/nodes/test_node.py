"""The best node as equations, and its ancestors."""

from dataclasses import replace

import pytest
from cellcolony.report.nodes.node import compressed, equations_of_node, lineage_table
from cellcolony.runs.nodes.evolve import evolve_node

from tests.report.rendered import rendered
from tests.runs.nodes.fakes import EVOLUTION, SETTINGS, make_bench, task_in


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    return evolve_node(
        task_in(folder), EVOLUTION, out=folder / "run", executor="threads", rivals=(),
        against=None, make_bench=make_bench(), **SETTINGS,
    )  # fmt: skip


def test_the_equations_say_what_the_node_computes(result):
    text = rendered(equations_of_node(result))
    assert f"Node {result.chosen.number}: {result.best.n_elements} elements" in text
    assert "yₜ" in text
    assert "yₜ₋₁" in text


def test_the_lineage_leads_from_a_first_tree_to_the_winner(result):
    lines = [
        line for line in rendered(lineage_table(result)).splitlines() if line.startswith("node ")
    ]
    assert lines[0].rstrip().endswith("start")
    assert lines[-1].startswith(f"node {result.chosen.number} ")
    assert len(lines) == len(result.lineage(result.chosen.number)) > 1


def test_a_second_parent_is_named(result):
    mated = next(one for one in result.history if len(one.parents) == 2 and one.loss is not None)
    champion = replace(result.chosen, number=mated.number)
    text = rendered(lineage_table(replace(result, front=(champion,))))
    assert f"with node {mated.parents[1]}" in text


def test_a_long_lineage_shows_its_first_and_its_last(result):
    chain = tuple(
        replace(result.history[0], number=i, parents=(i - 1,) if i else ()) for i in range(100)
    )
    champion = replace(result.chosen, number=99)
    text = rendered(lineage_table(replace(result, front=(champion,), history=chain)))
    assert "80 more" in text
    assert len(text.splitlines()) < 30


def test_operations_that_follow_each_other_are_counted():
    operations = ("crossover", "insert", "insert", "insert", "shrink")
    assert compressed(operations) == "crossover, insert x 3, shrink"
    assert compressed(()) == ""
