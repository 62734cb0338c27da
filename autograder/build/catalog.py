"""The catalog template of the interface: every sentence that the code marks, in ``course_utils/locale/course.pot``.

A language is a translation of this file; ``course_utils.language`` says how it is spoken, ``docs/authors.md`` how it
is made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

LOCALE = "course_utils/locale"
# The same name as in `course_utils.language`, which a course of one's own need not have.
TEMPLATE = "course.pot"

_PACKAGES = ("autograder", "course_utils")
_KINDS = {".py": "python", ".j2": "jinja2"}
# The functions of `course_utils.language`, with which of their arguments are text.
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
# What stands in a file that marks sentences, and in `course_utils/language.py` itself.
_MARKED = b"course_utils.language"
# No date, no version and no line numbers: the file changes when a sentence does, and only then.
_HEAD = """\
# What the course's own software says to learners and instructors. Made by `course build`; never edited by hand.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def catalog_template(root: Path) -> dict[str, bytes]:
    """Return the template as the code gives it, by its file name; nothing for a course without packages of its own.

    Parameters
    ----------
    root : Path
        The course's root.
    """
    if not (root / "course_utils" / "language.py").is_file():
        return {}
    catalog = Catalog(charset="utf-8")
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        found = extract_from_file(
            _KINDS[path.suffix], path, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for line, message, comments, context in found:
            if message:
                catalog.add(message, locations=[(place, line)], auto_comments=comments, context=context)
    written = io.BytesIO()
    write_po(written, catalog, width=120, omit_header=True, include_lineno=False)
    return {TEMPLATE: _HEAD.encode() + written.getvalue()}


def _files(root: Path) -> Iterator[Path]:
    """Yield the templates and the code that marks sentences, in one order everywhere; exercises are content."""
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
            content = path.relative_to(root).parts[:2] == ("course_utils", "exercises")
            if path.suffix not in _KINDS or not path.is_file() or content:
                continue
            if path.suffix != ".py" or _MARKED in path.read_bytes():
                yield path
