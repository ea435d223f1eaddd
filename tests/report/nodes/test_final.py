"""What the final report says of who won, and how sure that is."""

from dataclasses import replace
from functools import cache

import pytest
from cellcolony.report.nodes.final import Contender, contenders, node_report, verdict
from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.scores import NodeScore

from tests.report.rendered import rendered
from tests.runs.nodes.fakes import EVOLUTION, SETTINGS, make_bench, task_in


def score(model, test, seed=0, valid=None, search=150.0):
    return NodeScore(model, None, 100, seed, search, valid or test, test, 1.0)


def said(*scores):
    models = {}
    for one in scores:
        models.setdefault(one.model, []).append(one)
    return verdict([Contender.of(title, its) for title, its in models.items()])


def test_the_evolved_node_wins_where_its_test_perplexity_is_lowest():
    lines = said(score("evolved node", 90.0), score("lstm", 100.0), score("gru", 110.0))
    assert lines[0] == (
        "The evolved node wins: its final test perplexity is 10.0 % below that of lstm."
    )


def test_a_rival_that_wins_is_said_to_have_won_and_validation_says_what_to_use():
    lstm, gru = score("lstm", 90.0, valid=95.0), score("gru", 92.0, valid=80.0)
    lines = said(score("evolved node", 100.0), lstm, gru)
    assert lines[0].startswith("A rival wins: the final test perplexity of lstm is 10.0 % below")
    assert "the search has found nothing better" in lines[0]
    assert "use gru, which validation, made for choosing, puts first" in lines[0]
    assert "or use lstm." in said(score("evolved node", 100.0), lstm)[0]
    ahead = score("evolved node", 100.0, valid=70.0)
    assert "or use lstm (on validation the evolved node was ahead)." in said(ahead, lstm)[0]


def test_random_search_that_wins_is_called_chance():
    lines = said(score("evolved node", 100.0), score("random search", 80.0), score("lstm", 90.0))
    assert lines[0].startswith("Chance wins: the final test perplexity of random search is 20.0 %")


def test_a_tie_goes_to_the_simpler():
    lines = said(score("evolved node", 100.0), score("lstm", 100.0))
    assert lines == ["The evolved node is no better than lstm, which is simpler."]


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        ([90.0], [100.0], "With one seed each the difference may be luck"),
        ([90.0, 91.0], [100.0, 101.0], "All 2 seeds of the one lie below all of the other"),
        ([90.0, 101.0], [100.0, 102.0], "Their seeds overlap, so the difference may be luck"),
    ],
)
def test_the_seeds_say_how_sure_it_is(ours, theirs, message):
    scores = [score("evolved node", one, seed) for seed, one in enumerate(ours)]
    scores += [score("lstm", one, seed) for seed, one in enumerate(theirs)]
    assert message in said(*scores)[1]


def test_a_failure_of_the_evolved_node_speaks_against_it():
    failed = replace(score("evolved node", 1.0), final_test_perplexity=None, failure="it diverged")
    lines = said(failed, score("lstm", 90.0))
    assert lines == [
        "The final training of the evolved node failed: it diverged. Nothing speaks for it."
    ]


def test_rivals_that_failed_do_not_win():
    failed = replace(score("lstm", 1.0), final_test_perplexity=None, failure="it diverged")
    lines = said(score("evolved node", 90.0), failed, score("gru", 95.0))
    assert "that of gru" in lines[0]
    assert said(score("evolved node", 90.0), failed) == [
        "Nobody stands beside the evolved node: what it is worth is not known."
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A function that gives a run in which the evolved node has a loss of 4, and others another."""
    folder = tmp_path_factory.mktemp("reported")
    task = task_in(folder)

    @cache
    def run(others):
        out = folder / f"run-{others}"
        return evolve_node(
            task, EVOLUTION, out=out, executor="threads", make_bench=make_bench(others=others),
            **SETTINGS,
        )  # fmt: skip

    return run


def test_the_report_keeps_search_and_final_perplexities_apart(runs):
    result = runs(5.0)
    text = rendered(node_report(result))
    assert "search, valid" in text
    assert "final, valid" in text
    assert "final, test" in text
    assert "The evolved node wins" in text
    assert "Search perplexity: one training of 2 epochs, 1 x 4 units" in text
    assert "Final perplexity: 5 epochs" in text
    assert "Random search over the same trees had 48 trainings as well" in text
    assert "search perplexity, valid" in text  # of the front
    assert [model.title for model in contenders(result)][:2] == ["evolved node", "random search"]


def test_a_run_in_which_rivals_are_better_says_so(runs):
    text = rendered(node_report(runs(3.5)))
    assert "wins" in text
    assert "The evolved node wins" not in text


def test_a_run_that_has_not_ended_shows_its_front_and_how_to_go_on(runs):
    result = replace(runs(5.0), scores=(), outcome=None)
    text = rendered(node_report(result))
    assert "The run has not ended: no final perplexities yet" in text
    assert "cellcolony resume" in text
    assert "wins" not in text
