"""Curves for TensorBoard: one of its runs for each search and each final training.

They lie in the run directory's folder `tensorboard`, or in a folder of that name in the one that is
given. A study that goes on goes on in the same place: what an earlier session wrote from the first
new step on, which a kill took from the study, is purged, as TensorBoard does for programs that
begin anew at a checkpoint (`SessionLog.START`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tomli_w

from cellcolony.errors import ConfigError
from cellcolony.runs.events import Event, Observer
from cellcolony.runs.observers import OBSERVERS, ObserverKind, Subject
from cellcolony.runs.observers.points import Point, Points
from cellcolony.store import foreign

FOLDER = "tensorboard"
SETTINGS = "settings"
FLUSH_SECONDS = 5
_UNSAFE = re.compile(r"[^\w,.+-]+")


def check(where: str, folder: Path | None) -> None:
    """Check that there is the package, and a place to write to.

    Raises:
        ConfigError: There is not.
    """
    if find_spec("tensorboard") is None:
        raise ConfigError(
            "The observer 'tensorboard' needs the package tensorboard: "
            "pip install 'cellcolony[tensorboard]'."
        )
    if not where and folder is None:
        raise ConfigError(
            "The observer 'tensorboard' writes into the run directory: give `out`, or a folder as "
            "in tensorboard=FOLDER."
        )


@contextmanager
def begin(subject: Subject, where: str) -> Iterator[Observer]:
    """Write curves until the context is left.

    Raises:
        OSError: They cannot be written, or the run directory's folder is a link.
    """
    curves = _Curves(subject, where)
    try:
        yield curves.observe
    finally:
        curves.close()


def _folder_in(where: str, subject: Subject) -> Path:
    """Return the folder of a study in one that holds several: it is called as the study is."""
    name = subject.name if subject.folder is None else os.path.relpath(subject.folder)
    return Path(where).expanduser() / _UNSAFE.sub("-", name.replace("..", "")).strip("-")


class _Curves:
    """Writes points, one folder a group."""

    def __init__(self, subject: Subject, where: str) -> None:
        assert where or subject.folder is not None, "checked"
        self._subject, self._is_own = subject, not where
        self._place = _folder_in(where, subject) if where else Path(subject.folder or "", FOLDER)
        self._points = Points()
        self._writers: dict[str, Any] = {}

    def observe(self, event: Event) -> None:
        for point in self._points.of(event):
            self._write(point)

    def _write(self, point: Point) -> None:
        writer = self._writers.get(point.group) or self._open(point)
        summary = _messages("summary").Summary
        value = summary.Value(tag=point.name, simple_value=point.value)
        _add(writer, point.step, summary=summary(value=[value]))

    def _open(self, point: Point) -> Any:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        folder = self._place / _UNSAFE.sub("-", point.group)
        if self._is_own:  # somebody else may have made the run, and links in it
            foreign.refuse_leading_out(folder, Path(self._subject.folder or ""))
        is_new = not folder.exists()
        writer = EventFileWriter(str(folder), flush_secs=FLUSH_SECONDS)
        self._writers[point.group] = writer
        log = _messages("event").SessionLog
        _add(writer, point.step, session_log=log(status=log.START))
        if is_new and len(self._writers) == 1:
            _add(writer, 0, summary=_text(SETTINGS, tomli_w.dumps(self._subject.settings)))
        return writer

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def _add(writer: Any, step: int, **what: Any) -> None:
    writer.add_event(_messages("event").Event(wall_time=time.time(), step=step, **what))


def _text(tag: str, text: str) -> Any:
    """Return a summary that TensorBoard shows as text."""
    messages, types = _messages("summary"), _messages("types")
    indented = "".join(f"    {line}\n" for line in text.splitlines())  # as Markdown has code
    about = messages.SummaryMetadata
    metadata = about(plugin_data=about.PluginData(plugin_name="text"))
    tensor = _messages("tensor").TensorProto(dtype=types.DT_STRING, string_val=[indented.encode()])
    value = messages.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return messages.Summary(value=[value])


def _messages(name: str) -> Any:
    """Return a module of the messages that event files hold, which are made as it is imported."""
    return import_module(f"tensorboard.compat.proto.{name}_pb2")


OBSERVERS.register("tensorboard")(
    ObserverKind(check, begin, "Curves for TensorBoard, in the run directory or in a folder.")
)
