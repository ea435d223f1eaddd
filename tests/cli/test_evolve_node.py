"""Whole commands of a search for nodes, with trainings that take no time, and one that trains."""

import tomllib

import pytest
from cellcolony.runs.nodes import evolve, resume

from cellcolony.cli import main
from tests.runs.nodes.fakes import TEXT, make_bench

FEW = ("--population", "6", "--generations", "2", "--n-seeds", "1", "--workers", "1",
       "--executor", "threads")  # fmt: skip


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return str(path)


@pytest.fixture
def untrained(monkeypatch):
    """Let nothing be trained."""
    for module, name in ((evolve, "evolve_node"), (resume, "resume_node")):
        monkeypatch.setattr(module, name, with_fakes(getattr(module, name)))


def with_fakes(function):
    def call(*arguments, **settings):
        return function(*arguments, make_bench=make_bench(), **settings)

    return call


def settings_of(run):
    return tomllib.loads((run / "config.toml").read_text())


def test_a_node_is_evolved_shown_drawn_and_gone_on_with(text, tmp_path, capsys, untrained):
    out = tmp_path / "run"
    assert (
        main(["evolve-node", "--train", text, "--out", str(out), "--budget", "8networks", *FEW])
        == 0
    )
    said = capsys.readouterr()
    assert "words known" in said.out
    assert "wins" in said.out
    assert "Final training" in said.err
    assert "search perplexity on validation: best" in said.err

    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    for part in ("How it came to be", "Generations", "Species", "final, test", "elements"):
        assert part in shown

    assert main(["draw", str(out), "--out", str(tmp_path / "node.svg")]) == 0
    assert (tmp_path / "node.svg").read_text().startswith("<svg")
    assert list(out.glob("champions/*/drawing.svg"))

    capsys.readouterr()
    assert main(["watch", "--once", str(out)]) == 0
    assert "best perplexity" in capsys.readouterr().out

    assert main(["resume", str(out)]) == 0
    assert "Nothing is left to do" in capsys.readouterr().err
    assert main(["resume", str(out), "--budget", "99networks", "--executor", "threads"]) == 0
    assert "12 candidates" in capsys.readouterr().out


def test_options_win_over_the_preset_which_wins_over_the_classes(text, tmp_path, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, "--no-random",
                 "--hidden", "7", "--final-epochs", "3", "--rivals", "gru"]  # fmt: skip
    assert main(arguments) == 0
    found = settings_of(out)
    assert (found["search"]["population"], found["search"]["most_active"]) == (6, 10)
    assert (found["model"]["hidden"], found["model"]["bound"]) == (7, 0.1)  # the preset: small
    assert (found["final_model"]["hidden"], found["final_model"]["dropout"]) == (7, 0.2)
    assert (found["training"]["epochs"], found["final_training"]["epochs"]) == (1, 3)
    assert found["final_training"]["decay"] == 0.7
    assert found["rivals"] == ["gru"]
    assert found["tuned"] == []  # the preset tunes the LSTM, which is no rival here
    assert found["data"]["source"]["vocabulary"] == 2000
    assert not (out / "random").exists()


@pytest.mark.parametrize(
    ("options", "tuned"),
    [((), ["lstm"]), (("--no-tuned",), []), (("--tuned", "gru"), ["gru"]),
     (("--rivals", "gru", "--rivals", "lstm"), ["lstm"])],
)  # fmt: skip
def test_the_preset_says_who_is_tuned_unless_the_command_line_does(
    text, tmp_path, capsys, untrained, options, tuned
):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, *options]
    assert main(arguments) == 0
    assert settings_of(out)["tuned"] == tuned
    said = capsys.readouterr().out
    assert ("Tuned lstm had 12 trainings too" in said) == ("lstm" in tuned)
    assert ("--learning-rate" in said) == bool(tuned)


def test_a_preset_may_be_a_file_of_ones_own(text, tmp_path, untrained):
    path, out = tmp_path / "mine.toml", tmp_path / "run"
    path.write_text(
        'summary = "x"\nsource = "me"\nrivals = ["nascell"]\nn_seeds = 1\nbudget = ["5networks"]\n'
        "[method]\npopulation = 5\ngenerations = 3\n[training.model]\nhidden = 3\nlayers = 1\n"
    )
    arguments = ["evolve-node", "--train", text, "--out", str(out), "--preset", str(path),
                 "--executor", "threads", "--workers", "1"]  # fmt: skip
    assert main(arguments) == 0
    found = settings_of(out)
    assert (found["search"]["population"], found["rivals"]) == (5, ["nascell"])
    assert tomllib.loads((out / "result.toml").read_text())["budget"] == "5 networks"


def test_a_fault_is_one_line(text, tmp_path, capsys):
    out = str(tmp_path / "run")
    for arguments in (
        ["evolve-node", "--train", text, "--out", out, "--preset", "papre"],
        ["evolve-node", "--train", text, "--out", out, "--rivals", "lsmt"],
        ["evolve-node", "--train", str(tmp_path / "none.txt"), "--out", out],
        ["evolve-node", "--train", text, "--out", out, "--population", "0"],
        ["replay", out],
    ):
        assert main(arguments) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_commands_for_forecasts_refuse_a_search_for_nodes(text, tmp_path, capsys, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), "--budget", "4networks", *FEW]
    assert main([*arguments, "--no-random"]) == 0
    capsys.readouterr()
    for command in ("replay", "report", "compare"):
        assert main([command, str(out)]) == 2
        said = capsys.readouterr().err
        assert "node search" in said or "`kind` must be 'forecast'" in said
        assert len(said.strip().splitlines()) == 1


def test_a_node_is_evolved_by_real_trainings_in_processes(text, tmp_path, capsys):
    pytest.importorskip("torch")
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), "--population", "3",
                 "--generations", "1", "--n-seeds", "1", "--workers", "2", "--rivals", "lstm",
                 "--hidden", "3", "--batch", "2", "--steps", "5", "--epochs", "1",
                 "--final-epochs", "2", "--no-random"]  # fmt: skip
    assert main(arguments) == 0
    assert "lstm" in capsys.readouterr().out
    assert main(["train-lm", "--train", text, "--cell", str(out), "--hidden", "3", "--layers", "1",
                 "--epochs", "1", "--batch", "2", "--steps", "5",
                 "--out", str(tmp_path / "lm")]) == 0  # fmt: skip
