"""Object files are kept between starts: never stale, and damaged ones are made again."""

from __future__ import annotations

import os

import numpy as np
import pytest

from cellcolony.cells.lower import compiled, llvm, native

SOURCE = """
from __future__ import annotations

def twice(number) -> int:
    return {factor} * number
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def compilations(monkeypatch):
    made, compile_it = [], llvm.object_code

    def counted(*given):
        made.append(given)
        return compile_it(*given)

    monkeypatch.setattr(llvm, "object_code", counted)
    return made


def module_of(folder, factor=2):
    return compiled.load("some", f"# {folder}\n" + SOURCE.format(factor=factor))


def forget():
    """Forget what is loaded, as another process would not know it."""
    native._calls.clear()
    native._addresses.clear()


def test_what_is_kept_is_loaded_and_not_compiled_again(folder, compilations):
    module = module_of(folder)
    assert [native.call(module.twice, 4), native.call(module.twice, 5)] == [8, 10]
    forget()
    assert native.call(module.twice, 4) == 8
    assert len(compilations) == 1


def test_another_source_other_arguments_or_another_translator_are_another_file(
    folder, compilations, monkeypatch
):
    one, other = module_of(folder), module_of(folder, factor=3)
    assert (native.call(one.twice, 4), native.call(other.twice, 4)) == (8, 12)
    forget()
    monkeypatch.setattr(native, "_translator", lambda: "a later version")
    assert native.call(one.twice, 4) == 8
    assert len(compilations) == len(list(folder.glob("*.o"))) == 3


def test_a_folder_that_is_read_only_later_is_enough(folder, compilations):
    module = module_of(folder)
    native.call(module.twice, 4)
    (kept,) = folder.glob("*.o")
    os.chmod(kept, 0o400)
    forget()
    assert native.call(module.twice, 4) == 8
    assert len(compilations) == 1


def test_a_bound_call_reads_what_its_arrays_hold_then(folder):
    source = SOURCE.replace("{factor} * number", "number[0]")
    module = compiled.load("some", f"# {folder}\n{source}")
    numbers = np.ones(3, np.int64)
    call = native.bound(module.twice, numbers)
    assert call() == 1
    numbers[0] = 7
    assert call() == 7
