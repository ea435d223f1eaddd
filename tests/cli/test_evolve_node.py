"""Whole commands of a search for nodes, with trainings that take no time, and one that trains."""

import tomllib

import pytest

from cellcolony.cli import main
from tests.runs.fakes import faked
from tests.runs.settings import TEXT

FEW = ("--preset", "species", "--population", "6", "--generations", "2", "--n-seeds", "1",
       "--workers", "1", "--executor", "threads")  # fmt: skip


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return str(path)


@pytest.fixture
def untrained():
    """Let nothing be trained."""
    with faked():
        yield


def settings_of(run):
    return tomllib.loads((run / "config.toml").read_text())


def stages_of(run):
    return {stage["name"]: stage for stage in settings_of(run)["stages"]}


def test_a_node_is_evolved_shown_drawn_and_gone_on_with(text, tmp_path, capsys, untrained):
    out = tmp_path / "run"
    assert (
        main(["evolve-node", "--train", text, "--out", str(out), "--budget", "8networks", *FEW])
        == 0
    )
    said = capsys.readouterr()
    assert "words known" in said.out
    assert "wins" in said.out
    assert "Final trainings: 6 models, 1 seed" in said.err
    assert "search perplexity on validation: best" in said.err

    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    for part in ("How node", "came to be", "Generations", "Species", "test perplexity", "elements"):
        assert part in shown

    assert main(["draw", str(out), "--out", str(tmp_path / "node.svg")]) == 0
    assert (tmp_path / "node.svg").read_text().startswith("<svg")
    assert list(out.glob("champions/*/*.svg"))

    capsys.readouterr()
    assert main(["watch", "--once", str(out)]) == 0
    assert "best perplexity" in capsys.readouterr().out

    assert main(["resume", str(out)]) == 0
    assert "Nothing is left to do" in capsys.readouterr().err
    assert main(["resume", str(out), "--budget", "99networks", "--executor", "threads"]) == 0
    assert "12 nodes" in capsys.readouterr().out


def test_a_recipe_of_the_end_comes_before_the_other_options_of_the_end(text, tmp_path, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, "--no-control",
                 "--final-recipe", "awd", "--final-hidden", "6", "--final-embedding", "4",
                 "--final-epochs", "1", "--rivals", "rhn-2"]  # fmt: skip
    assert main(arguments) == 0
    training, final = settings_of(out)["training"], stages_of(out)["finals"]["training"]
    assert (final["model"]["weight_drop"], final["model"]["hidden"]) == (0.5, 6)
    assert (final["model"]["layers"], final["model"]["narrow"]) == (3, True)
    assert (final["schedule"]["nonmonotone"], final["schedule"]["epochs"]) == (5, 1)
    assert training["model"]["weight_drop"] == 0
    assert stages_of(out)["cells"]["cells"] == ["rhn-2"]


def test_options_win_over_the_preset_which_wins_over_the_classes(text, tmp_path, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, "--no-control",
                 "--hidden", "7", "--final-epochs", "3", "--rivals", "gru"]  # fmt: skip
    assert main(arguments) == 0
    found = settings_of(out)
    assert (found["method"]["population"], found["method"]["most_active"]) == (6, 10)
    training, final = found["training"], stages_of(out)["finals"]["training"]
    assert (training["model"]["hidden"], training["model"]["bound"]) == (7, 0.2)  # the preset's
    assert (final["model"]["hidden"], final["model"]["dropout"]) == (7, 0.2)
    assert (training["schedule"]["epochs"], final["schedule"]["epochs"]) == (1, 3)
    assert final["schedule"]["shape"] == "cosine"
    assert stages_of(out)["cells"]["cells"] == ["gru"]
    assert stages_of(out)["cells"]["tuned"] == []  # the preset's LSTM is no rival here
    assert found["task"]["source"]["vocabulary"] == 2000
    assert "control" not in stages_of(out)
    assert not (out / "control").exists()


