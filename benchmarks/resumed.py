"""Go on with a run as `cellcolony resume` does, and leave when the first network has been asked.

Run `python benchmarks/resumed.py RUN BUDGET`. Prints when what was reached, as JSON: seconds of the
machine's monotonic clock, so that the process that started this one knows what its start took.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

MARKS = {"start of the interpreter": time.monotonic()}


def mark_after(place: Any, name: str, what: str) -> None:
    """Note when a function has returned; the last time counts."""
    work: Callable[..., Any] = getattr(place, name)

    def then_mark(*args: Any, **settings: Any) -> Any:
        result = work(*args, **settings)
        MARKS[what] = time.monotonic()
        return result

    setattr(place, name, then_mark)


def go_on(run: str, budget: str) -> int:
    """Go on with the run."""
    from cellcolony.cli import main
    from cellcolony.runs import recorder, resume, session  # noqa: F401
    from cellcolony.runs.front_files import FrontFiles
    from cellcolony.runs.recorder import Recorder
    from cellcolony.runs.stages.search import SearchStage
    from cellcolony.store import snapshot

    mark_after(snapshot, "decode", "settings and checkpoint read")
    mark_after(session, "restore", "state restored, the journal's rest replayed")
    mark_after(recorder, "write_checkpoint", "data read, first checkpoint written")
    mark_after(FrontFiles, "write", "the front scored and written")
    mark_after(SearchStage, "begin", "kernels loaded, data laid out")
    Recorder.observe = leave_when_asked(Recorder.observe)
    MARKS["imports"] = time.monotonic()
    return main(["resume", run, "--budget", budget, "--workers", "2"])


def leave_when_asked(observe: Callable[..., None]) -> Callable[..., None]:
    """Return what observes a run, and ends the process when a network has been asked."""
    from cellcolony.runs.events import Asked

    def observe_and_leave(self: object, event: object) -> None:
        observe(self, event)
        if isinstance(event, Asked):
            MARKS["a network asked, its line flushed"] = time.monotonic()
            print(json.dumps(MARKS), flush=True)
            os._exit(0)

    return observe_and_leave


if __name__ == "__main__":
    sys.exit(go_on(*sys.argv[1:]))
