"""A notebook's shell without a kernel: IPython, with outputs collected as the notebook format spells them."""

from __future__ import annotations

import base64
import builtins
import getpass
import io
import os
import sys
import tempfile
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

CUT = "[output cut]"
# A cell that displays in a loop makes many small outputs; nobody reads more than this.
_MAX_OUTPUTS = 1000
# Of a very long traceback, this many calls at its beginning and as many at its end.
_ENDS_SHOWN = 20


class Collector:
    """The outputs of one cell, as dicts of the notebook format, up to a total size."""

    def __init__(self) -> None:
        self.start(0)

    def start(self, limit: int) -> None:
        """Forget everything and begin a cell that may put out `limit` bytes."""
        self.outputs: list[dict[str, Any]] = []
        self.room = limit
        self.cut = False
        self.clear_next = False
        self.displayed: dict[str, dict[str, Any]] = {}

    def stream(self, name: str, text: str) -> None:
        """Add text to stdout or stderr, joined to what came right before on the same stream."""
        last = self.outputs[-1] if self.outputs else None
        joins = last is not None and last.get("name") == name and not self.clear_next
        kept = self._take(text, new=not joins)
        if not kept:
            return
        if last is not None and joins:
            last["text"].append(kept)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": [kept]})

    def bundle(self, kind: str, data: Mapping[str, Any], metadata: Any, **more: Any) -> dict[str, Any] | None:
        """Add a display or a result; None when there is no room for it."""
        plain = {str(mime): _json_ready(part) for mime, part in dict(data).items()}
        output = {"output_type": kind, "data": plain, "metadata": _json_ready(metadata or {}), **more}
        return output if self._add(output) else None

    def error(self, name: str, value: str, trace: list[str]) -> None:
        """Add a traceback, cut to its last lines; unlike other outputs, it is never left out for want of room."""
        trace = [line[-20_000:] for line in trace[-50:]]
        output = {"output_type": "error", "ename": name[:200], "evalue": value[:5000], "traceback": trace}
        self.room = max(self.room, _size(output))  # an error is never lost to the cut
        self._add(output)

    def clear(self, wait: bool) -> None:
        """Do what ``clear_output`` asks for."""
        self.clear_next = wait
        if not wait:
            self.outputs.clear()

    def finish(self) -> list[dict[str, Any]]:
        """Return the outputs, with a note where they were cut."""
        if self.cut:
            self.outputs.append({"output_type": "stream", "name": "stderr", "text": [CUT + "\n"]})
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs

    def _take(self, text: str, new: bool) -> str:
        if self.clear_next:
            self.clear(False)
        if new and len(self.outputs) >= _MAX_OUTPUTS:
            self.cut = True
            return ""
        text = text.encode("utf-8", "backslashreplace").decode()
        kept = text[: self.room]
        self.cut = self.cut or len(kept) < len(text)
        self.room -= len(kept.encode())
        return kept if self.room >= 0 else kept[: self.room]

    def _add(self, output: dict[str, Any]) -> bool:
        if self.clear_next:
            self.clear(False)
        size = _size(output)
        if size > self.room or len(self.outputs) >= _MAX_OUTPUTS:
            self.cut = True
            return False
        self.room -= size
        self.outputs.append(output)
        return True


