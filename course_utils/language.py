"""``course_utils.language``: what the course's own software says, in English as in the code or as a catalog has it.

Sentences stand in the code where they are said, marked with :func:`_` or :func:`ngettext` (or with :func:`N_`, where
they are translated later). ``course build`` collects them into ``locale/course.pot``; a language is one file,
``locale/LANGUAGE/LC_MESSAGES/course.mo``. The environment variable ``COURSE_LANGUAGE`` chooses it, once, when this
module is imported. Without it no file is looked for.

What a program reads again stays as it is: the values of outcomes, the keys of steps, the names of exercises. It is
translated where it is shown.
"""

from __future__ import annotations

import gettext
import os
import struct
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

__all__ = ["N_", "_", "catalog_file", "language", "listing", "ngettext", "pairing", "use"]

VARIABLE = "COURSE_LANGUAGE"
DOMAIN = "course"
FOLDER = Path(__file__).parent / "locale"
ENGLISH = "en"

_code = ENGLISH
_catalog = gettext.NullTranslations()


def _(message: str, /, **values: object) -> str:
    """Return a sentence in the reader's language, with its placeholders filled in.

    Parameters
    ----------
    message : str
        The English sentence; a placeholder is a name in braces, as for ``str.format``.
    **values : object
        What the placeholders stand for. Without any, braces are plain text.
    """
    if not message:
        return ""  # a catalog keeps its own heading under the empty message
    text = _catalog.gettext(message)
    return _filled(text, message, values) if values else text


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a sentence that goes with a number; ``{count}`` stands for it.

    Parameters
    ----------
    one, many : str
        The English sentence for 1, and for every other number.
    count : int
        The number.
    **values : object
        What other placeholders stand for.
    """
    values["count"] = count
    return _filled(_catalog.ngettext(one, many, count), one if count == 1 else many, values)


def N_(message: str, /) -> str:
    """Mark a sentence for the catalog and return it as it is, to be translated by :func:`_` where it is shown."""
    return message


def listing(names: Sequence[str]) -> str:
    """Return names as a list in words: "a, b and c"; nothing for none."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def pairing(names: Sequence[str]) -> str:
    """Return names with the same word between all of them: "a and b and c"; nothing for none."""
    return reduce(lambda before, name: _("{names} and {last}", names=before, last=name), names) if names else ""


def language() -> str:
    """Return the code of the language that is spoken now, for example ``"de"``."""
    return _code


def catalog_file() -> Path | None:
    """Return the file of the language that is spoken now; None for English."""
    found = None if _code == ENGLISH else gettext.find(DOMAIN, FOLDER, [_code])
    return None if found is None else Path(found)


def use(code: str, catalog: gettext.NullTranslations | None = None) -> None:
    """Speak a language from now on; English where the course has no catalog for it.

    Parameters
    ----------
    code : str
        For example ``"de"`` or ``"pt_BR"``; English when it is empty.
    catalog : gettext.NullTranslations, optional
        Where its sentences are; by default the catalog in ``locale/``.
    """
    global _code, _catalog
    found = catalog or _find(code)
    _code, _catalog = (ENGLISH, gettext.NullTranslations()) if found is None else (code, found)


def _find(code: str) -> gettext.NullTranslations | None:
    if code in ("", ENGLISH):
        return None
    try:
        return gettext.translation(DOMAIN, FOLDER, [code])
    except (OSError, ValueError, struct.error):  # there is none, or a file that cannot be used
        return None


def _filled(text: str, english: str, values: dict[str, object]) -> str:
    try:
        return text.format(**values)
    except (LookupError, ValueError, TypeError, AttributeError):  # a placeholder was mistyped in the catalog
        return english.format(**values)


use(os.environ.get(VARIABLE, ""))
