"""What a candidate is worth beside an ensemble, and the ensemble's files."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.judges.added import AddedFitness
from cellcolony.judges.added.judge import Adding
from cellcolony.judges.added.saved import (
    ARRAYS,
    FACTS,
    EnsembleFacts,
    Member,
    SavedEnsemble,
    read_files,
)
from cellcolony.judges.kept import checked, digest_of

N = 500
PLACES = np.arange(1, N + 1)
FACTS_OF_TWO = EnsembleFacts(
    task="a text", members=(Member("runs/a", "lstm-seed-0", 2), Member("runs/b", "gru-seed-1")),
    valid_perplexity=12.5, test_perplexity=13.0,
)  # fmt: skip


def told(seed):
    return np.random.default_rng(seed).uniform(0.01, 0.9, N).astype(np.float32)


def loss(told):
    return float(-np.log(told.astype(np.float64)).mean())


def test_the_guide_is_the_loss_of_the_ensemble_with_the_candidate():
    ours, own = told(0), told(1)
    mean = (3 * ours.astype(np.float64) + own) / 4
    assert Adding(ours, 3, 1.0).guide(own, PLACES) == pytest.approx(loss(mean), rel=1e-12)


def test_without_diversity_the_candidates_own_loss_ranks():
    ours = told(0)
    for own in (told(1), told(2)):
        expected = (3 * loss(ours) + loss(own)) / 4
        assert Adding(ours, 3, 0.0).guide(own, PLACES) == pytest.approx(expected, rel=1e-6)


def test_a_diverse_candidate_is_worth_more_than_a_copy_of_the_same_loss():
    ours = told(0)
    other = ours[::-1].copy()  # the same loss, and other tokens that are foretold well
    for diversity in (0.5, 1.0, 2.0):
        judge = Adding(ours, 2, diversity)
        assert judge.guide(other, PLACES) < judge.guide(ours, PLACES) - 1e-3
    gains = [Adding(ours, 2, one).guide(other, PLACES) for one in (0.5, 1.0, 2.0)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] - gains[1] == pytest.approx((gains[1] - gains[2]) / 2, rel=1e-6)


def test_tokens_are_told_apart_by_their_places():
    ours, own = told(0), told(1)
    order = np.random.default_rng(2).permutation(N)
    judge = Adding(ours, 1, 1.0)
    whole = judge.guide(own, PLACES)
    assert judge.guide(own[order], PLACES[order]) == pytest.approx(whole, rel=1e-12)
    assert judge.guide(own[order], PLACES) != pytest.approx(whole, rel=1e-3)


def test_a_token_that_a_candidate_deems_impossible_is_told_by_the_others():
    own = told(1)
    own[3] = 0
    assert np.isfinite(Adding(told(0), 1, 1.0).guide(own, PLACES))
    assert not np.isfinite(Adding(told(0), 1, 0.5).guide(own, PLACES))


def test_another_text_than_the_ensembles_is_refused():
    with pytest.raises(RunError, match="tells 500 tokens, and the validation text has 501"):
        Adding(told(0), 1, 1.0).guide(told(1), PLACES + 1)


def write(folder, files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_an_ensemble_is_read_as_it_was_written(tmp_path):
    saved = SavedEnsemble(FACTS_OF_TWO, told(0))
    files = read_files(write(tmp_path / "e", saved.files()))
    again = SavedEnsemble.of_files(files, "e")
    assert again.facts == FACTS_OF_TWO
    assert again.n == 3
    np.testing.assert_array_equal(again.probabilities, saved.probabilities)
    judge = AddedFitness(ensemble=str(tmp_path / "e"), diversity=2.0, digest=digest_of(files))
    assert judge.of_files(files, "e").diversity == 2.0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (FACTS, b""),
        (FACTS, b"{}"),
        (FACTS, b'{"format": 2, "task": "a", "members": []}'),
        (ARRAYS, b""),
        (ARRAYS, save({"other": np.ones(3, np.float32)})),
        (ARRAYS, save({"valid": np.ones((3, 3), np.float32)})),
        (ARRAYS, save({"valid": np.ones(3, np.float64)})),
        (ARRAYS, save({"valid": np.array([0.5, np.nan], np.float32)})),
        (ARRAYS, save({"valid": np.array([0.5, -0.1], np.float32)})),
        (ARRAYS, save({"valid": np.array([0.5, 2.0], np.float32)})),
    ],
)
def test_a_damaged_ensemble_is_named(name, content):
    files = {**SavedEnsemble(FACTS_OF_TWO, told(0)).files(), name: content}
    with pytest.raises(RunError, match="e: the ensemble"):
        SavedEnsemble.of_files(files, "e")


def test_a_folder_without_an_ensemble_says_how_to_make_one(tmp_path):
    with pytest.raises(RunError, match="cellcolony ensemble RUNS --out"):
        read_files(tmp_path)


def test_files_that_changed_since_the_study_began_are_refused(tmp_path):
    files = SavedEnsemble(FACTS_OF_TWO, told(0)).files()
    digest = digest_of(files)
    assert checked(files, digest, "e", "ensemble") == files
    assert digest_of(dict(reversed(files.items()))) == digest
    write(tmp_path / "e", SavedEnsemble(FACTS_OF_TWO, told(1)).files())
    judge = replace(AddedFitness(ensemble=str(tmp_path / "e")), digest=digest)
    with pytest.raises(RunError, match="another ensemble than the one that the study was begun"):
        judge.files()
