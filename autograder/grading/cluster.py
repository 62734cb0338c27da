"""Many submissions at once, on the workers of a dask.distributed cluster.

The cluster's workers need this course in the same version, with the same packages: they are asked before
the first submission is handed out, and each task carries what it needs once more, for workers that come
later. They need no secret, no gradebook and no shared folder. Tasks and results cross dask's own
connections, so use TLS or a network of your own.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.grading.farm import DEATHS, FarmError
from autograder.grading.results import difference
from autograder.grading.settings import Confinement, require_confinement
from autograder.grading.worker import Result, Task, grade_task

_CONNECT_SECONDS = 15
# Tasks on the way for each thread of the cluster: one at work, one waiting beside it.
_AHEAD = 2


def grade_text(task: str) -> str:
    """Grade one task; both it and its result are JSON text."""
    return json.dumps(grade_task(json.loads(task)))


def introduce(lesson: str) -> dict[str, Any]:
    """Say what a worker has: the state of its code, and how it confines a submission."""
    from autograder.grading.results import code_state
    from autograder.grading.settings import confinement

    here = confinement()
    return {"code": code_state(lesson), "level": here.level, "steps": here.steps, "missing": here.missing}


class ClusterFarm:
    """The workers of a cluster.

    Parameters
    ----------
    address : str
        The scheduler's, for example ``tcp://10.0.0.5:8786``.
    lesson : str
        The slug of the lesson that is graded.
    code : mapping
        What ``results.code_state`` gives here.
    unconfined : bool
        Whether workers that cannot confine a submission may have one.

    Raises
    ------
    FarmError
        When no scheduler answers there, or its workers cannot grade for this machine.
    NotConfined
        When a worker cannot confine a submission.
    """

    def __init__(self, address: str, lesson: str, code: Mapping[str, Any], unconfined: bool = False) -> None:
        from distributed import Client

        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise FarmError(
                f"No dask scheduler answers at {address} ({_first_line(error)}); start one with `dask scheduler`."
            ) from error
        try:
            self.confinement = self._ask(address, lesson, code, unconfined)
        except BaseException:
            self.close()
            raise

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        """Grade every task; give each with its result as it is finished.

        Parameters
        ----------
        tasks : iterator of dict
            Asked for the next ones when a worker is about to be free.
        """
        from distributed import as_completed

        left = iter(tasks)
        waiting: dict[Any, Task] = {}
        done = as_completed(loop=self._client.loop)
        most = max(1, _AHEAD * sum(self._client.nthreads().values()))
        while True:
            for task in itertools.islice(left, most - len(waiting)):
                future = self._client.submit(grade_text, json.dumps(task), pure=False, retries=DEATHS)
                waiting[future] = task
                done.add(future)
            if not waiting:
                return
            future = next(done)
            task = waiting.pop(future)
            yield task, _result(future)
            future.release()

    def close(self) -> None:
        """Leave the cluster; what is still running there is dropped."""
        self._client.close(timeout=5)

    def _ask(self, address: str, lesson: str, code: Mapping[str, Any], unconfined: bool) -> Confinement:
        if not self._client.nthreads():
            raise FarmError(f"The dask scheduler at {address} has no workers; start some with `dask worker {address}`.")
        try:
            found = self._client.run(introduce, lesson, on_error="return")
        except Exception as error:  # whatever a strange worker makes of it
            found = {"a worker": error}
        levels = []
        for worker, about in found.items():
            if not isinstance(about, dict):
                raise FarmError(
                    f"The dask worker {worker} cannot grade ({_first_line(about)}); install this course where it runs."
                )
            how = difference(code, about["code"])
            if how is not None:
                raise FarmError(f"The dask worker {worker} would grade differently: {how}; install the same there.")
            here = Confinement(about["level"], tuple(about["steps"]), tuple(about["missing"]))
            require_confinement(here, unconfined, f"The dask worker {worker}")
            levels.append(here)
        # The weakest of them stands for all: which worker has which submission is known afterwards only.
        return max(levels, key=lambda one: (one.level == "none", one.level == "container"))


def _result(future: Any) -> Result:
    try:
        result: Result = json.loads(future.result())
        return result
    except Exception as error:  # dask gave up on it: its workers died
        return {"failed": f"the cluster could not grade it: {_first_line(error)}"}


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300] if lines else 'no reason given'}"
