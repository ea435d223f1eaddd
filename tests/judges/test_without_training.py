"""Judges that do not train: candidates as they are, and screening by random weights."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.judges import JUDGES
from cellcolony.judges.evaluate import NOT_FINITE, STOPPED
from cellcolony.judges.mrs import Screening, mrs_score
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.networks import begin_for_forecast
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import score
from cellcolony.store.encoding import decode, encode
from tests.networks.test_train import echo_series

NETWORK = fixed_network(["simple"], 2, 1, output_cell="linear")
NETWORK = NETWORK.with_weights(np.linspace(-0.5, 0.5, NETWORK.n_all_weights))


class Task:
    """A task of two series of each split."""

    def series(self, split, residual):
        rng = np.random.default_rng(split == "train")
        return [echo_series(rng, 60 if split == "train" else 40)]


def train(**options):
    return begin_for_forecast(Task(), Protocol(epochs=1, window=20), 0, Caps(), (), **options)


def worker(judge, stopped=False):
    begin = pickle.loads(pickle.dumps(judge.begin(train)))  # it is sent to other processes
    return begin(np.full(1, stopped, np.uint8))


def test_a_candidate_is_scored_with_its_own_weights_and_leads_by_the_training_rows():
    verdict = worker(JUDGES["evaluate"]())(Candidate(0, NETWORK))
    train_error, valid_error = (
        score(NETWORK, Task().series(split, True))[0].mean() for split in ("train", "valid")
    )
    assert (verdict.loss, verdict.guide) == pytest.approx((valid_error, train_error), rel=1e-5)
    assert verdict.curve == (verdict.loss,)
    assert (verdict.n_epochs, verdict.n_steps, verdict.failure) == (0, 0, None)
    np.testing.assert_array_equal(verdict.weights, NETWORK.weights)
    told = verdict.for_method()
    assert (told.loss, told.guide) == (verdict.guide, None)


def test_several_candidates_are_scored_as_each_alone_to_the_bit():
    judge = worker(JUDGES["evaluate"]())
    huge = NETWORK.with_weights(np.full(NETWORK.n_all_weights, 3e38))
    weights = np.linspace(-0.5, 0.5, NETWORK.n_all_weights)
    others = [NETWORK.with_weights(factor * weights) for factor in (1, -0.5, 2)]
    candidates = tuple(Candidate(i, one) for i, one in enumerate([*others, huge]))
    together = judge(candidates)
    for verdict, candidate in zip(together, candidates, strict=True):
        alone = judge(candidate)
        assert (verdict.loss, verdict.guide, verdict.failure) == (
            alone.loss, alone.guide, alone.failure,
        )  # fmt: skip
    assert [one.failure for one in together] == [None, None, None, NOT_FINITE]


def test_one_candidate_that_does_not_fit_the_data_spoils_no_other():
    judge = worker(JUDGES["evaluate"]())
    other = fixed_network(["simple"], 3, 1, output_cell="linear")
    other = other.with_weights(np.zeros(other.n_all_weights))
    first, second = judge((Candidate(0, NETWORK), Candidate(1, other)))
    assert first.failure is None
    assert second.failure is not None


def test_a_network_that_cannot_be_scored_fails():
    judge = worker(JUDGES["evaluate"]())
    huge = NETWORK.with_weights(np.full(NETWORK.n_all_weights, 3e38))
    assert judge(Candidate(0, huge)).failure == NOT_FINITE
    assert "weights to be scored" in judge(Candidate(0, replace(NETWORK, weights=None))).failure
    assert worker(JUDGES["evaluate"](), stopped=True)(Candidate(0, NETWORK)).failure == STOPPED
    assert worker(Screening(), stopped=True)(Candidate(0, NETWORK)).failure == STOPPED


@pytest.mark.parametrize(("mean", "deviation"), [(0.3, 0.1), (0.05, 0.02), (0.9, 0.4)])
def test_the_score_is_the_logarithm_of_the_truncated_normal_distribution(mean, deviation):
    errors = np.array([mean - deviation, mean + deviation])
    normal = stats.norm(mean, deviation)
    expected = (normal.cdf(0.01) - normal.cdf(0)) / (normal.cdf(1) - normal.cdf(0))
    assert mrs_score(errors) == pytest.approx(math.log(expected), rel=1e-6)


def test_a_lower_mean_or_a_larger_deviation_scores_better_and_extremes_have_a_score():
    assert mrs_score(np.array([0.2, 0.4])) > mrs_score(np.array([0.4, 0.6]))
    assert mrs_score(np.array([0.1, 0.5])) > mrs_score(np.array([0.29, 0.31]))
    assert math.isfinite(mrs_score(np.array([90.0, 110.0])))
    assert math.isfinite(mrs_score(np.array([0.5, 0.5])))


def test_screening_leads_by_minus_the_score_and_the_loss_is_that_of_the_candidates_own_weights():
    judge = worker(Screening(draws=20))
    verdict = judge(Candidate(4, NETWORK))
    assert verdict.guide > 0
    own = score(NETWORK, Task().series("valid", True))[0].mean()
    assert verdict.loss == pytest.approx(own, rel=1e-5)
    assert verdict.n_epochs == 0
    assert judge(Candidate(4, NETWORK)).guide == verdict.guide
    assert judge(Candidate(5, NETWORK)).guide != verdict.guide
    trained = judge(Candidate(6, NETWORK, how={"promoted": 4}))
    assert (trained.n_epochs, trained.guide) == (1, None)


def screened(guide):
    return Evaluation(0.5, NETWORK.weights, (0.5,), guide=guide)


def test_the_best_share_of_the_scores_is_trained_and_told_when_that_is_done():
    referee = Screening(share=0.5).referee()
    candidates = [Candidate(number, NETWORK) for number in range(4)]
    told = [
        referee.tell(one, screened(guide))
        for one, guide in zip(candidates, (3.0, 4.0, 2.0, 5.0), strict=True)
    ]
    assert [len(one) for one in told] == [0, 1, 0, 1]  # the first is the best of one
    referee = Screening(share=0.5).restore(decode(*encode(referee.state())))
    first, second, nobody = (referee.ask(number) for number in (4, 5, 6))
    assert nobody is None
    assert first is not None
    assert second is not None
    assert (first.number, first.parents, first.how["promoted"]) == (4, (0,), 0)
    np.testing.assert_array_equal(first.genome.weights, NETWORK.weights)
    trained = Evaluation(0.1, NETWORK.weights, (0.5, 0.1))
    ((number, led),) = referee.tell(second, trained)
    assert (number, led.loss, led.guide, led.n_epochs) == (2, 0.1, 2.0, 1)
    failed = Evaluation.failed("diverged")
    assert referee.tell(first, failed) == [(0, failed)]
    assert referee.tell(Candidate(6, NETWORK), failed) == [(6, failed)]


def test_what_waits_for_its_training_comes_back_whole():
    teacher = NETWORK.with_weights(np.ones(NETWORK.n_all_weights))
    one = Candidate(
        0, NETWORK, (), {"made": "elite"}, 3, rate=0.5, teacher=teacher, weight_decay=0.1
    )
    referee = Screening().referee()
    assert referee.tell(one, screened(3.0)) == []
    again = Screening().restore(decode(*encode(referee.state()))).ask(1)
    assert again is not None
    assert again.teacher is not None
    assert (again.effort, again.rate, again.how["made"]) == (3, 0.5, "elite")
    assert again.weight_decay == 0.1
    assert (again.genome.digest, again.teacher.digest) == (NETWORK.digest, teacher.digest)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state["due"][0].update(rate=0.0),
        lambda state: state["due"][0].update(weight_decay=-1.0),
        lambda state: state.update(scores=np.array([np.nan])),
        lambda state: state["training"].clear(),
        lambda state: state["due"][0].update(effort=0),
        lambda state: state["due"][0].update(weights=np.zeros(1, np.float32)),
    ],
)
def test_a_saved_screening_that_cannot_be_is_refused(damage):
    referee = Screening().referee()
    referee.tell(Candidate(0, NETWORK), screened(3.0))
    state = decode(*encode(referee.state()))
    damage(state)
    with pytest.raises(ValueError, match=r"sound|effort|shape|above 0|decay"):
        Screening().restore(state)


def test_nodes_are_not_judged_without_training():
    texts = pytest.importorskip("cellcolony.judges.training.texts")
    with pytest.raises(ConfigError, match="a node has none"):
        texts.begin_judging(None, None, 0, Caps(), (), untrained=True)
