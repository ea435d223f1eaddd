"""Ways to damage the files of a run: bytes, fields, and something else in a file's place."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import math
import os
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from hypothesis import strategies as st
from safetensors.numpy import load, save

VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 7, 2**31, 2**63, 10**30, 10**200, 0.5, -0.5, 1e-320, 1e15, 1e30,
    1e308, -1e308, math.inf, -math.inf, math.nan, "", "x", "1", "nan", "1e999", "x" * 200_000,
    "../../secret", "/dev/zero", "a\nb", "a\0b", "\x1b[31mred", "\x9b31m", "<script>", "é" * 50,
    [], {}, [[]], [0], ["x"], [1e308, -1], [None], {"x": 1}, {"": {}}, [[0, 1, 2]], [0] * 5000,
    date(1979, 5, 27),
)  # fmt: skip
"""What a field is replaced by; None takes it away where there is no null."""


class Tree:
    """The fields of a file, of which one is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = _values(path)
        self.places = list(_places(self.values, ()))

    def put(self, place: tuple[Any, ...], value: Any) -> None:
        """Write the file with another value at a place."""
        inner = self.values
        for key in place[:-1]:
            inner = inner[key]
        if value is None and self.path.suffix == ".toml":
            del inner[place[-1]]
        else:
            inner[place[-1]] = value
        _write(self.path, self.values)


def _values(path: Path) -> Any:
    if path.suffix == ".toml":
        return tomllib.loads(path.read_text())
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".json":
        return json.loads(path.read_text())
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.reader(file))
    content = path.read_bytes()
    n_header = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n_header])
    numbers = {name: tensor.tolist() for name, tensor in load(content).items()}
    return {"header": header, "numbers": numbers}


def _write(path: Path, values: Any) -> None:
    if path.suffix == ".toml":
        path.write_text(tomli_w.dumps(_for_toml(values)))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(line, default=str) + "\n" for line in values))
    elif path.name == "checkpoint.json":
        body = {key: value for key, value in values.items() if key != "sha256"}
        path.write_text(json.dumps(_signed(body), default=str))
    elif path.suffix == ".json":
        path.write_text(json.dumps(values, default=str))
    elif path.suffix == ".csv":
        with path.open("w", newline="", errors="replace") as file:
            csv.writer(file, escapechar="\\").writerows(
                row if isinstance(row, list) else [row] for row in values
            )
    else:
        _write_tensors(path, values)


def _signed(body: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint whose checksum is right: whoever changes it can compute that too."""
    try:
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    except TypeError:  # keys of several kinds
        digest = ""
    return {"sha256": digest, **body}


def _for_toml(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _for_toml(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_for_toml(one) for one in value if one is not None]
    return value


def _write_tensors(path: Path, values: dict[str, Any]) -> None:
    """Write other numbers, or the same numbers under another header."""
    content = path.read_bytes()
    n_header = int.from_bytes(content[:8], "little")
    before = json.loads(content[8 : 8 + n_header])
    if values.get("header") != before:
        header = json.dumps(values.get("header"), default=str).encode()
        path.write_bytes(len(header).to_bytes(8, "little") + header + content[8 + n_header :])
    else:
        tensors, given = {}, values.get("numbers")
        for name, numbers in given.items() if isinstance(given, dict) else ():
            wrong = contextlib.suppress(ValueError, TypeError, OverflowError, KeyError)
            with wrong, np.errstate(over="ignore", invalid="ignore"):
                tensors[name] = np.array(numbers, load(content)[name].dtype)
        path.write_bytes(save(tensors))
    checkpoint = path.parent / "checkpoint.json"
    if path.name.startswith("checkpoint"):  # so that the checksum is right again
        body = json.loads(checkpoint.read_text())
        body.pop("sha256")
        body["arrays_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        checkpoint.write_text(json.dumps(_signed(body)))


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield where every value stands, lists and tables too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield (*place, key)
        if isinstance(one, (dict, list)):
            yield from _places(one, (*place, key))


def files_of(run: Path) -> list[Path]:
    """Return the files of a run, relative to it."""
    return sorted(path.relative_to(run) for path in run.rglob("*") if path.is_file())


def make_special(path: Path, kind: str, secret: Path) -> None:
    """Put something else than a regular file of the run at a path."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
        (path / "inside").write_text("x")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(
            {
                "link out": secret / "file",
                "link to a folder": secret,
                "dangling link": secret / "nothing",
                "loop": path,
                "device": Path("/dev/zero"),
            }[kind]
        )


BYTES = st.sampled_from(
    [b"", b"\0" * 100, b"\xff\xfe\x00", b"[" * 100_000, b"{" * 100_000, b'{"a":' * 100_000,
     b"a." * 50_000, b"\n" * 1000, b"x" * (1 << 20), b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.",
     b"1" * 10_000, b"null", b"[]", b"{}", b"\xff" * 8 + b"{}", b"\x02" + b"\0" * 7 + b"{}"]
)  # fmt: skip


def damaged(data: st.DataObject, content: bytes) -> bytes:
    """Return bytes that were flipped, cut, doubled, inserted or replaced."""
    how = data.draw(st.sampled_from(["flip", "cut", "insert", "remove", "repeat", "all"]))
    at = data.draw(st.integers(0, max(len(content) - 1, 0)))
    end = min(at + data.draw(st.integers(1, 40)), len(content))
    if how == "flip" and content:
        return content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
    if how == "cut":
        return content[:at]
    if how == "insert":
        return content[:at] + data.draw(BYTES | st.binary(max_size=20)) + content[at:]
    if how == "remove":
        return content[:at] + content[end:]
    if how == "repeat":
        return content[:end] + content[at:]
    return data.draw(BYTES | st.binary(max_size=60))
