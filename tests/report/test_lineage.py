"""How the best node came to be, and what it computes."""

from dataclasses import replace

import pytest

from cellcolony.report.sections.equations import equations
from cellcolony.report.sections.lineage import compressed, lineage
from cellcolony.report.sections.species import species
from cellcolony.report.terminal import render
from cellcolony.runs.open import open_run
from tests.report.rendered import rendered
from tests.runs.fakes import faked
from tests.runs.settings import SEARCH, nodes, text_in


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    with faked():
        nodes(text_in(folder), (SEARCH,)).run(out=folder / "run", executor="threads")
    return folder / "run"


@pytest.fixture
def result(run):
    """The study, read anew for each test."""
    return open_run(run)


def ancestors(result, number=None):
    """Return the lines of a lineage."""
    if number is not None:
        result = with_best(result, number)
    text = rendered(render(lineage(result)))
    return [line.rstrip() for line in text.splitlines()]


def with_best(result, number):
    """Return a study whose best node has another number."""
    other = replace(result, front=(replace(result.chosen, number=number),))
    vars(other)["history"] = result.history
    return other


def test_the_equations_say_what_the_node_computes(result):
    text = rendered(render(equations(result)))
    assert f"Node {result.chosen.number}: {result.best.n_elements} elements" in text
    assert "yₜ" in text
    assert "yₜ₋₁" in text


def test_the_lineage_leads_from_a_first_tree_to_the_winner(result):
    lines = [line for line in ancestors(result) if line.startswith("node ")]
    assert lines[0].endswith("start")
    assert lines[-1].startswith(f"node {result.chosen.number} ")
    assert len(lines) == len(list(result.history.lineage(result.chosen.number))) > 1


def test_a_second_parent_is_named(result):
    mated = next(
        one for one in result.history.candidates if len(one.parents) == 2 and one.loss is not None
    )
    assert any(
        line.endswith(f"with {mated.parents[1]}") for line in ancestors(result, mated.number)
    )


def test_a_long_lineage_shows_its_first_and_its_last(result):
    first = result.history.candidates[0]
    chain = [replace(first, number=i, parents=(i - 1,) if i else ()) for i in range(100)]
    result.history.candidates = chain
    text = ancestors(result, 99)
    assert any("80 more" in line for line in text)
    assert len(text) < 30


def test_a_search_that_does_not_say_how_candidates_are_made_has_no_lineage(result):
    silent = [replace(one, how={}) for one in result.history.candidates]
    result.history.candidates = silent
    assert lineage(result) == []


def test_a_run_shows_the_generations_of_its_search(result):
    generations, kinds = species(result)
    assert [row[0] for row in generations.rows] == ["0", "1", "2", "3"]
    assert sum(int(row[1]) for row in generations.rows) == result.n_done == 48
    assert sum(int(row[2]) for row in generations.rows) == result.n_failed
    assert kinds.rows


def test_operations_that_follow_each_other_are_counted():
    operations = ("crossover", "insert", "insert", "insert", "shrink")
    assert compressed(operations) == "crossover, insert x 3, shrink"
    assert compressed(()) == ""
