"""Files and texts from elsewhere, at their limits."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cellcolony.store.foreign import MOST_NESTED, open_regular, parse_json, parse_toml, read_regular


def test_a_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has 5 bytes, and such a file may have 4"):
        read_regular(path, 4)


@pytest.mark.parametrize("append", [False, True])
def test_a_pipe_is_not_waited_for(tmp_path, append):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"no regular file|No such device"):
        open_regular(tmp_path / "pipe", append=append)


def test_folders_devices_and_names_that_cannot_be_are_refused(tmp_path):
    for path, why in ((tmp_path, "a folder"), ("/dev/zero", "a device"), ("a\0b", "null byte")):
        with pytest.raises(OSError, match=why):
            open_regular(tmp_path / path)


def test_a_link_is_followed_within_its_folder_alone(tmp_path):
    inside, outside = tmp_path / "run" / "file", tmp_path / "file"
    inside.parent.mkdir()
    inside.write_text("inside")
    outside.write_text("outside")
    for target in (inside, outside):
        link = tmp_path / "run" / f"to-{target.parent.name}"
        link.symlink_to(target)
        assert read_regular(link, 10) == target.read_bytes()
        if target == inside:
            assert read_regular(link, 10, within=inside.parent) == b"inside"
        else:
            with pytest.raises(OSError, match="leads out of"):
                read_regular(link, 10, within=inside.parent)


def test_a_folder_that_is_a_link_itself_is_no_way_out(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "file").write_text("inside")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    assert read_regular(tmp_path / "link" / "file", 10, within=tmp_path / "link") == b"inside"


def nested(n: int) -> Iterator[tuple[Callable[[Any], Any], str | bytes]]:
    """Yield what parses a text, and a text of n lists or tables within each other."""
    lists, tables = "[" * n + "]" * n, '{"a": ' * n + "1" + "}" * n
    yield parse_json, lists.encode()
    yield parse_json, tables.encode()
    yield parse_toml, f"a = {lists}"
    yield parse_toml, f"a{'.a' * n} = 1"


def test_values_may_be_nested():
    for parse, text in nested(MOST_NESTED - 2):
        assert parse(text)


@pytest.mark.parametrize("n", [MOST_NESTED + 1, 1000, 100_000])
def test_values_that_are_nested_too_deeply_are_refused(n):
    for parse, text in nested(n):
        with pytest.raises(ValueError, match="lie within each other"):
            parse(text)


@pytest.mark.parametrize("text", [b"NaN", b"-Infinity", b"1" + b"0" * 200, b"", b"\xff", b"{"])
def test_json_that_cannot_be_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_a_number_of_any_length_is_refused():
    for text in ("a = 0x" + "f" * 10**6, "a = " + "1" * 10**6):
        with pytest.raises(ValueError, match=r"bits|digits"):
            parse_toml(text)
