"""How trainings share the GPUs of a machine: one each, unless somebody says that more may."""

from __future__ import annotations

from dataclasses import dataclass

from cellcolony.errors import ConfigError
from cellcolony.runs.executors import Workers, Workplace, is_here, shares_memory
from cellcolony.runs.executors.gpus import check_per_gpu, gpus_for
from cellcolony.wording import count


@dataclass(frozen=True)
class Sharing:
    """How trainings share GPUs.

    Attributes:
        per_gpu: So many trainings at most share a GPU; None where none computes on one.
        n_gpus: How many GPUs of this machine are computed on; 0 where those of others may be.
        most: How many trainings the GPUs of this machine take at once; None where others decide.
    """

    per_gpu: int | None = None
    n_gpus: int = 0
    most: int | None = None

    @staticmethod
    def of(on_gpu: bool, executor: Workplace, device: str, per_gpu: int = 1) -> Sharing:
        """Return how the GPUs of an executor are shared.

        Args:
            on_gpu: Whether what is trained can be trained on a GPU.
            executor: Where trainings are carried out.
            device: "cpu", "cuda", or "auto" for GPUs where there are some.
            per_gpu: So many trainings at most share a GPU.

        Raises:
            ConfigError: A value cannot be, or "cuda" is asked for and there is no GPU.
        """
        check_per_gpu(per_gpu)
        if not on_gpu and device == "cuda":
            raise ConfigError(
                "`device` is for language models: networks of time series are trained on "
                "processors. Got 'cuda'; leave it out."
            )
        if not on_gpu or device == "cpu":
            if per_gpu > 1:
                raise ConfigError(
                    f"`per_gpu` is for trainings on GPUs, and here are none. Got {per_gpu}."
                )
            return Sharing()
        if not is_here(executor):
            return Sharing(per_gpu)
        n = len(gpus_for(device))
        if not n:
            return Sharing()
        if not shares_memory(executor):
            return Sharing(per_gpu, n, n * per_gpu)
        if per_gpu > 1:
            raise ConfigError(
                f"`per_gpu` must be 1 in threads, which share one process. Got {per_gpu}; say "
                "--executor processes."
            )
        return Sharing(1, 1, 1)

    def n_of(self, workers: Workers, n: int) -> int:
        """Return how many candidates train at once on the GPUs of this machine.

        Args:
            workers: How many somebody asks for.
            n: How many that would be on processors.

        Raises:
            ConfigError: They are more than the GPUs take.
        """
        assert self.most is not None
        if workers is None:
            return self.most
        if workers == "usual":
            return min(n, self.most)
        if n > self.most:
            raise ConfigError(
                f"`workers` is {n}, and {count(self.n_gpus, 'GPU')} with {self.per_gpu} at once on "
                f"each take {self.most}. Ask for fewer, or, in processes, say --per-gpu."
            )
        return n
