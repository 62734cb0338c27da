"""``python -m course_utils.updating LESSON``: what ``course update`` does, where only this package is installed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from course_utils.updating import UpdateError, update


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments and update; an error is one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.updating", description="Bring a lesson you have begun to its new release."
    )
    parser.add_argument("path", type=Path, help="your notebook, or the folder of the lesson")
    parser.add_argument("--release", type=Path, help="the new release: a notebook, its folder, or a folder of lessons")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    given = parser.parse_args(arguments)
    try:
        update(given.path, given.release, dry_run=given.dry_run)
    except UpdateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
