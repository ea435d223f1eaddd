"""A disk that is full, a folder that is gone: an error at once, and the run goes on later."""

import errno
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cellcolony.errors import RunError
from cellcolony.runs import recorder
from cellcolony.runs.events import Told
from cellcolony.runs.resume import resume
from cellcolony.search.nodes import NodeEvolution
from tests.runs import settings
from tests.runs.fakes import faked
from tests.runs.runs import journal, same

N = 6
NODES = NodeEvolution(population=3, generations=2)

WITH_SMALL_FILES = """
import resource, sys
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
study = settings.forecast(Forecast.from_csv(sys.argv[1], "wave"))
study.run("1 networks")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
study.run("40 networks", out=sys.argv[2])
"""


OPEN, OPEN_DESCRIPTOR = io.open, os.open


class FullDisk:
    """Fails the writing of files below a folder, from one on."""

    def __init__(self, folder, n_allowed):
        self.folder, self.n_allowed = folder, n_allowed
        self.written: list[str] = []

    def open(self, file: Any, mode: Any = "r", *args: Any, **settings: Any) -> Any:
        if set(mode) & set("wax") and not isinstance(file, int):
            self.count(file)
        return OPEN(file, mode, *args, **settings)

    def open_descriptor(self, file: Any, flags: int, *args: Any, **settings: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.count(file)
        return OPEN_DESCRIPTOR(file, flags, *args, **settings)

    def count(self, file: Any) -> None:
        if Path(file).is_relative_to(self.folder):
            self.written.append(str(Path(file).relative_to(self.folder)))
            if len(self.written) > self.n_allowed:
                raise OSError(errno.ENOSPC, "No space left on device", str(file))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, read, text):
    folder = tmp_path_factory.mktemp("undisturbed")
    with faked():
        return {
            "forecast": settings.forecast(read).run(f"{N} networks", out=folder / "forecast"),
            "nodes": settings.nodes(text, method=NODES).run(
                f"{N} networks", out=folder / "nodes", executor="threads"
            ),
        }


def kind_of(name):
    """Return what files that are written alike have in common: a control's are like a search's."""
    return re.sub(r"\d+|(?<=finals/)[^/]+", "#", name.replace("control/", ""))


def firsts_and_lasts(kinds):
    """Return the places at which a file of each kind is first written, and last, in order."""
    places = {kind: place for place, kind in reversed([*enumerate(kinds)])}
    return sorted({*places.values(), *dict(zip(kinds, range(len(kinds)), strict=True)).values()})


def error_of(call):
    try:
        call()
    except RunError as error:
        return str(error)
    return None


@pytest.mark.parametrize("kind", ["forecast", "nodes"])
@pytest.mark.usefixtures("no_training")
def test_whichever_file_the_disk_has_no_room_for_the_run_says_so_and_goes_on_later(
    read, text, undisturbed, tmp_path, monkeypatch, kind
):
    """Of files that are written alike, the first and the last."""
    monkeypatch.setattr(recorder, "CANDIDATES", 3)
    monkeypatch.setattr(recorder, "SECONDS", 0.0)
    n_resumed = 0
    study = settings.forecast(read) if kind == "forecast" else settings.nodes(text, method=NODES)
    budget = f"{N} networks"

    def written_until(n_files):
        run, disk = tmp_path / str(n_files) / "run", FullDisk(tmp_path / str(n_files), n_files)
        with monkeypatch.context() as full:
            full.setattr(io, "open", disk.open)
            full.setattr(os, "open", disk.open_descriptor)
            error = error_of(lambda: study.run(budget, out=run, executor="threads"))
        return run, disk.written, error

    _, names, error = written_until(1_000_000)
    assert error is None
    kinds = [kind_of(name) for name in names]
    assert len(kinds) > 30
    for n_files in firsts_and_lasts(kinds):
        run, written, error = written_until(n_files)
        assert kind_of(written[-1]) == kinds[n_files]
        assert error is not None
        assert str(run) in error
        assert "No space left on device" in error
        if (run / "config.toml").exists():
            same(resume(run, executor="threads"), undisturbed[kind])
            n_resumed += 1
    assert n_resumed > 10


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on the size of files")
def test_a_line_that_the_disk_took_in_part_is_cut_and_asked_again(data, read, tmp_path):
    run = tmp_path / "run"
    child = subprocess.run(
        [sys.executable, "-c", WITH_SMALL_FILES, str(data), str(run)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "RunError" in child.stderr
    assert "it cannot be written: File too large. What stands in" in child.stderr
    assert (run / "journal.jsonl").stat().st_size == 10_000
    assert not (run / "journal.jsonl").read_bytes().endswith(b"\n")
    resume(run)
    other = tmp_path / "other"
    settings.forecast(read).run("40 networks", out=other)
    assert journal(run) == journal(other)


def test_a_folder_that_is_gone_ends_the_run_at_once(read, tmp_path):
    run, told = tmp_path / "run", []

    def remove(event):
        if isinstance(event, Told):
            told.append(event)
            if len(told) == 5:
                shutil.rmtree(run)

    with pytest.raises(RunError, match="it cannot be written: No such file"):
        settings.forecast(read).run(f"{N} networks", out=run, on_event=remove)
    assert len(told) == 5
    assert not run.exists()
