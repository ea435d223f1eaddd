"""Who works on a study, and where: the executor, the workers, and the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellcolony.errors import ConfigError
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.executors import Workers, Workplace, check_executor, how_many, limit_of
from cellcolony.runs.executors.gpus import gpus_for
from cellcolony.runs.executors.sharing import Sharing


@dataclass(frozen=True)
class Hands:
    """Who works, and where.

    Attributes:
        executor: Where candidates are judged and final trainings run.
        workers: How many at once, one thread each; of a place with workers of its own, how many it
            had when the session began.
        limit: The most that may work at once; None for all that come to such a place.
        device: Where language models compute: "cpu", "cuda", or "auto" for a GPU if there is one.
        threads: How many threads one final training uses.
        per_gpu: So many trainings at most share a GPU; None where none computes on one.
        n_gpus: How many GPUs of this machine are computed on.
    """

    executor: Workplace = "threads"
    workers: int = 1
    limit: int | None = 1
    device: str = "auto"
    threads: int = 1
    per_gpu: int | None = None
    n_gpus: int = 0

    @property
    def per_gpu_of_candidates(self) -> int | None:
        """So many candidates at most share a GPU; None where they train on processors."""
        return self.per_gpu if self.device == "cuda" else None

    def computed_on(self, config: StudyConfig) -> dict[str, Any]:
        """Return what a study keeps of where language models compute; nothing for others."""
        return {"device": self.device, "gpus": self.n_gpus} if config.trained_by.on_gpu else {}

    @staticmethod
    def of(
        config: StudyConfig, workers: Workers, executor: Workplace | None = None,
        device: str = "auto", threads: int = 1, per_gpu: int = 1,
    ) -> Hands:  # fmt: skip
        """Return who works on a study.

        Raises:
            ConfigError: A setting has a value that it cannot have, or there is no GPU for "cuda".
            RunError: The workers of the executor cannot be reached.
        """
        if type(threads) is not int or threads < 1:
            raise ConfigError(f"`threads` must be a whole number of at least 1. Got {threads!r}.")
        if device not in ("auto", "cpu", "cuda"):
            raise ConfigError(f"`device` must be 'cpu', 'cuda' or 'auto'. Got {device!r}.")
        if executor is None:
            executor = _usual_executor(config, workers, device)
        check_executor(executor)
        n = how_many(executor, workers)
        limit = limit_of(executor, workers, n)
        sharing = Sharing.of(config.trained_by.on_gpu, executor, device, per_gpu)
        if device == "cuda" and sharing.most is not None:
            n = limit = sharing.n_of(workers, n)
        return Hands(executor, n, limit, device, threads, sharing.per_gpu, sharing.n_gpus)


def _usual_executor(config: StudyConfig, workers: Workers, device: str) -> str:
    """Return where a study is done if nobody says where.

    Without a search there are few trainings, and threads are told of at once; but of several on
    GPUs each needs a process.
    """
    trained_by = config.trained_by
    if config.stage("search") is not None:
        return trained_by.executor
    is_one = workers in (1, "usual") or not trained_by.on_gpu
    return "threads" if is_one or not gpus_for(device) else trained_by.executor