def test_a_control_gets_as_many_candidates_unless_there_is_none(text, tmp_path, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, "--control", "random"]
    assert main(arguments) == 0
    assert stages_of(out)["control"]["method"] == "random"
    journal = (out / "control" / "journal.jsonl").read_text()
    assert journal.count('"event": "done"') == 12


def test_several_seeds_are_several_studies_side_by_side(text, tmp_path, capsys, untrained):
    out = tmp_path / "runs"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, "--seeds", "2"]
    assert main([*arguments, "--seed", "4"]) == 0
    assert sorted(path.name for path in out.glob("seed-*")) == ["seed-4", "seed-5"]
    assert [settings_of(out / f"seed-{seed}")["seed"] for seed in (4, 5)] == [4, 5]
    assert "The best node of each of 2 seeds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "tuned"),
    [((), ["lstm"]), (("--no-tuned",), []), (("--no-rivals",), []), (("--tuned", "gru"), ["gru"]),
     (("--rivals", "gru", "--rivals", "lstm"), ["lstm"])],
)  # fmt: skip
def test_the_preset_says_who_is_tuned_unless_the_command_line_does(
    text, tmp_path, capsys, untrained, options, tuned
):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW, *options]
    assert main(arguments) == 0
    assert stages_of(out)["cells"]["tuned"] == tuned
    assert bool(stages_of(out)["cells"]["cells"]) == (options != ("--no-rivals",))
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
    assert found["method"]["population"] == 5
    assert stages_of(out)["cells"]["cells"] == ["nascell"]
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


def test_a_search_for_nodes_is_reported_and_compared(text, tmp_path, capsys, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), "--budget", "4networks", *FEW]
    assert main([*arguments, "--no-control"]) == 0
    capsys.readouterr()
    assert main(["report", str(out)]) == 0
    assert "evolved node" in (out / "report.html").read_text()
    plot = tmp_path / "plot.svg"
    assert main(["compare", str(out), "--plot", str(plot)]) == 0
    assert "perplexity" in capsys.readouterr().out
    assert plot.read_text().count("<svg") == 1


def test_commands_for_forecasts_refuse_a_search_for_nodes(text, tmp_path, capsys, untrained):
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), "--budget", "4networks", *FEW]
    assert main([*arguments, "--no-control"]) == 0
    capsys.readouterr()
    for command in (["predict", str(out), text], ["draw", str(out), "--colony"]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("Error: ")
        assert len(said.strip().splitlines()) == 1


def test_a_node_is_evolved_by_real_trainings_in_processes(text, tmp_path, capsys):
    pytest.importorskip("torch")
    out = tmp_path / "run"
    arguments = ["evolve-node", "--train", text, "--out", str(out), *FEW[:2],
                 "--population", "3", "--generations", "1", "--n-seeds", "1", "--workers", "1",
                 "--rivals", "lstm", "--hidden", "3", "--batch", "2", "--steps", "5",
                 "--epochs", "1", "--final-epochs", "2", "--no-control"]  # fmt: skip
    assert main(arguments) == 0
    assert "lstm" in capsys.readouterr().out
    assert main(["replay", str(out), "--retrain", "--workers", "2", "--executor", "threads"]) == 0
    said = capsys.readouterr().out
    assert "3 nodes: the same" in said
    assert "to the last bit" in said
    assert main(["train-lm", "--train", text, "--cell", str(out), "--hidden", "3", "--layers", "1",
                 "--epochs", "1", "--batch", "2", "--steps", "5",
                 "--out", str(tmp_path / "lm")]) == 0  # fmt: skip


def test_the_help_shows_no_default_that_a_preset_changes(capsys):
    assert main(["evolve-node", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--efforts" in said
    assert "(1, 4, 16)" not in said  # RacedNodes' own; the preset `small` has others
    assert main(["search", "--help"]) == 0
    assert "[default: (0.26, 0.18, 0.2, 0.14)]" in " ".join(capsys.readouterr().out.split())
    assert main(["search", "--preset", "paper", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--n-ants" in said
    assert "[default: 16]" not in said  # AntSwarm's own number of ants; the preset has 80
