"""Parameters and metrics for MLflow: one of its runs for each study.

The tracking server, or the store, is the one that is given, else MLflow's own choice
(MLFLOW_TRACKING_URI). The study keeps the id of its run beside its files, so that a study that goes
on goes on there; an id counts only where the run that it names was made for this study, since
somebody else may have written it. Steps that the run has are not written twice.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.events import Event, Observer, Scored
from cellcolony.runs.observers import OBSERVERS, ObserverKind, Subject
from cellcolony.runs.observers.points import Point, Points
from cellcolony.store import foreign
from cellcolony.store.files import write_file
from cellcolony.store.reading import read

EXPERIMENT = "cellcolony"
KEPT = "mlflow.json"
"""Keeps the run's id, with the study."""
STUDY = "cellcolony.study"
"""The tag by which a run is known to be that of a study."""
LARGEST_KEPT = 10_000
MOST_TOGETHER = 500
"""Points that are sent at once; MLflow takes 1,000."""
MOST_PARAMETERS = 100
"""Parameters that MLflow takes at once."""
LONGEST_VALUE = 500
"""Characters of a parameter: as long as the oldest servers take them."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_. /-]+")
"""What keys may not hold."""


def check(where: str, folder: Path | None) -> None:
    """Check that there is the package.

    Raises:
        ConfigError: There is not.
    """
    if find_spec("mlflow") is None:
        raise ConfigError(
            "The observer 'mlflow' needs the package mlflow-skinny: "
            "pip install 'cellcolony[mlflow]'."
        )


@contextmanager
def begin(subject: Subject, where: str) -> Iterator[Observer]:
    """Log to a run until the context is left.

    Raises:
        MlflowException: The server or the store cannot be reached.
    """
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=where or None)
    log = _Log(client, _run_of(client, subject))
    try:
        yield log.observe
    finally:
        log.close()


def _run_of(client: Any, subject: Subject) -> str:
    """Return the id of the study's run, a new one where it has none."""
    from mlflow.entities import Param

    known = _kept(client, subject)
    if known is not None:
        client.update_run(known, status="RUNNING")
        return known
    experiment = client.get_experiment_by_name(EXPERIMENT)
    id = client.create_experiment(EXPERIMENT) if experiment is None else experiment.experiment_id
    run = client.create_run(id, run_name=subject.name, tags={STUDY: subject.digest}).info.run_id
    params = [
        Param(_UNSAFE.sub("-", name), value[:LONGEST_VALUE])
        for name, value in _flat(subject.settings)
    ]
    for first in range(0, len(params), MOST_PARAMETERS):
        client.log_batch(run, params=params[first : first + MOST_PARAMETERS])
    if subject.folder is not None:
        subject.folder.mkdir(parents=True, exist_ok=True)
        write_file(subject.folder / KEPT, json.dumps({"run": run}))
    return run


def _kept(client: Any, subject: Subject) -> str | None:
    """Return the id that is kept with the study; None where there is none of this study's."""
    from mlflow.exceptions import MlflowException

    if subject.folder is None or not (subject.folder / KEPT).exists():
        return None
    try:
        kept = foreign.parse_json(read(subject.folder, subject.folder / KEPT, LARGEST_KEPT))
        run = client.get_run(str(kept["run"]))
    except (RunError, ValueError, LookupError, TypeError, MlflowException):
        return None  # it was begun at another server, or is gone
    return run.info.run_id if run.data.tags.get(STUDY) == subject.digest else None


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of tables, with the names that lead to them."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)


class _Log:
    """Logs points as metrics of a run, several at once."""

    def __init__(self, client: Any, run: str) -> None:
        self._client, self._run = client, run
        self._points = Points()
        self._last: dict[str, int] = {}
        self._waiting: list[Any] = []
        self._has_ended = False
        self._sent = 0.0

    def observe(self, event: Event) -> None:
        from mlflow.entities import Metric

        self._has_ended |= isinstance(event, Scored)  # warnings may follow
        now = int(1000 * time.time())
        for point in self._points.of(event):
            key = _UNSAFE.sub("-", f"{point.group}/{point.name}")
            if point.step > self._last_step(key, point):
                self._last[key] = point.step
                self._waiting.append(Metric(key, point.value, now, point.step))
        if len(self._waiting) >= MOST_TOGETHER or time.monotonic() - self._sent > 1:
            self._send()

    def _last_step(self, key: str, point: Point) -> int:
        if key not in self._last:
            history = self._client.get_metric_history(self._run, key)
            self._last[key] = max((one.step for one in history), default=-1)
        return self._last[key]

    def _send(self) -> None:
        while self._waiting:
            self._client.log_batch(self._run, metrics=self._waiting[:MOST_TOGETHER])
            del self._waiting[:MOST_TOGETHER]
        self._sent = time.monotonic()

    def close(self) -> None:
        self._send()
        self._client.set_terminated(self._run, "FINISHED" if self._has_ended else "KILLED")


OBSERVERS.register("mlflow")(
    ObserverKind(check, begin, "Parameters and metrics for MLflow, at its server or in a store.")
)
