"""Files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellcolony.cli import main
from cellcolony.store.files import write_file, write_output
from cellcolony.store.writing import NotWrittenError


@pytest.mark.parametrize("write", [write_file, write_output])
def test_a_path_that_holds_a_nul_is_refused(tmp_path, write):
    with pytest.raises(NotWrittenError, match=r"a path cannot hold a NUL\. Got '.*x\\x00y'\."):
        write(tmp_path / "x\0y", "text")
    assert not list(tmp_path.iterdir())


def test_a_drawing_is_not_written_to_such_a_path(capsys):
    assert main(["draw", "lstm", "--out", "x\0y"]) == 2
    assert "a path cannot hold a NUL" in capsys.readouterr().err
    assert not Path("x").exists()
