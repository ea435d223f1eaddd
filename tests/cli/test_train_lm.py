"""`cellcolony train-lm`, `show`, `resume` and `generate` of language models."""

import tomllib

import pytest

from cellcolony.cli import main
from cellcolony.tasks.language import Language
from tests.runs.settings import TEXT
from tests.test_cli import QUICK as QUICK_SEARCH
from tests.test_cli import write_csv

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
    options += ["--embedding", "5", "--tied"]
    assert main(["train-lm", "--train", str(text), *options]) == 0
    assert "perplexity" in capsys.readouterr().out.lower()
    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "lstm" in shown
    assert "gru" in shown
    assert main(["resume", str(out), "--epochs", "2", "--device", "cpu"]) == 0
    assert "perplexity" in capsys.readouterr().out.lower()
    (curve,) = (out / "finals").glob("*/curve.csv")
    assert len(curve.read_text().splitlines()) == 3
    texts = []
    for seed in ("1", "1", "2"):
        options = ["--prompt", "the cat", "--tokens", "20", "--seed", seed]
        assert main(["generate", str(out), *options]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("the cat ")


def test_a_recipe_fills_in_what_the_command_line_leaves_open(text, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--recipe", "awd", "--embedding", "4", "--epochs", "1", "--out", str(out)]
    options += ["--cell", "rhn-2", "--like", "lstm", "--mogrifier", "2", "--layers", "2"]
    options += [one for one in QUICK if one not in ("--layers", "1")]
    assert main(["train-lm", "--train", str(text), *options]) == 0
    final = tomllib.loads((out / "config.toml").read_text())["stages"][0]["training"]
    assert (final["model"]["weight_drop"], final["model"]["hidden"]) == (0.5, 6)
    assert (final["model"]["tied"], final["model"]["narrow"]) == (True, True)
    assert (final["schedule"]["nonmonotone"], final["schedule"]["batch"]) == (5, 4)
    assert main(["replay", str(out), "--retrain"]) == 0
    assert "to the last bit" in " ".join(capsys.readouterr().out.split())
    assert main(["resume", str(out), "--epochs", "2", "--device", "cpu"]) == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--cell", "rhn-11"), "must be 1 to 10, as in rhn-5. Got 'rhn-11'"),
        (("--cell", "rhn-2:3,lstm:3"), "'rhn-2' has matrices within a step"),
        (("--recipe", "adw"), "Did you mean 'awd'?"),
        (("--weight-drop", "1"), "`weight_drop` must be"),
        (("--mogrifier", "-1"), "`mogrifier` must be"),
        (("--narrow",), "`narrow` needs an `embedding`"),
        (("--like", "rhn-0"), "must be 1 to 10"),
    ],
)
def test_what_a_recipe_cannot_be_is_refused(text, tmp_path, options, says, capsys):
    out = str(tmp_path / "run")
    assert says in error_of(capsys, "train-lm", "--train", text, "--out", out, *QUICK, *options)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("report",), "report.html"),
        (("draw", "--out", "{here}/cells.svg"), ""),
        (("watch", "--once"), "The study has ended."),
        (("compare", "--plot", "{here}/plot.svg"), "valid final perplexity"),
        (("replay",), "of 1 final training: the same losses"),
        (("replay", "--retrain"), "to the last bit"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_what_is_said_of_other_studies_is_said_of_a_language_model(
    run, tmp_path, command, says, capsys
):
    name, *options = command
    assert main([name, str(run), *(option.format(here=tmp_path) for option in options)]) == 0
    assert says in " ".join(capsys.readouterr().out.split())
    drawn = [one for one in options if one.startswith("{here}")]
    assert len(list(tmp_path.iterdir())) == len(drawn)
    assert all(one.read_text().count("<svg") == 1 for one in tmp_path.iterdir())


def test_several_seeds_are_several_trainings_and_one_table(text, tmp_path, capsys):
    out = tmp_path / "runs"
    options = ["--epochs", "1", "--seeds", "2", "--seed", "5", "--out", str(out), *QUICK]
    assert main(["train-lm", "--train", str(text), *options]) == 0
    said = capsys.readouterr().out
    assert "model for each of 2 seeds" in said
    assert sorted(path.name for path in out.iterdir()) == ["seed-5", "seed-6"]
    assert main(["train-lm", "--train", str(text), *options]) == 0  # there is nothing left to do


def test_the_demonstration_needs_no_file_and_leaves_none(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Language, "demo", lambda: Language.from_files(text_file))
    text_file = tmp_path.parent / f"{tmp_path.name}.txt"
    text_file.write_text(TEXT * 4)
    assert main(["train-lm", "demo", "--epochs", "1", "--device", "cpu"]) == 0
    assert "perplexity" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_predict_says_what_the_study_is(run, text, capsys):
    said = error_of(capsys, "predict", run, text)
    assert str(run) in said
    assert "needs a study that forecasts columns, and this one is a language study" in said


def test_a_language_model_is_exported_as_torch_alone(run, tmp_path, capsys):
    said = error_of(capsys, "export", run, "--to", "numpy", "--out", tmp_path / "model.py")
    assert "cannot write a trained language model. Formats that can: latex, onnx, torch" in said
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
    out, file = str(tmp_path / "run"), str(write_csv(tmp_path / "heat.csv"))
    options = ["--target", "heat", "--budget", "1network", "--out", out, *QUICK_SEARCH]
    assert main(["search", file, *options]) == 0
    assert "is a forecast study, which trains no language models" in error_of(
        capsys, "generate", out
    )
