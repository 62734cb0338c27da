"""Lets ``import torchvision`` work beside a CPU build of torch.

The wheel of torchvision 0.28 is compiled against a CUDA build of torch. Beside a CPU build its compiled
operators cannot load; torchvision notices this and goes on without them, but then its own start-up registers
fake kernels for ``torchvision::nms`` and ``torchvision::qnms``, two operators that nobody has declared, and
``import torchvision`` ends in ``RuntimeError: operator torchvision::nms does not exist``.

The data sets and transforms that the course uses need no compiled operator. So the two operators are declared
(name and signature only, no kernel) right after torchvision has found that its own are missing. Where they
are there, nothing is touched: declaring them a second time would itself be an error.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

# The module of torchvision that tries to load the compiled operators. It runs before fakes are registered,
# and afterwards its `_has_ops()` says whether the attempt worked.
_EXTENSION = "torchvision.extension"

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

# torch forgets the declarations of a Library object that is garbage-collected, so they stay here for good.
_kept_alive: list[Any] = []


def import_torchvision() -> ModuleType:
    """Import torchvision, whichever build of torch it stands beside.

    Returns
    -------
    module
        The package ``torchvision``.

    Raises
    ------
    ImportError
        If torchvision is not installed.
    """
    install()
    return importlib.import_module("torchvision")


def install() -> None:
    """Make a plain ``import torchvision`` work from now on.

    Imports neither torch nor torchvision. Calling it again changes nothing.
    """
    extension = sys.modules.get(_EXTENSION)
    if extension is not None:
        # An earlier import has come past the point where the hook acts, and may have failed there.
        _declare_if_missing(extension)
    elif not any(isinstance(finder, _ExtensionFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _ExtensionFinder())


def _declare_if_missing(extension: ModuleType) -> None:
    """Declare the two operators if torchvision could not load its compiled ones."""
    has_ops = getattr(extension, "_has_ops", None)
    if has_ops is None or has_ops():
        return
    import torch

    missing = [schema for name, schema in _SCHEMAS.items() if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in missing:
        library.define(schema)
    _kept_alive.append(library)


class _ExtensionFinder(importlib.abc.MetaPathFinder):
    """Notices the import of ``torchvision.extension`` and of nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _EXTENSION:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _DeclaringLoader(spec.loader)
        return spec


class _DeclaringLoader(importlib.abc.Loader):
    """Loads ``torchvision.extension`` the usual way, then fills the gap it may have found."""

    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def __getattr__(self, name: str) -> Any:
        # Source look-up (inspect, tracebacks) asks the loader for what only the usual one has.
        return getattr(self._usual, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._usual.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._usual.exec_module(module)
        _declare_if_missing(module)
