"""Whole commands that search with a preset."""

import tomllib

import pytest

from cellcolony.cli import main
from tests.test_cli import write_csv

SMALL = (
    "--method", "ants", "--n-ants", "4", "--n-layers", "1", "--n-nodes-per-layer", "3", "--cells",
    "simple",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A function that searches with some options and returns the settings of the run."""
    folder = tmp_path_factory.mktemp("preset")
    file = write_csv(folder / "a.csv")

    def search(*options):
        out = folder / f"run-{len(list(folder.iterdir()))}"
        arguments = ["search", str(file), "--target", "heat", "--budget", "1network"]
        assert main([*arguments, "--out", str(out), *options]) == 0
        return tomllib.loads((out / "config.toml").read_text())

    return search


def test_options_given_explicitly_win_over_the_preset(settings):
    found = settings("--preset", "paper", *SMALL, "--no-jumping", "--species", "explorer")
    ants = found["method"]
    assert (ants["n_ants"], ants["jumping"], ants["species"]) == (4, False, ["explorer"])
    assert (ants["pheromone"], ants["penalty"], ants["max_skip"]) == ("l2", 0.65, 2)
    assert found["training"]["name"] == "paper"
    assert found["task"]["scale"] == "unit"


def test_the_method_is_that_of_the_preset_where_none_is_named(settings):
    found = settings("--preset", "examm", "--cells", "simple", "--repopulation", "best_island")
    examm = found["method"]
    assert (examm["name"], examm["n_mutations"], examm["cells"]) == ("examm", 2, ["simple"])
    assert examm["repopulation"] == "best_island"
    assert found["training"]["name"] == "paper"


def test_an_option_with_its_usual_value_wins_as_well(settings):
    found = settings("--preset", "paper", *SMALL, "--max-skip", "3", "--protocol", "modern",
                     "--scale", "zscore")  # fmt: skip
    assert found["method"]["max_skip"] == 3
    assert found["training"]["name"] == "modern"
    assert found["task"]["scale"] == "zscore"


SLIGHT = ("--cells", "simple", "--most-width", "4")


def test_the_default_preset_changes_nothing(settings):
    with_preset, without = settings("--preset", "default", *SLIGHT), settings(*SLIGHT)
    assert with_preset == without
    assert without["method"]["name"] == "taps"
    assert without["training"]["updates"] == 300
    assert settings("--protocol", "modern", *SLIGHT) == without


def test_the_preset_of_ants_changes_nothing_of_their_search(settings):
    with_preset, without = settings("--preset", "ants", *SMALL), settings(*SMALL)
    assert with_preset == without
    assert without["training"]["updates"] == 0


def test_a_file_of_ones_own_sets_what_no_option_sets(settings, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'summary = "x"\nsource = "me"\ntraining = {epochs = 2}\n'
        '[method]\nname = "ants"\nn_ants = 3\nweights = 0.25\ncells = ["simple"]\nn_layers = 1\n'
    )
    found = settings("--preset", str(path), "--n-ants", "5")
    assert (found["method"]["n_ants"], found["method"]["weights"]) == (5, 0.25)
    assert found["training"]["epochs"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "papr"], "Did you mean 'paper'?"),
        (["--preset", "paper", "--n-ants", "0"], "`n_ants`"),
        (["--preset"], "--preset"),
    ],
)
def test_an_unknown_preset_or_a_wrong_option_beside_it_is_an_error(options, message, capsys):
    assert main(["search", "a.csv", "--target", "heat", *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert message in said
