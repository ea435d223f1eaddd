"""Texts that a language model writes."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import cellcolony
from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers import needs
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.report.sections.rivals import measures_table
from cellcolony.runs.finals_found import winner
from cellcolony.runs.generate import generate
from cellcolony.runs.open import open_run
from cellcolony.runs.scored_text import score as score_file
from cellcolony.runs.scores import FINAL
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.tasks.language import Language
from cellcolony.tasks.text.tokenizers import TOKENIZERS
from tests.runs.settings import MODEL, NODES, SCHEDULE, SEARCH, forecast, model, nodes

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def run(tmp_path_factory, text):
    """The run directory of a model that was trained alone; never change it."""
    path = tmp_path_factory.mktemp("generate") / "run"
    model(text, n_seeds=2, epochs=1).run(out=path, device="cpu")
    return path


@pytest.fixture(scope="module")
def result(run):
    return open_run(run)


def trained(task, **settings):
    return model(task, epochs=1, **settings).run(device="cpu")


def test_the_same_seed_writes_the_same_text(result):
    texts = [generate(result, "the cat", 30, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("the cat ")


def test_a_temperature_of_0_takes_the_likeliest_whatever_the_seed(result):
    assert generate(result, "the", 20, 0.0, seed=1) == generate(result, "the", 20, 0.0, seed=2)


def test_a_study_that_was_not_written_writes_the_same_text(result, text):
    unwritten = model(text, n_seeds=2, epochs=1).run(device="cpu")
    assert generate(unwritten, "the cat", 30) == generate(result, "the cat", 30)


def test_so_many_tokens_are_written_and_the_unknown_one_never(tmp_path):
    path = tmp_path / "rare.txt"
    path.write_text("a b c d e f g h\na b q r s t u v\n" * 20)
    task = Language.from_files(path, vocabulary=6)
    rare = trained(task)
    assert "<unk>" in task.vocabulary.tokens
    for temperature in (0.0, 1e-3, 1.0, 50.0):
        written = generate(rare, "", 200, temperature)
        assert "<unk>" not in written
        assert len(written.split()) + written.count("\n") == 200


def test_unknown_words_of_the_prompt_stay_in_the_text(result):
    assert generate(result, "the zebra", 3).startswith("the zebra ")


def test_a_prompt_of_whole_lines_is_followed_by_a_new_line(result):
    assert generate(result, "the cat\n", 3).startswith("the cat\n")


def test_characters_are_written_without_blanks_between(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abcabcabc\n" * 60)
    made = trained(Language.from_files(path, tokens="characters"))
    assert len(generate(made, "ab", 10)) == 12


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"n_tokens": 0}, "`tokens`"), ({"temperature": -1.0}, "`temperature`"),
        ({"temperature": float("nan")}, "`temperature`"), ({"seed": -1}, "`seed`"),
        ({"temperature": float("inf")}, "`temperature`"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(result, settings, what):
    with pytest.raises(ConfigError, match=what):
        generate(result, **settings)


def test_a_tiny_temperature_is_no_warning(result):
    with np.errstate(all="raise"):
        generate(result, "the", 5, 1e-320)


def test_a_training_without_an_epoch_cannot_write(text):
    made = trained(text)
    without = {name: replace(one, weights=None) for name, one in made.trained.items()}
    with pytest.raises(RunError, match="no epoch is done"):
        generate(replace(made, trained=without))
    with pytest.raises(RunError, match="no epoch is done"):
        generate(replace(made, trained={}, scores=()))


def test_the_best_by_validation_writes_and_others_may_be_named(text, tmp_path):
    training = LanguageTraining(MODEL, replace(SCHEDULE, epochs=1))
    stages = (
        SEARCH, CellsStage(cells=("lstm", "gru")), FinalsStage(training=training, n_seeds=2),
        FinalScoresStage(),
    )  # fmt: skip
    study = nodes(text, stages, replace(NODES, population=4, generations=2), training=training)
    made = study.run(out=tmp_path / "run", executor="threads", device="cpu")
    best = winner(made)
    assert best is not None
    finals = [one for one in made.scores if one.stage == "final" and one.split == "valid"]
    values: list[Any] = [one.value for one in finals if one.seed is not None]
    assert best.value == min(values)
    chosen = generate(made, "the", 20)
    assert chosen == generate(made, "the", 20, model=best.model, model_seed=best.seed)
    names = {one.model for one in finals if one.seed is not None}
    texts = {
        (name, seed): generate(made, "the", 400, model=name, model_seed=seed)
        for name in names
        for seed in (1, 2)
    }
    assert names == {"evolved node", "lstm", "gru"}
    assert len(set(texts.values())) == len(texts)
    assert texts["gru", 1] == generate(made, "the", 400, model="gru")
    with pytest.raises(RunError, match=re.escape("'grv'. Did you mean 'gru'?")):
        generate(made, model="grv")
    with pytest.raises(RunError, match="'gru' with seed 7"):
        generate(made, model="gru", model_seed=7)


def test_a_training_that_was_killed_writes_with_its_best_epoch(run, result, tmp_path):
    killed = tmp_path / "run"
    shutil.copytree(run, killed)
    for name in ("scores.csv", "result.toml"):
        (killed / name).unlink()
    assert generate(open_run(killed), "the", 20) == generate(result, "the", 20)


def test_a_forecast_has_nothing_that_writes(task):
    with pytest.raises(RunError, match="forecast study, which trains no language models"):
        generate(forecast(task).run("1 network"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "Expecting"), ("{}", "a list of texts"), ("[1]", "a list of texts"),
        ('["a", "a"]', "twice"), ('["a", "<unk>"]', "has 2 words"), (None, "missing"),
    ],
)  # fmt: skip
def test_a_damaged_vocabulary_is_refused_by_name(run, tmp_path, content, what):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "vocabulary.json").unlink()
    if content is not None:
        (copy / "vocabulary.json").write_text(content)
    with pytest.raises(RunError, match=rf"vocabulary\.json cannot be read: .*{what}"):
        generate(open_run(copy))


def test_weights_of_another_model_are_refused_by_name(run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    weights = {}
    for path in (copy / "finals").glob("*/weights.safetensors"):
        weights = load_file(path)
        save_file({**weights, "bias": weights["bias"][:-1]}, path)
    with pytest.raises(RunError, match=r"run: the model has [\d,]+ weights, and there are"):
        generate(open_run(copy))
    for path in (copy / "finals").glob("*/weights.safetensors"):
        weights["bias"][0] = np.nan
        save_file(weights, path)
    with pytest.raises(RunError, match=r"run: the weights .* not finite"):
        generate(open_run(copy))


def test_a_text_is_scored_as_the_test_was(result, text, tmp_path):
    words = text.vocabulary.decode(text.test)
    path = tmp_path / "test.txt"
    path.write_text(TOKENIZERS["lines"].join(words))
    tested = [one for one in result.scores if (one.split, one.stage) == ("test", FINAL)]
    score = tested[0].value
    found = score_file(result, path, "lstm", tested[0].seed)
    assert found.n_tokens == len(text.test)
    assert found.perplexity == pytest.approx(score, rel=1e-4)
    n_unknown = int(np.count_nonzero(text.test[1:] == text.vocabulary.unknown))
    assert found.n_unknown == n_unknown
    bits = found.loss * (len(words) - 1) / np.log(2) / len(path.read_text())
    assert found.bits_per_character == pytest.approx(bits)


def test_known_words_and_bits_stand_beside_perplexity_as_the_test_text_is_scored(tmp_path):
    for name, content in (("a", "the cat sat\nthe dog ate\n" * 30), ("b", "the xyzzy sat\n" * 9)):
        (tmp_path / f"{name}.txt").write_text(content)
    task = Language.from_files(tmp_path / "a.txt", test=tmp_path / "b.txt")
    assert [one.n_characters for one in task.texts] == [612, 108, 126]
    result = trained(task, n_seeds=2)
    lstm, floor = result.models
    found = [score_file(result, tmp_path / "b.txt", "lstm", one.seed)
             for one in lstm.scores if one.split == "test" and one.measure == "known"]  # fmt: skip
    assert len(found) == 2
    known = math.exp(fmean(math.log(one.known_perplexity) for one in found))
    assert lstm.other("known", "test", "") == pytest.approx(known)
    bits = fmean(one.bits_per_character for one in found)
    assert lstm.other("bits", "test", "") == pytest.approx(bits)
    assert floor.other("bits", "test", "") is not None
    assert lstm.other("known", "valid", "") is None
    (table,) = measures_table(result, "")
    titles = [one.title for one in table.header]
    assert "test perplexity of known tokens" in titles
    assert "test bits a character" in titles


def test_a_model_is_a_module_of_torch_whose_probabilities_are_those_of_its_score(result, text):
    module = result.module()
    assert isinstance(module, torch.nn.Module)
    words = torch.from_numpy(text.test[:, None].astype(np.int64))
    with torch.no_grad():
        hidden, state = module(words[:-1])
        log_p = module.log_probabilities(hidden)[:, 0]
        again, _ = module(words[:1], state)
    assert again.shape == (1, 1, hidden.shape[2])
    loss = float(-log_p.gather(1, words[1:]).mean())
    winners = [
        one.value for one in result.scores if (one.split, one.measure) == ("test", "perplexity")
    ]
    assert any(math.exp(loss) == pytest.approx(one, rel=1e-4) for one in winners)
    other = result.module("lstm", 4)
    assert not torch.equal(other.embedding, result.module("lstm", 3).embedding)
    with pytest.raises(RunError, match="no final training"):
        result.module("gru")


def test_without_torch_what_is_missing_is_named(result, tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "find_spec", lambda name: None)
    uses = (
        lambda: cellcolony.generate(result),
        lambda: cellcolony.score(result, tmp_path),
        result.module,
    )
    for use in uses:
        with pytest.raises(ConfigError, match=r"pip install 'cellcolony\[lm\]'"):
            use()


def test_unknown_words_are_told_apart_from_known_ones(result, tmp_path):
    for name, content in (("known", "the cat sat\n"), ("mixed", "the xyzzy sat\n")):
        (tmp_path / name).write_text(content * 20)
    known, mixed = (score_file(result, tmp_path / name) for name in ("known", "mixed"))
    assert known.n_unknown == 0
    assert known.known_perplexity == pytest.approx(known.perplexity)
    assert mixed.n_unknown == 20
    assert mixed.known_perplexity != pytest.approx(mixed.perplexity)
    with pytest.raises(DataError, match="matches no file"):
        score_file(result, tmp_path / "none")
    (tmp_path / "none").write_text(" \n")
    with pytest.raises(DataError, match="holds no text"):
        score_file(result, tmp_path / "none")
