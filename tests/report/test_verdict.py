"""What the report says of who won, and how sure that is."""

import re
from dataclasses import replace

import pytest

from cellcolony.report.sections.verdict import verdict
from cellcolony.runs.studies import study_of
from tests.report.results import final, model_result, node_result, text_of
from tests.runs.fakes import faked
from tests.runs.settings import CANDIDATE, FINAL, NODES, nodes, text_in


def said(*finals, **valid):
    return verdict(node_result(*finals, valid=valid)).text


def test_the_evolved_node_wins_where_its_test_perplexity_is_lowest():
    result = node_result(final("evolved node", 90.0), final("lstm", 100.0), final("gru", 110.0))
    found = verdict(result)
    assert found.is_won
    assert found.text.startswith(
        "The evolved node wins: its test perplexity is 10.0 % below that of lstm. "
    )


def test_a_rival_that_wins_is_said_to_have_won_and_validation_says_what_to_use():
    ours, lstm, gru = final("evolved node", 100.0), final("lstm", 90.0), final("gru", 92.0)
    text = said(ours, lstm, gru, lstm=95.0, gru=80.0)
    assert text.startswith("A plain rival wins: the test perplexity of lstm is 10.0 % below")
    assert "the search has found nothing better" in text
    assert "use gru, which validation, made for choosing, puts first" in text
    assert "or use lstm." in said(ours, lstm)
    ahead = verdict(node_result(ours, lstm, valid={"evolved node": 70.0}))
    assert "or use lstm (on validation the evolved node was ahead)." in ahead.text
    assert not ahead.is_won


def test_random_search_that_wins_is_called_chance():
    text = said(final("evolved node", 100.0), final("random search", 80.0), final("lstm", 90.0))
    assert text.startswith("Chance wins: the test perplexity of random search is 20.0 %")


def test_a_tie_goes_to_the_simpler():
    text = said(final("evolved node", 100.0), final("lstm", 100.0))
    assert text == "The evolved node is no better than lstm, which is simpler: use that."


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        ([90.0], [100.0], "With one seed each the difference may be luck"),
        ([90.0, 91.0], [100.0, 101.0], "The difference is larger than what the seeds make"),
        ([102.0, 103.0], [100.0, 101.0], "The difference is larger than what the seeds make"),
        ([90.0, 101.0], [100.0, 102.0], "so the difference may be luck: see --n-seeds"),
    ],
)
def test_the_seeds_say_how_sure_it_is(ours, theirs, message):
    finals = [final("evolved node", one, seed) for seed, one in enumerate(ours)]
    finals += [final("lstm", one, seed) for seed, one in enumerate(theirs)]
    assert message in said(*finals)


def test_a_rival_without_chance_has_one_value_for_all_seeds():
    ours = [final("evolved node", 90.0), final("evolved node", 120.0, 1)]
    assert "Their seeds overlap" in said(*ours, final("how often each word comes", 110.0, None))
    assert "The difference is larger" in said(*ours, final("how often each word comes", 80.0, None))


def test_a_failure_of_the_evolved_node_speaks_against_it():
    failed = final("evolved node", None, failure="it diverged")
    found = verdict(node_result(failed, final("lstm", 90.0)))
    assert found.text == (
        "The final training of the evolved node failed: it diverged. It cannot be judged."
    )
    assert not found.is_won


def test_rivals_that_failed_do_not_win_and_are_named():
    ours, failed = final("evolved node", 90.0), final("lstm", None, failure="it diverged")
    assert "that of gru" in said(ours, failed, final("gru", 95.0))
    assert said(ours, failed) == (
        "No rival was scored on the test split, so the evolved node cannot be judged."
    )
    assert said(ours) == "No rival was trained, so the evolved node cannot be judged."
    shown = text_of(node_result(ours, failed, final("gru", 95.0)))
    assert "A training of lstm failed: it diverged." in shown


def test_one_model_is_compared_with_how_often_each_word_comes():
    unigram = final("how often each word comes", 100.0, None)
    better = verdict(model_result(final("own", 80.0), unigram))
    assert (
        better.text == "The test perplexity of own is 20.0 % below that of " + unigram.model + "."
    )
    assert better.is_won
    worse = verdict(model_result(final("own", 200.0), unigram))
    assert "own, which has learned nothing of use" in worse.text
    assert not worse.is_won


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search for nodes, and all that follows, in which no language model was trained."""
    folder = tmp_path_factory.mktemp("reported")
    with faked():
        return nodes(text_in(folder)).run(out=folder / "run", executor="threads")


def test_the_report_keeps_search_and_final_perplexities_apart(searched):
    text = re.sub(r"\s+", " ", text_of(searched, 200))
    for part in ("search, valid", "valid perplexity", "test perplexity", "over seeds",
                 "Search perplexity: one training of 2 epochs, 1 x 4 units",
                 "Final perplexity: 5 epochs, 1 x 4 units",
                 "Random search over the same space had 48 candidates too",
                 "front elements search, valid perplexity"):  # fmt: skip
        assert part in text
    titles = [model.model for model in searched.models]
    assert titles[:2] == ["evolved node", "random search"]
    assert {"lstm", "gru", "nascell"} < set(titles)


def test_a_run_in_which_rivals_are_better_says_so(searched):
    better = [replace(one, value=1.0) if one.model == "lstm" else one for one in searched.scores]
    text = text_of(replace(searched, scores=tuple(better)))
    assert "A plain rival wins" in text
    assert "The evolved node wins" not in text


def test_a_tuned_rival_is_said_to_have_been_tuned(tmp_path):
    with faked(only_nodes=True):
        study = study_of(
            text_in(tmp_path), NODES, training=CANDIDATE, final_training=FINAL,
            rivals=("lstm",), tuned=("lstm",),
        )  # fmt: skip
        result = study.run(out=tmp_path / "run", executor="threads")
    assert "Tuned lstm had" not in text_of(result)
    told = [
        replace(one, recipe="learning_rate=0.01 clip=5 bound=0.2") if "tuned" in one.model else one
        for one in result.scores
    ]
    text = re.sub(r"\s+", " ", text_of(replace(result, scores=tuple(told))))
    assert "Tuned lstm had" in text
    assert "it is --learning-rate 0.01 --clip 5 --bound 0.2." in text


def test_a_run_that_has_not_ended_shows_its_front_and_how_to_go_on(searched):
    own = tuple(one for one in searched.scores if one.stage == "search" and one.candidate)
    text = text_of(replace(searched, scores=own, outcome=None), 200)
    assert "The study has not ended: no test scores yet" in text
    assert "cellcolony resume" in text
    assert "The best node of each size" in text
    assert "wins" not in text
