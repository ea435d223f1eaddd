"""Whatever somebody else puts into a battery's folder ends in our own error, or does no harm."""

import contextlib
import io
import json
import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.cli.battery import battery
from cellcolony.errors import CellcolonyError, ConfigError, RunError
from cellcolony.runs.battery import run as running
from cellcolony.runs.battery.folder import BATTERY, BEGUN, RESULTS
from cellcolony.runs.battery.plan import parse_battery
from cellcolony.runs.battery.record import read_records
from tests.runs.batteries import QUICK, failed, line_of, record, write_series
from tests.runs.damage import VALUES, Tree, damaged, make_special
from tests.runs.hostile import examples, guarded, where

FILES = (BATTERY, BEGUN, RESULTS)
ENTRIES = (*FILES, "battery.svg", "battery.svg.part", "configurations.csv.part", "table_2.csv")


def never_run(jobs, *_):
    """Carry nothing out."""
    for job in jobs:
        yield job.failed("it was never run")


class Attack:
    """The folder of a finished battery, which is damaged, and a secret beside it."""

    def __init__(self, folder):
        self.whole, self.path = folder / "whole", folder / "quick"
        self.secret = folder / "elsewhere"
        self.secret.mkdir()
        (self.secret / "file").write_text("secret")
        write_series(folder)
        plan = parse_battery(QUICK, "quick.toml", {})
        results = [
            failed(one.label, repeat)
            if repeat and one.label == "random"
            else record(one.label, repeat, 1.0 + repeat, 2.0 + repeat, entropy=0.5)
            for one, repeat in plan.jobs()
        ]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(running, "carry_out", lambda *_: (yield from results))
            patched.setattr(running, "warm_up", lambda _: None)
            running.run_battery(plan, self.whole)

    def prepare(self):
        shutil.rmtree(self.path, ignore_errors=True)
        return shutil.copytree(self.whole, self.path)

    def bug(self):
        """Return what the command did that it may not do; None if there is nothing."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(running, "carry_out", never_run)
            patched.setattr(running, "warm_up", lambda _: None)
            try:
                with guarded(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    battery(str(self.path), workers=1)
            except CellcolonyError:
                pass
            except BaseException as error:
                return where(error)
        found = [path.name for path in self.secret.iterdir()]
        untouched = found == ["file"] and (self.secret / "file").read_text() == "secret"
        return None if untouched else f"it wrote elsewhere: {found}"


@pytest.fixture(scope="module")
def attack(tmp_path_factory):
    folder, before = tmp_path_factory.mktemp("hostile-battery"), os.getcwd()
    os.chdir(folder)
    yield Attack(folder)
    os.chdir(before)


def test_a_finished_battery_is_shown_as_it_is(attack, capsys):
    attack.prepare()
    battery(str(attack.path), workers=1)
    assert "6 of 6 runs finished" in capsys.readouterr().out


@examples(10)
@given(st.data())
def test_damaged_bytes_do_no_harm(attack, data):
    path = attack.prepare() / data.draw(st.sampled_from(FILES))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert attack.bug() is None


@examples(24)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attack, data):
    tree = Tree(attack.prepare() / data.draw(st.sampled_from(FILES)))
    tree.put(data.draw(st.sampled_from(tree.places)), data.draw(st.sampled_from(VALUES)))
    assert attack.bug() is None


@pytest.mark.parametrize("kind", ["folder", "pipe", "link out", "dangling link", "loop", "device"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_no_file_of_the_battery_is_neither_waited_for_nor_followed(attack, entry, kind):
    make_special(attack.prepare() / entry, kind, attack.secret)
    assert attack.bug() is None


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_ten_gigabytes_is_refused_before_it_is_read(attack, name):
    os.truncate(attack.prepare() / name, 10 << 30)
    with pytest.raises(CellcolonyError, match=rf"{name}.*bytes"), guarded():
        battery(str(attack.path), workers=1)


def test_there_is_an_end_to_combinations_and_repeats():
    levels = ", ".join(f'{{label = "{i}", n_ants = {i + 1}}}' for i in range(100))
    axes = "".join(
        f'[[axis]]\nname = "{i}"\nlevels = [{levels.replace("n_ants", key)}]\n'
        for i, key in enumerate(("n_ants", "n_layers", "population"))
    )
    head = 'budget = "1 network"\ndata = "demo"\n'
    with pytest.raises(ConfigError, match="the axes have 1,000,000 combinations"):
        parse_battery(head + axes, "large.toml", {})
    with pytest.raises(ConfigError, match="`repeats` must leave at most 1,000,000 runs"):
        parse_battery(f"repeats = {10**15}\n{QUICK.split('repeats = 2')[1]}", "long.toml", {})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("valid", 1e308, "`valid` must be a number from 0"), ("test", -1.0, "`test` must be"),
     ("repeat", True, "`repeat` must be a whole number"),
     ("levels", {"a": 1}, "`a` must be a text"),
     ("n_weights", 1.5, "`n_weights` must be"), ("configuration", None, "`configuration` must be")],
)  # fmt: skip
def test_a_result_that_cannot_be_is_named(tmp_path, key, value, message):
    path = tmp_path / RESULTS
    good = json.loads(line_of(record("a")))
    path.write_text(json.dumps(good) + "\n" + json.dumps({**good, key: value}) + "\n")
    with pytest.raises(RunError, match=rf"{RESULTS}, line 2.*{message}"):
        read_records(path)


@pytest.mark.parametrize("text", ['{"valid": NaN}', "[" * 100_000, '{"valid": 1e999}'])
def test_a_result_that_is_no_json_is_named(tmp_path, text):
    (tmp_path / RESULTS).write_text(text + "\n")
    with pytest.raises(RunError, match=rf"{RESULTS}, line 1"):
        read_records(tmp_path / RESULTS)
