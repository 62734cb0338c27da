"""Run learners' cells plainly, and say how many CPU seconds each learner's took.

    python plain.py FILE

FILE holds a JSON list, for each learner a list of cells. Everything is imported, and the first learner's work is run
once, before any clock starts. Figures are drawn with Agg at the end of their cell, but not saved. Prints a JSON list of
seconds.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import torch


def run(cells: list[str]) -> float:
    """Return the CPU seconds, of all threads, that one learner's cells take."""
    names: dict[str, object] = {"__name__": "__main__"}
    start = time.process_time()
    for source in cells:
        # as in a notebook, the cells after one that fails are run all the same
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "cell", "exec"), names)
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
        plt.close("all")
    return time.process_time() - start


def main() -> None:
    """Print the seconds of every learner."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    learners = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    run(learners[0])
    print(json.dumps([run(cells) for cells in learners]))


if __name__ == "__main__":
    main()
