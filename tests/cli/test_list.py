"""Whole commands that tell what there is to choose from."""

import sys

import pytest

from cellcolony import cells
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cli import main
from cellcolony.export import EXPORTS
from cellcolony.judges import JUDGES
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.layers.recipes import recipe_names
from cellcolony.report.listing import KINDS
from cellcolony.runs.battery import battery_names
from cellcolony.runs.executors import EXECUTORS
from cellcolony.runs.observers import OBSERVERS
from cellcolony.runs.stage import STAGES
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.methods import METHODS
from cellcolony.search.presets import preset_names
from cellcolony.tasks import TASKS
from cellcolony.tasks.rivals import NETWORKS, RIVALS
from cellcolony.tasks.text.tokenizers import TOKENIZERS

NAMES = {
    "batteries": battery_names,
    "cells": cells.names,
    "executors": EXECUTORS.names,
    "exports": EXPORTS.names,
    "judges": JUDGES.names,
    "methods": METHODS.names,
    "observers": OBSERVERS.names,
    "operations": OPERATIONS.names,
    "pheromones": SCHEMES.names,
    "predictors": PREDICTORS.names,
    "presets": lambda: preset_names() + preset_names("language"),
    "recipes": recipe_names,
    "rivals": lambda: RIVALS.names() + NETWORKS.names(),
    "species": SPECIES.names,
    "stages": STAGES.names,
    "tasks": TASKS.names,
    "tokenizers": TOKENIZERS.names,
}


def test_everything_that_can_be_listed_is_in_the_help(capsys):
    assert sorted(KINDS) == sorted(NAMES)
    assert main(["list", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(what in said for what in NAMES)


@pytest.mark.parametrize("what", NAMES)
def test_every_name_has_a_line_of_its_own_that_is_not_cut(what, capsys):
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[0] == "name"
    names = list(NAMES[what]())
    assert [line[: len(name)] for line, name in zip(lines[2:], names, strict=True)] == names
    assert not any("…" in line or "\x1b" in line for line in lines)
    for line in lines[2:]:  # every member says what it is
        assert len(line.split()) > 3, line


def test_cells_are_listed_with_their_weights_and_the_source_of_their_files(capsys):
    assert main(["list", "cells"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mgu"))
    assert line.split()[1] == "6"
    assert line.rstrip().endswith("Zhou et al. 2016")


def test_species_schemes_and_methods_are_listed_with_their_sources(capsys):
    for what, registry, name in (
        ("species", SPECIES, "explorer"), ("pheromones", SCHEMES, "l2"),
        ("methods", METHODS, "ants"),
    ):  # fmt: skip
        assert main(["list", what]) == 0
        shown = capsys.readouterr().out
        assert registry[name].source in shown
        assert registry[name].summary in shown


def test_a_rival_of_a_file_with_several_says_which_one_it_is(capsys):
    assert main(["list", "rivals"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert "on the inputs of the last rows" in lines["ridge"]
    assert "Hoerl & Kennard 1970" in lines["ridge"]


def test_a_member_of_another_package_is_listed_with_that_package(capsys, monkeypatch, tmp_path):
    (tmp_path / "their_tokens.py").write_text(
        '"""Syllables, after somebody (Else 2001)."""\n'
        "from cellcolony.tasks.text.tokenizers import Tokenizer, TOKENIZERS\n"
        'TOKENIZERS.register("syllables")(Tokenizer(str.split, "".join, "syllable"))\n'
    )
    info = tmp_path / "their_package-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[cellcolony.tokenizers]\nsyllables = their_tokens\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("_points", "_entry_points"):
        monkeypatch.delitem(vars(TOKENIZERS), name, raising=False)
    try:
        assert main(["list", "tokenizers"]) == 0
        shown = capsys.readouterr().out.splitlines()
    finally:
        TOKENIZERS._members.pop("syllables", None)
        TOKENIZERS._origins.pop("syllables", None)
        sys.modules.pop("their_tokens", None)
        for name in ("_points", "_entry_points"):
            vars(TOKENIZERS).pop(name, None)
    lines = {line.split()[0]: line.rstrip() for line in shown if line}
    assert lines["name"].endswith("package")
    assert lines["syllables"].endswith("their-package 2.0")
    assert "Syllables, after somebody" in lines["syllables"]
    assert lines["words"].endswith("-")


def test_what_cannot_be_listed_is_an_error(capsys):
    assert main(["list", "preset"]) == 2
    assert "There is no list of 'preset'. Did you mean 'presets'?" in capsys.readouterr().err
