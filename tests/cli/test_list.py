"""Whole commands that tell what there is to choose from."""

import pytest

from cellcolony import cells
from cellcolony.cli import main
from cellcolony.runs.battery import battery_names
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.presets import preset_names

NAMES = {
    "cells": cells.names, "species": SPECIES.names, "pheromones": SCHEMES.names,
    "presets": lambda: preset_names() + preset_names("language"), "batteries": battery_names,
}  # fmt: skip


@pytest.mark.parametrize("what", NAMES)
def test_every_name_has_a_line_of_its_own_that_is_not_cut(what, capsys):
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[0] == "name"
    assert [line.split()[0] for line in lines[2:]] == list(NAMES[what]())
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
    assert main(["list", "rivals"]) == 2
    assert "presets" in capsys.readouterr().err
