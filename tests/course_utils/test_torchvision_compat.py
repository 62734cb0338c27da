"""torchvision imports beside a CPU build of torch; every test needs an interpreter of its own."""

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_installing_imports_neither_torch_nor_torchvision():
    out = run(
        "import sys; from course_utils import torchvision_compat as t; t.install(); t.install()\n"
        "print('torch' in sys.modules, 'torchvision' in sys.modules,\n"
        "      sum(type(f).__name__ == '_ExtensionFinder' for f in sys.meta_path))"
    )
    assert out == "False False 1"


def test_a_plain_import_works_and_a_second_call_changes_nothing():
    out = run(
        "from course_utils import torchvision_compat as t; t.install()\n"
        "import torchvision, torchvision.datasets, torchvision.transforms\n"
        "before = len(t._kept_alive); assert t.import_torchvision() is torchvision; t.install()\n"
        "import torch; print(torchvision.transforms.ToTensor is not None, len(t._kept_alive) == before,\n"
        "                    hasattr(torch.ops.torchvision, 'nms'))"
    )
    assert out == "True True True"


def test_works_after_a_failed_import():
    out = run(
        "try:\n    import torchvision\nexcept RuntimeError:\n    pass\n"
        "from course_utils.torchvision_compat import import_torchvision\n"
        "print(import_torchvision().__name__)"
    )
    assert out == "torchvision"


@pytest.mark.parametrize(("has_ops", "declared"), [(True, 0), (False, 1)])
def test_declares_only_what_is_missing(has_ops, declared):
    out = run(
        "import types; from course_utils import torchvision_compat as t\n"
        f"fake = types.SimpleNamespace(_has_ops=lambda: {has_ops})\n"
        "t._declare_if_missing(fake); t._declare_if_missing(fake); print(len(t._kept_alive))"
    )
    assert out == str(declared)
