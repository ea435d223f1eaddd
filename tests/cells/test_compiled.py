"""Code that is kept between starts is never stale, and is shared by processes without harm."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cellcolony.cells.lower import compiled, native
from cellcolony.errors import RunError


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
        "from cellcolony.cells.lower.kernel_code import compile_cell\n"
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


SOURCE = """
from __future__ import annotations

def twice(number) -> int:
    return 2 * number
"""


def loaded_as_in_another_process(source):
    native._addresses.clear()
    sys.modules.pop(compiled.load("some", source).__name__)
    return compiled.load("some", source)


def test_what_is_compiled_is_loaded_without_a_lock(folder, monkeypatch):
    locks = []
    monkeypatch.setattr(compiled, "_lock_file", locks.append)
    for n_locks in (2, 2):  # to load the module and to compile its function; then none
        module = loaded_as_in_another_process(SOURCE)
        assert native.call(module.twice, 4) == 8
        assert len(locks) == n_locks


def test_where_the_code_is_gone_it_is_compiled_again(folder):
    native.call(loaded_as_in_another_process(SOURCE).twice, 4)
    (kept,) = folder.glob("*.o")
    kept.unlink()
    assert native.call(loaded_as_in_another_process(SOURCE).twice, 4) == 8
    assert kept.exists()


def test_a_file_system_without_locks_is_enough(folder, monkeypatch):
    def refuse(file):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(compiled, "_lock_file", refuse)
    module = compiled.load("some", SOURCE + "ANSWER = 5\n")
    assert native.call(module.twice, 4) == 8


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


@pytest.mark.parametrize("kept", ["*.py", "*.o"])
@pytest.mark.parametrize("damage", [b"", b"\x80half", None])
def test_what_a_crash_has_damaged_in_the_cache_is_made_again(folder, kept, damage):
    source = f"# {folder.name}\n{SOURCE}"
    assert native.call(loaded_as_in_another_process(source).twice, 21) == 42
    found = list(folder.glob(kept))
    assert found
    for file in found:
        if damage is None:
            os.truncate(file, file.stat().st_size // 2)
        else:
            file.write_bytes(damage)
    assert native.call(loaded_as_in_another_process(source).twice, 21) == 42


def test_a_full_disk_below_the_cache_is_named(folder, monkeypatch):
    def fill(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled, "write_atomically", fill)
    with pytest.raises(RunError, match=f"{folder}.*No space left"):
        compiled.load("some", "ANSWER = 5\n")


def test_on_windows_the_folder_is_waited_for_longer_than_its_ten_seconds(folder, monkeypatch):
    tries = []

    def locking(file, mode, n):
        tries.append(mode)
        if len(tries) < 3:
            raise OSError(errno.EDEADLK, "after 10 seconds")

    windows = SimpleNamespace(LK_LOCK=1, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    monkeypatch.setattr(compiled, "sys", SimpleNamespace(platform="win32", modules=sys.modules))
    assert compiled.load("some", f"ANSWER = 7  # {folder}\n").ANSWER == 7
    assert tries == [1, 1, 1]
