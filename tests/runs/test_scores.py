import math
from dataclasses import replace

import pytest

from cellcolony.contract import Measure
from cellcolony.errors import RunError
from cellcolony.runs.scores import (
    CONTROL,
    EVOLVED,
    FINAL,
    RIVAL,
    SEARCH,
    Score,
    contenders,
    read_scores,
    scores_csv,
)  # fmt: skip

MAE = Measure("mae", "MAE", "scaled validation loss")
PERPLEXITY = Measure("perplexity", "perplexity", "loss", math.exp, geometric=True)


def score(model, split, target, value, candidate=None, **more):
    role = RIVAL if candidate is None else EVOLVED
    more = {"stage": SEARCH, "measure": "mae", "role": role, **more}
    return Score(
        model, split=split, target=target, value=value, candidate=candidate,
        n_weights=candidate or 10, n_rows=50, seconds=0.1 + 0.2, **more,
    )  # fmt: skip


SCORES = (
    score("network 4", "valid", 'a,"b"', 0.1, 4),
    score("network 4", "valid", "c", 0.3, 4),
    score("network 9", "valid", 'a,"b"', 0.1, 9),
    score("network 9", "valid", "c", 0.2, 9),
    score("network 9", "test", 'a,"b"', 0.5, 9),
    score("network 9", "test", "c", 0.7, 9),
    score("network 9", "test", "c", 0.9, 9, measure="mse"),
    score("ridge-1", "test", "c", 0.6),
    score("ridge-1", "valid", "c", math.inf),
    score("random search", "test", "c", 0.8, role=CONTROL, epochs=3),
)
OF_SEEDS = tuple(
    score(model, split, "", value, of, seed=seed, stage=FINAL, measure="perplexity")
    for model, of in (("lstm", None), ("evolved node", 9))
    for split in ("valid", "test")
    for seed, value in ((1, 4.0), (2, 9.0 if split == "test" else 16.0))
)


def test_scores_are_read_as_they_were_written(tmp_path):
    every = (*SCORES, *OF_SEEDS, score("GRU", "valid", "c", None, failure="it diverged, twice"))
    (tmp_path / "scores.csv").write_text(scores_csv(every), "utf-8")
    assert read_scores(tmp_path) == every


def test_models_are_compared_and_of_the_front_only_the_chosen_one():
    found = contenders(SCORES, chosen=9, measure=MAE)
    assert [(one.model, one.role) for one in found] == [
        ("network 9", EVOLVED), ("ridge-1", RIVAL), ("random search", CONTROL)
    ]  # fmt: skip


def test_several_targets_count_the_same():
    (ours, ridge, random) = contenders(SCORES, chosen=9, measure=MAE)
    assert ours.value("test") == pytest.approx(0.6)
    assert ours.value("test", "c") == 0.7
    assert ours.values("valid") == [0.1, 0.2]
    assert ours.other("mse", "test", "c") == 0.9
    assert ours.other("mse", "valid", "c") is None
    assert ridge.value("test") == 0.6
    assert random.value("valid") is None
    assert ours.reach is None


def test_the_mean_over_seeds_is_that_of_the_losses_and_its_reach_that_of_the_test():
    ours, lstm = contenders(OF_SEEDS, chosen=9, measure=PERPLEXITY)
    assert (ours.model, ours.stage) == ("evolved node", FINAL)
    assert lstm.value("test") == pytest.approx(6.0)
    assert lstm.value("valid") == pytest.approx(8.0)
    assert lstm.reach == (4.0, 9.0)
    assert lstm.seconds == pytest.approx(0.3)


def test_a_model_one_of_whose_trainings_failed_has_no_mean():
    failed = replace(OF_SEEDS[3], value=None, failure="it diverged")
    (lstm,) = contenders((*OF_SEEDS[:3], failed), chosen=None, measure=PERPLEXITY)
    assert lstm.value("test") is None
    assert lstm.value("valid") == pytest.approx(8.0)
    assert lstm.failure == "it diverged"


def test_once_there_are_final_trainings_nobody_is_compared_without_one():
    """The best of thousands of short trainings must not stand beside long ones."""
    found = contenders((*SCORES, *OF_SEEDS), chosen=9, measure=MAE)
    assert [one.model for one in found] == ["evolved node", "lstm"]


HEADER = "model,role,stage,split,measure,n_weights,n_rows,seconds,value,target,candidate"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "line 2.*`.*` is missing"),
        (f"{HEADER}\nx,boss,search,test,mae,1,1,0,1,c,\n", "`role`.*Got 'boss'"),
        (f"{HEADER}\nx,rival,early,test,mae,1,1,0,1,c,\n", "`stage`"),
        (f"{HEADER}\nx,rival,search,train,mae,1,1,0,1,c,\n", "`split`"),
        (f"{HEADER}\nx,rival,search,test,mae,1,1,0,-1,c,\n", "`value`"),
        (f"{HEADER}\nx,rival,search,test,mae,1,1,0,1e301,c,\n", "`value`"),
        (f"{HEADER}\nx,rival,search,test,mae,1,1,inf,1,c,\n", "`seconds`"),
        (f"{HEADER}\nx,rival,search,test,mae,1,-1,0,1,c,\n", "`n_rows`"),
        (f"{HEADER}\nx,rival,search,test,mae,1,1,0,1,c,../../secret\n", "`candidate`"),
    ],
)
def test_broken_scores_are_named(tmp_path, text, message):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(RunError, match=rf"(?s)scores\.csv.*{message}"):
        read_scores(tmp_path)


def test_before_anything_is_scored_there_are_no_scores(tmp_path):
    assert read_scores(tmp_path) == ()
