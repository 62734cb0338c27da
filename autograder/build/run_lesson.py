"""Runs one notebook in a fresh kernel without a network: ``python -m autograder.build.run_lesson``.

It is a process of its own because a process cannot give back the network it has left.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.build.network import cut_network

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_GO_ON = "raises-exception"
_SETUP = "setup-of-the-site"
_DESCRIBE = "from course_utils.plots import describe_figures as _describe\n\n_describe()\ndel _describe"


def run(
    notebook: Path, *, cell_seconds: float, lesson_seconds: float, keep_going: bool, executed: Path | None = None
) -> dict[str, Any]:
    """Run a notebook top to bottom.

    Parameters
    ----------
    notebook : Path
        The notebook; it is not changed.
    cell_seconds, lesson_seconds : float
        Limits for one cell and for all of them.
    keep_going : bool
        Whether to go on after a cell that raised.
    executed : Path, optional
        Where to write the notebook with its outputs, its figures described in words and the state of its live
        figures; nowhere by default.

    Returns
    -------
    dict
        ``seconds``, ``ran`` (ids of the code cells that were run) and ``errors``: for each cell that raised,
        its ``cell`` id, ``name``, ``message``, ``line`` in the cell (or None) and whether its tags allow it
        (``allowed``); ``printed``, the text of all outputs to stdout.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    nb = nbformat.read(notebook, as_version=4)
    errors: list[dict[str, Any]] = []
    ran: list[str] = []
    if executed:
        nb.cells.insert(0, nbformat.v4.new_code_cell(_DESCRIBE, id=_SETUP))
    with tempfile.TemporaryDirectory(prefix="lesson-") as folder:
        client = NotebookClient(
            nb,
            kernel_name="python3",
            allow_errors=True,
            startup_timeout=60,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": folder}},
        )
        with client.setup_kernel():
            started = time.perf_counter()
            end = started + lesson_seconds

            def timeout(_cell: object, end: float = end) -> int:
                return max(1, round(min(cell_seconds, end - time.perf_counter())))

            client.timeout_func = timeout
            for index, cell in enumerate(nb.cells):
                if cell.cell_type != "code":
                    continue
                try:
                    client.execute_cell(cell, index)
                except CellTimeoutError:
                    spent = "lesson" if time.perf_counter() >= end - 1 else "cell"
                    limit = lesson_seconds if spent == "lesson" else cell_seconds
                    errors.append(_error(cell.id, "Timeout", f"the {spent} ran longer than {limit:g} s"))
                    break
                except DeadKernelError:
                    errors.append(_error(cell.id, "DeadKernel", "the kernel died"))
                    break
                ran.append(cell.id)
                found = list(_errors_of(cell))
                errors += found
                if found and not keep_going and not all(error["allowed"] for error in found):
                    break
            seconds = time.perf_counter() - started
    if executed:
        client.set_widgets_metadata()
        nb.cells = [cell for cell in nb.cells if cell.id != _SETUP]
        nbformat.write(nb, executed)
    printed = "".join(
        output.text
        for cell in nb.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
    return {"seconds": seconds, "ran": ran, "errors": errors, "printed": printed}


def _errors_of(cell: Any) -> Iterator[dict[str, Any]]:
    allowed = _GO_ON in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if output.output_type == "error":
            trace = _ANSI.sub("", "\n".join(output.traceback))
            place = re.search(rf"Cell In\[{cell.execution_count}\], line (\d+)", trace)
            line = int(place[1]) if place else None
            yield _error(cell.id, output.ename, _ANSI.sub("", output.evalue), line, allowed=allowed)


def _error(cell: str, name: str, message: str, line: int | None = None, *, allowed: bool = False) -> dict[str, Any]:
    first = " ".join(message.split())[:300]
    return {"cell": cell, "name": name, "message": first, "line": line, "allowed": allowed}


def main() -> None:
    """Read the arguments, run, write the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--cell-seconds", type=float, required=True)
    parser.add_argument("--lesson-seconds", type=float, required=True)
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--no-namespace", action="store_true")
    parser.add_argument("--executed", type=Path)
    given = parser.parse_args()
    # First of all, and before anything is imported that starts a thread.
    network = cut_network(given.result.parent / "guard", namespaces=not given.no_namespace)
    result = run(
        given.notebook,
        cell_seconds=given.cell_seconds,
        lesson_seconds=given.lesson_seconds,
        keep_going=given.keep_going,
        executed=given.executed,
    )
    given.result.write_text(json.dumps({**result, "network": network}), encoding="utf-8")


if __name__ == "__main__":
    main()
