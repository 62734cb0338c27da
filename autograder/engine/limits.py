"""How much one submission may use. The same record is read on both sides of the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Limits:
    """Limits for one submission.

    Attributes
    ----------
    cell_seconds, call_seconds : float
        Wall time for one cell of the notebook and for one call of an answer.
    notebook_seconds : float
        Wall time for all cells and calls of one notebook together, with the replays and the processes
        that are started after the first.
    start_seconds : float
        Wall time for the child to get ready; running out of it is the host's fault, not the learner's.
    memory_bytes : int
        Address space above what the child maps once it is ready, in each process.
    total_memory_bytes : int
        Memory of all processes of the notebook together, with the files in its private folders.
    cpu_seconds : float
        CPU time of all processes of the notebook together.
    processes : int
        Processes and threads at the same time.
    output_bytes : int
        What one cell may print and display; the rest is cut.
    notebook_output_bytes : int
        What all cells of one notebook together may print and display, as it lies in memory; the rest is cut.
    file_bytes : int
        Size of one file.
    disk_bytes : int
        Size of all files in the private folders together.
    value_bytes, value_depth, value_items : int
        Size, nesting and number of parts of one value that crosses the wire.
    open_files : int
        File descriptors open at once, in each process.
    """

    cell_seconds: float = 30.0
    call_seconds: float = 10.0
    notebook_seconds: float = 240.0
    start_seconds: float = 60.0
    memory_bytes: int = 4 * 2**30
    total_memory_bytes: int = 6 * 2**30
    cpu_seconds: float = 480.0
    processes: int = 64
    output_bytes: int = 4 * 2**20
    notebook_output_bytes: int = 16 * 2**20
    file_bytes: int = 64 * 2**20
    disk_bytes: int = 256 * 2**20
    value_bytes: int = 64 * 2**20
    value_depth: int = 20
    value_items: int = 200_000
    open_files: int = 256

    def of_a_frame(self) -> Limits:
        """Return the limits of one whole message: a value, the outputs of a cell, and what frames them."""
        return replace(
            self,
            value_bytes=self.value_bytes + 2 * self.output_bytes + 2**20,
            value_depth=self.value_depth + 6,
            value_items=self.value_items + 100_000,
        )
