"""The levels of the sandbox that one machine can show, and small things that its tests share."""

import pytest

LEVELS = {
    "root": {},
    "user": {"user": True},
    "root, no mounts": {"without": ["root"]},
    "user, no mounts": {"user": True, "without": ["root"]},
    "root, container": {"without": ["namespaces"]},
    "root, container, own users": {"reach": True, "without": ["namespaces"]},
    "root, no right to mount": {"strip": True},
    "user, masked /proc": {"user": True, "mask": True},
    "user, container": {"user": True, "without": ["namespaces"]},
}
# Those that differ most in what they rest on. The others lie between them and are marked slow.
QUICK = ("root", "user", "root, container", "root, container, own users", "user, container")
FULL = ("root", "user", "root, no right to mount")


def params(levels):
    """Return the names of levels as parameters of a fixture."""
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in levels]


def needs(box, step):
    if step not in box.ask("").steps:
        pytest.skip(f"there is no step {step} at this level")


def said(box, source, **more):
    return box.ask(source, **more).said


def each(attacks):
    """Return a source that tries one attack after another and says of each that failed that it was refused."""
    return f"""
for attack in {attacks!r}:
    try:
        exec(attack)
    except (OSError, ValueError) as problem:
        print("refused", type(problem).__name__)
"""
