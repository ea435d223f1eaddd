"""Whole commands that tell what there is to choose from."""

import pytest

from cellcolony import cells
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cli import main
from cellcolony.export import EXPORTS
from cellcolony.judges import JUDGES
from cellcolony.report.listing import KINDS
from cellcolony.runs.battery import battery_names
from cellcolony.runs.executors import EXECUTORS
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
    "operations": OPERATIONS.names,
    "pheromones": SCHEMES.names,
    "presets": lambda: preset_names() + preset_names("language"),
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


def test_cells_are_listed_with_their_weights_and_the_source_of_their_files(capsys):
    assert main(["list", "cells"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mgu"))
    assert line.split()[1] == "6"
    assert line.rstrip().endswith("Zhou et al. 2016")


def test_species_and_schemes_are_listed_with_their_sources(capsys):
    assert main(["list", "species"]) == 0
    assert SPECIES["explorer"].source in capsys.readouterr().out
    assert main(["list", "pheromones"]) == 0
    assert SCHEMES["l2"].summary in capsys.readouterr().out


def test_what_cannot_be_listed_is_an_error(capsys):
    assert main(["list", "preset"]) == 2
    assert "There is no list of 'preset'. Did you mean 'presets'?" in capsys.readouterr().err
