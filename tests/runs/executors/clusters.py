"""Schedulers and workers of Dask as processes of their own, which can be killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import Any

SECONDS = 60
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def ended(process):
    """Let a process run until the block is left."""
    try:
        yield process
    finally:
        with_its_children(process, signal.SIGKILL)
        process.wait()


def with_its_children(process, number):
    """Send a signal to a process and its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def scheduler(file):
    """Start a scheduler that writes its address into a file."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    command += ["--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--scheduler-file", file], start_new_session=True, **QUIET
    )
    deadline = time.monotonic() + SECONDS
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def worker(file, *options):
    """Start `cellcolony worker`."""
    command = [sys.executable, "-m", "cellcolony", "worker", "--scheduler-file", file, *options]
    return subprocess.Popen(command, start_new_session=True, **QUIET)
