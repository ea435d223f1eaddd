"""`cellcolony train-lm`, `show`, `resume` and `generate` of language models."""

import pytest

from cellcolony.cli import main
from tests.runs.language.trainings import TEXT

pytest.importorskip("torch")

QUICK = ("--hidden", "6", "--layers", "1", "--batch", "4", "--steps", "10", "--device", "cpu")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def run(text):
    out = text.parent / "run"
    assert main(["train-lm", "--train", str(text), "--epochs", "1", "--out", str(out), *QUICK]) == 0
    return out


def error_of(capsys, *arguments):
    capsys.readouterr()
    assert main([str(one) for one in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].strip()
    return " ".join(shown.err.split())


def test_a_training_is_shown_goes_on_and_writes(text, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--cell", "lstm:4,gru:2", "--epochs", "1", "--out", str(out), *QUICK]
    assert main(["train-lm", "--train", str(text), *options]) == 0
    assert "perplexity" in capsys.readouterr().out.lower()
    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "lstm" in shown
    assert "gru" in shown
    assert main(["resume", str(out), "--epochs", "2", "--device", "cpu"]) == 0
    assert "perplexity" in capsys.readouterr().out.lower()
    assert len((out / "curve.csv").read_text().splitlines()) == 3
    texts = []
    for seed in ("1", "1", "2"):
        options = ["--prompt", "the cat", "--tokens", "20", "--seed", seed]
        assert main(["generate", str(out), *options]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("the cat ")


@pytest.mark.parametrize("command", ["predict", "report", "compare", "draw", "watch", "replay"])
def test_commands_for_other_runs_say_what_the_run_is(run, text, tmp_path, command, capsys):
    more = {
        "predict": (text,),
        "compare": ("--plot", tmp_path / "plot.svg"),
        "watch": ("--once",),
    }
    said = error_of(capsys, command, run, *more.get(command, ()))
    assert str(run) in said
    assert "language model" in said
    assert not list(tmp_path.iterdir())


def test_a_language_model_is_exported_as_torch_alone(run, tmp_path, capsys):
    said = error_of(capsys, "export", run, "--to", "numpy", "--out", tmp_path / "model.py")
    assert "`to` must be torch" in said
    assert main(["export", str(run), "--to", "torch", "--out", str(tmp_path / "model.py")]) == 0
    written = {file.name for file in tmp_path.iterdir()}
    assert written == {"model.py", "model.safetensors", "model.json"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--cell", "lstn"), "Did you mean 'lstm'?"),
        (("--bound", "0"), "`bound`"),
        (("--seed", "-1"), "`seed`"),
        (("--vocabulary", "2"), "`vocabulary`"),
        (("--encoding", "hex"), "`encoding`"),
        (("--full-epochs", "-1"), "`full_epochs`"),
        (("--optimizer", "sdg"), "sgd"),
        (("--tokens", "word"), "words"),
    ],
)
def test_settings_that_cannot_be_are_errors_and_leave_nothing(
    text, tmp_path, options, what, capsys
):
    out = tmp_path / "run"
    assert what in error_of(capsys, "train-lm", "--train", text, "--out", out, *QUICK, *options)
    assert not out.exists()


def test_a_missing_text_and_a_directory_that_exists_are_errors(run, text, tmp_path, capsys):
    assert "matches no file" in error_of(capsys, "train-lm", "--train", tmp_path / "none")
    assert str(run) in error_of(capsys, "train-lm", "--train", text, "--out", run)


def test_generate_is_for_language_models_alone(tmp_path, capsys):
    assert "is no run directory" in error_of(capsys, "generate", tmp_path)
    (tmp_path / "config.toml").write_text('kind = "forecast"\n')
    assert "holds a forecast" in error_of(capsys, "generate", tmp_path)
