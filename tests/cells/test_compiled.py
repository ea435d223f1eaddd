"""Code that is kept between starts is never stale, and is shared by processes without harm."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cellcolony.cells.lower import compiled


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)
    return tmp_path


def test_the_same_source_is_the_same_module(folder):
    first = compiled.load("some", "ANSWER = 1\n")
    assert compiled.load("some", "ANSWER = 1\n") is first
    assert len(list(folder.glob("*.py"))) == 1


def test_another_source_is_another_module(folder):
    assert compiled.load("some", "ANSWER = 2\n").ANSWER == 2
    assert compiled.load("some", "ANSWER = 3\n").ANSWER == 3


def test_a_change_in_what_it_depends_on_makes_another_module(folder):
    helper = folder / "helper.txt"
    helper.write_text("one")
    first = compiled.load("some", "ANSWER = 4\n", [helper])
    helper.write_text("two")
    assert compiled.load("some", "ANSWER = 4\n", [helper]).__name__ != first.__name__


def test_a_source_that_fails_leaves_no_module_behind(folder):
    with pytest.raises(ZeroDivisionError):
        compiled.load("some", "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        compiled.load("some", "1 / 0\n")


def test_processes_that_compile_the_same_cell_at_once_all_get_it(tmp_path):
    code = (
        "from cellcolony import cells\n"
        "from cellcolony.cells.lower.numba import compile_cell\n"
        "print(compile_cell(cells.get('simple')).forward > 0)\n"
    )
    environment = {**os.environ, "CELLCOLONY_CACHE_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == ["True"] * 3
    assert len(list(tmp_path.glob("*.py"))) == 1
    assert not list(tmp_path.glob("*.tmp"))


@pytest.fixture
def blocked(tmp_path):
    """An environment whose cache folder cannot be written."""
    (tmp_path / "a file").write_text("")
    return {**os.environ, "CELLCOLONY_CACHE_DIR": str(tmp_path / "a file")}


def test_a_cache_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(blocked):
    code = "from cellcolony.cells.lower.compiled import cache_folder; print(cache_folder())"
    printed = subprocess.run(
        [sys.executable, "-c", code], env=blocked, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert printed != blocked["CELLCOLONY_CACHE_DIR"]
    assert not os.path.exists(printed)  # it ended with its process


def test_processes_share_the_temporary_folder_of_the_one_that_started_them(blocked):
    code = (
        "from multiprocessing import get_context\n"
        "from cellcolony.cells.lower.compiled import cache_folder\n"
        "print(cache_folder())\n"
        "with get_context('spawn').Pool(1) as pool:\n"
        "    print(pool.apply(cache_folder))\n"
        "print(cache_folder().exists())\n"
    )
    mine, of_the_child, still_there = subprocess.run(
        [sys.executable, "-c", code], env=blocked, capture_output=True, text=True, check=True
    ).stdout.split()
    assert of_the_child == mine != blocked["CELLCOLONY_CACHE_DIR"]
    assert still_there == "True"
    assert not os.path.exists(mine)
