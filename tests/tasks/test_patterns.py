import os
from pathlib import Path

import pytest

from cellcolony.tasks.findings import Findings
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.patterns import expand
from tests.tasks.files import findings_of, write


def expanded(patterns) -> list[str]:
    findings = Findings()
    paths = expand(patterns, findings)
    findings.raise_if_any()
    return [path.name for path in paths]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(["burner_10.csv", "burner_2.csv", "burner_1.csv", "[1].csv"]):
        write(tmp_path / name, seed=i)
    return tmp_path


def test_the_files_of_a_pattern_stand_in_natural_order(folder):
    names = ["burner_1.csv", "burner_2.csv", "burner_10.csv"]
    assert expanded(f"{folder}/burner_*.csv") == names


def test_the_shell_and_we_expand_a_pattern_to_the_same_order(folder):
    by_shell = sorted(str(path) for path in folder.glob("burner_*.csv"))
    assert by_shell[1].endswith("burner_10.csv")
    assert expanded(by_shell) == expanded(f"{folder}/burner_*.csv")


def test_character_classes_and_several_patterns_work(folder):
    patterns = [f"{folder}/burner_[2-9].csv", folder / "burner_1.csv"]
    assert expanded(patterns) == ["burner_1.csv", "burner_2.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(folder):
    assert expanded(folder / "[1].csv") == ["[1].csv"]


def test_a_pattern_under_the_home_folder_is_expanded(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert expanded("~/burner_[12].csv") == ["burner_1.csv", "burner_2.csv"]


def test_a_pattern_that_matches_nothing_is_refused_with_the_others(folder):
    found = findings_of(lambda: expanded([f"{folder}/furnace_*.csv", f"{folder}/no/x.csv"]))
    assert (
        f"{folder}/furnace_*.csv: matches no file. Relative names start at {os.getcwd()}"
        in (found[0])
    )
    assert "matches no file. There is no folder" in found[1]


def test_a_folder_is_refused_with_the_pattern_of_its_files(folder):
    (found,) = findings_of(lambda: expanded(folder))
    assert found == f"{folder}: is a folder. Name its files: {folder}/*.csv"


def test_a_file_that_is_named_twice_is_refused(folder):
    (found,) = findings_of(lambda: expanded([f"{folder}/burner_1.csv", f"{folder}/burner_*.csv"]))
    assert found == f"{folder}/burner_1.csv: is named twice. Name it once."


def test_the_same_file_in_two_splits_is_refused_even_by_another_name(folder):
    os.symlink(folder / "burner_2.csv", folder / "z.csv")
    found = findings_of(
        lambda: Forecast.from_csv(f"{folder}/burner_*.csv", "y", test=folder / "z.csv")
    )
    assert any("z.csv: stands in two splits, train and test" in finding for finding in found)


def test_a_copy_of_a_file_in_another_split_is_refused(folder):
    (folder / "copy.csv").write_bytes((folder / "burner_2.csv").read_bytes())
    (found,) = findings_of(
        lambda: Forecast.from_csv(f"{folder}/burner_*.csv", "y", valid=folder / "copy.csv")
    )
    assert "copy.csv: holds the same rows as" in found
    assert "burner_2.csv, which is in another split" in found


def test_different_files_in_two_splits_are_taken(folder):
    task = Forecast.from_csv(
        f"{folder}/burner_[12].csv", "y", valid=folder / "[1].csv", test=folder / "burner_10.csv"
    )
    names = [Path(file.name).name for file in task.summary().files]
    assert names == ["burner_1.csv", "burner_2.csv", "[1].csv", "burner_10.csv"]
