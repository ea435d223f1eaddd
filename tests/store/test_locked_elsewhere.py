"""Locks as Windows has them, simulated; and what is written while others meddle with it."""

import errno
import os
import sys
from types import SimpleNamespace

import pytest

from cellcolony.errors import RunError
from cellcolony.store import lock, snapshot
from cellcolony.store.lines import AppendedLines
from cellcolony.store.lock import LOCK, locked


class Msvcrt(SimpleNamespace):
    """The locks of Windows: one owner for each byte of a file, which nobody else may read."""

    LK_LOCK, LK_NBLCK = 1, 2

    def __init__(self):
        super().__init__(held=set())

    def locking(self, file, mode, n):
        place = os.fstat(file).st_ino, os.lseek(file, 0, os.SEEK_CUR)
        if place in self.held:
            raise OSError(errno.EDEADLK if mode == self.LK_LOCK else errno.EACCES, "locked")
        self.held.add(place)


@pytest.fixture
def windows(monkeypatch):
    locks = Msvcrt()
    monkeypatch.setattr(lock, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setitem(sys.modules, "msvcrt", locks)
    return locks


@pytest.mark.parametrize("waits", [False, True])
def test_on_windows_the_second_writer_is_refused(windows, tmp_path, waits):
    message = "being written by another process"
    with locked(tmp_path), pytest.raises(RunError, match=message), locked(tmp_path, waits):
        pass


def test_on_windows_a_byte_is_locked_that_no_journal_has(windows, tmp_path):
    lines = AppendedLines(tmp_path / "journal.jsonl")
    lines.append({"a": 1})
    assert all(place == lock.FAR for _, place in windows.held)
    assert lines.flush_to_disk() == len('{"a": 1}\n')
    with pytest.raises(RunError, match="being written"):
        AppendedLines(tmp_path / "journal.jsonl")
    lines.close()


def test_on_windows_no_folder_is_opened_which_it_refuses(tmp_path, monkeypatch):
    def open_one(path, flags):
        raise PermissionError(errno.EACCES, "it is a folder", str(path))

    windows = SimpleNamespace(name="nt", fsync=os.fsync, replace=os.replace, open=open_one)
    monkeypatch.setattr(snapshot, "os", windows)
    snapshot.keep(tmp_path, {"format": 1}, {"a": 1}, 3)
    assert snapshot.kept(tmp_path)["state"] == {"a": 1}


def test_a_deleted_lock_file_makes_no_room_for_a_second_writer(tmp_path):
    path = tmp_path / "journal.jsonl"
    with locked(tmp_path):
        first = AppendedLines(path)
        (tmp_path / LOCK).unlink()
        with locked(tmp_path), pytest.raises(RunError, match="being written by another process"):
            AppendedLines(path)
        first.append({"a": 1})
        first.close()
    AppendedLines(path).close()


def test_a_folder_that_is_swapped_for_a_copy_is_noticed_at_the_next_line(tmp_path):
    run, older = tmp_path / "run", tmp_path / "older"
    for folder in (run, older):
        folder.mkdir()
        (folder / "journal.jsonl").write_text('{"a": 1}\n')
    lines = AppendedLines(run / "journal.jsonl")
    lines.append({"a": 2})
    run.rename(tmp_path / "moved")
    with pytest.raises(FileNotFoundError):
        lines.append({"a": 3})
    older.rename(run)
    with pytest.raises(OSError, match="another file has taken its place"):
        lines.append({"a": 4})
    with pytest.raises(OSError, match="another file has taken its place"):
        lines.check_in_place()
    lines.close()
    assert (run / "journal.jsonl").read_text() == '{"a": 1}\n'