def _json_ready(value: Any, depth: int = 0) -> Any:
    """Return `value` in kinds that JSON and the wire both know; pictures become base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < 8 and isinstance(value, Mapping):
        return {str(key): _json_ready(part, depth + 1) for key, part in value.items()}
    if depth < 8 and isinstance(value, list | tuple):
        return [_json_ready(part, depth + 1) for part in value]
    return str(value)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "backslashreplace"))
    if isinstance(value, dict):
        return sum(_size(key) + _size(part) + 8 for key, part in value.items())
    if isinstance(value, list):
        return sum(_size(part) + 8 for part in value)
    return 8


class _Stream(io.TextIOBase):
    """What ``sys.stdout`` and ``sys.stderr`` are while cells run."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: str, descriptor: int, collector: Collector) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._kind = name
        self._descriptor = descriptor
        self._collector = collector

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._collector.stream(self._kind, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor


class _Captured:
    """File descriptors 1 and 2, for what C code and other programs write to them.

    They lead to files in memory, made before the sandbox is entered: inside, none of that kind can be made.
    """

    def __init__(self) -> None:
        self.made = [os.memfd_create(n) if hasattr(os, "memfd_create") else _nameless_file() for n in ("out", "err")]
        self.files = {"stdout": 1, "stderr": 2}

    def take_over(self) -> None:
        """Put the files in the places of descriptors 1 and 2."""
        for file, descriptor in zip(self.made, self.files.values(), strict=True):
            os.dup2(file, descriptor)
            os.close(file)

    def drain(self, collector: Collector, limit: int) -> None:
        """Move what was written into the collector."""
        for name, descriptor in self.files.items():
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size <= 0:
                continue
            os.lseek(descriptor, 0, os.SEEK_SET)
            raw = os.read(descriptor, min(size, limit + 1))
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            collector.stream(name, raw.decode("utf-8", "backslashreplace"))


def _nameless_file() -> int:
    descriptor, path = tempfile.mkstemp()
    os.unlink(path)
    return descriptor


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        collector: Collector = self.shell.collector
        name = (transient or {}).get("display_id")
        if update:
            shown = collector.displayed.get(str(name))
            if shown is not None:
                fresh = {str(mime): _json_ready(part) for mime, part in dict(data).items()}
                collector.room -= max(_size(fresh) - _size(shown["data"]), 0)
                if collector.room >= 0:
                    shown["data"] = fresh
            return
        output = collector.bundle("display_data", data, metadata)
        if name is not None and output is not None:
            collector.displayed[str(name)] = output

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collector.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shell: Any = self.shell
        shell.collector.bundle("execute_result", format_dict, md_dict, execution_count=shell.cell_number)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Formatter(DisplayFormatter):
    """Draws a figure only in cells whose pictures somebody will look at; elsewhere its text stands for it."""

    pictures = True

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        if not self.pictures and type(obj).__module__.partition(".")[0] == "matplotlib":
            include = {"text/plain"}
        return super().format(obj, include=include, exclude=exclude)


def _shorten(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the middle of a very long traceback: IPython takes seconds over a recursion without end."""
    links = []
    while trace is not None:
        links.append(trace)
        trace = trace.tb_next
    if len(links) > 2 * _ENDS_SHOWN:
        links = links[:_ENDS_SHOWN] + links[-_ENDS_SHOWN:]
    for link in reversed(links):
        trace = TracebackType(trace, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return trace


class Shell(InteractiveShell):
    """IPython's shell, with every output going to a :class:`Collector`."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    collector: Collector
    cell_number = 1  # what stands in front of the running cell; IPython's own count moves on while it runs

    def init_display_formatter(self) -> None:
        self.formatter = _Formatter(parent=self)
        self.display_formatter = self.formatter
        self.configurables.append(self.formatter)  # type: ignore[arg-type]  # as IPython itself does

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        etype, evalue, trace = super()._get_exc_info(exc_tuple)
        return etype, evalue, _shorten(trace)

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> dict[str, Any]:
        """Keep no second copy of the traceback: no history is kept that it could go into."""
        return {}

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except BaseException:  # the exception is the learner's: its __str__ may raise
            text = "(its text could not be read)"
        self.collector.error(str(getattr(etype, "__name__", etype)), text, [str(line) for line in stb])

    def system(self, cmd: str) -> None:
        """Run ``!command`` on the captured descriptors; IPython's own way needs a terminal."""
        self.system_raw(cmd)

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no event loop to hook into."""

    def ask_exit(self) -> None:
        """Let ``exit()`` end nothing; the notebook goes on, as in JupyterLab."""


class Notebook:
    """One notebook's state: the shell, its namespace, and how a cell is run.

    It is made once in the warm process; :meth:`prepare` and :meth:`begin` make a child's fork of it that
    child's own, before and after the child has confined itself.
    """

    def __init__(self) -> None:
        self.limit = 0
        self.collector = Collector()
        self.captured: _Captured | None = None
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.ast_node_interactivity = "last_expr"
        self.shell = Shell.instance(config=config)
        self.shell.collector = self.collector

    def prepare(self) -> None:
        """Make the files that will take what is written."""
        self.captured = _Captured()

    def begin(self, output_limit: int) -> None:
        """Collect from here on what is written, `output_limit` bytes a cell."""
        self.limit = output_limit
        if self.captured is not None:
            self.captured.take_over()
        sys.stdout = _Stream("stdout", 1, self.collector)
        sys.stderr = _Stream("stderr", 2, self.collector)
        builtins.input = _no_input
        getpass.getpass = _no_input

    def forget(self) -> None:
        """Forget every cell that was run, as a restarted kernel does; what was imported stays imported."""
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        self.shell.reset()
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            if hasattr(sys, name):
                delattr(sys, name)
        self.collector.start(0)

    @property
    def namespace(self) -> dict[str, Any]:
        """What the cells have defined so far."""
        return dict.copy(self.shell.user_ns)

    def run(self, source: str, pictures: bool = True) -> tuple[list[dict[str, Any]], bool]:
        """Run a cell.

        Parameters
        ----------
        source : str
            What the cell holds.
        pictures : bool
            Whether its figures are drawn; otherwise a line of text stands for each.

        Returns
        -------
        outputs : list of dict
            In notebook format.
        ok : bool
            Whether it ended without an error.
        """
        self.collector.start(self.limit)
        self.shell.cell_number = self.shell.execution_count
        self.shell.formatter.pictures = pictures
        try:
            result = self.shell.run_cell(source, store_history=True)
            ok = bool(result.success)
        except BaseException as error:  # IPython itself failed, which only a cell that changed it brings about
            self.collector.error(type(error).__name__, "the cell broke the notebook's shell", [])
            ok = False
        if self.captured is not None:
            self.captured.drain(self.collector, self.limit)
        return self.collector.finish(), ok

    def forget_output(self) -> None:
        """Drop what was put out since the last cell; prints of a judged call count for nothing."""
        if self.captured is not None:
            self.captured.drain(self.collector, 0)
        self.collector.start(0)


def _no_input(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("input() has nobody to ask: this notebook runs unattended")
