"""The language of the interface: English as it stands, another one by a catalog, and nothing that is forgotten."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel.messages.pofile import read_po, write_po

from course_utils import language
from course_utils.gradient_check import GradientReport, ParameterReport
from course_utils.judging import Exercise, Group, Law, LearnerError, Mistake, Outcome, Reply, Verdict, judge
from course_utils.judging.calls import PLACEHOLDER
from course_utils.judging.checking import CheckFailed, local_call
from course_utils.judging.exercise import Reach
from course_utils.judging.show import verdict_html, verdict_text
from course_utils.language import _, listing, ngettext, pairing
from course_utils.lesson_index import Entry, IndexedLesson
from course_utils.progress import lesson_progress, progress_html, progress_text
from course_utils.record_book import Try, add, empty
from course_utils.updating.report import Report
from course_utils.widgets import Bars, Lines, Series, Slider, SliderFigure, WidgetError, log_values
from tests.pseudo import ROOT, Pseudo, left, left_on, spoken, template, wrapped


@pytest.fixture
def pseudo() -> Iterator[None]:
    with spoken():
        yield


# --- the functions ----------------------------------------------------------------------------------


def test_english_is_what_stands_in_the_code() -> None:
    assert language.language() == "en"
    assert language.catalog_file() is None
    assert _("Hint") == "Hint"
    assert _("{plain} braces") == "{plain} braces"
    assert _("{name} and {number:.1f}", name="{x}", number=2) == "{x} and 2.0"
    assert _("") == ""
    assert [ngettext("{count} try", "{count} tries", count) for count in (0, 1, 2)] == ["0 tries", "1 try", "2 tries"]
    assert [listing(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [pairing(names) for names in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a and b and c"]


def test_english_looks_for_no_catalog() -> None:
    program = (
        "import sys\nseen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(str(args[0])) if event in ('open', 'os.listdir') else None)\n"
        "import course_utils.judging.checking, gettext\n"
        "from course_utils import language\n"
        "assert type(language._catalog) is gettext.NullTranslations\n"
        "print([name for name in seen if 'locale' in name and 'course' in name])"
    )
    environment = {name: value for name, value in os.environ.items() if name != language.VARIABLE}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("content", [None, b"", b"no catalog", b"\xde\x12\x04\x95" + b"\xff" * 30])
def test_without_a_sound_catalog_english_is_spoken(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    if content is not None:
        folder = tmp_path / "xx" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "course.mo").write_bytes(content)
    language.use("xx")
    assert language.language() == "en"
    assert _("Hint") == "Hint"


class _Mistyped(language.gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return "{nmae} {0} {name.missing} {name:d"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "{conut}"


def test_a_mistyped_placeholder_gives_the_english_sentence() -> None:
    language.use("xx", _Mistyped())
    try:
        assert _("Next: {name}", name="softmax") == "Next: softmax"
        assert ngettext("{count} try of {name}", "{count} tries of {name}", 2, name="it") == "2 tries of it"
    finally:
        language.use("")


def test_two_spellings_of_what_is_left() -> None:
    assert wrapped("For {group}, {what!r:>3}. 1") == "«For »{group}, {what!r:>3}. 1"
    assert left("«For »⟦all⟧: 3 « of » `x`") == ""
    assert left("«For »all") == "all"
    assert left_on('<p title="Mine">«A <code>b</code> c»<pre>x</pre> y</p>') == "Mine y"


# --- the template -----------------------------------------------------------------------------------


def test_placeholders_are_named_and_the_same_in_singular_and_plural() -> None:
    for message in template():
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        names = [{name for *_rest, name in _fields(form)} for form in forms]
        for form, found in zip(forms, names, strict=True):
            assert all(name.isidentifier() for name in found), form
            assert "%s" not in form, form
        if len(forms) == 2:
            assert names[0] - {"count"} == names[1] - {"count"}, forms
            assert "count" in names[1], forms


def _fields(text: str) -> Iterator[tuple[str]]:
    return ((name,) for _text, name, *_how in string.Formatter().parse(text) if name is not None)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for package in ("course_utils", "autograder"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_each_sentence_is_in_the_template_and_its_placeholders_are_filled() -> None:
    seen, known = 0, Pseudo().known
    for place, call in _calls():
        assert isinstance(call.func, ast.Name)
        texts = call.args[: {"_": 1, "N_": 1, "ngettext": 2}.get(call.func.id, 0)]
        open_ended = any(keyword.arg is None for keyword in call.keywords)
        for text in texts:
            assert not isinstance(text, ast.JoinedStr), f"{place}: what is in an f-string cannot be looked up"
            if isinstance(text, ast.Constant):
                # One inside an f-string is not: whoever collects them reads tokens, and there are none in there.
                assert text.value in known, f"{place}: this sentence is not in the template"
                seen += 1
            if isinstance(text, ast.Constant) and not open_ended and call.func.id != "N_":
                given = {keyword.arg for keyword in call.keywords} | ({"count"} if len(texts) == 2 else set())
                assert {name for (name,) in _fields(text.value)} - {"count"} == given - {"count"}, place
    assert seen > 300


# --- what the catalog has is all there is -----------------------------------------------------------


def _typical(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (rng.normal(size=(4, 3)),)


def _negative(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (-np.abs(rng.normal(size=(5, 3))) - 0.1,)


TOY = Exercise(
    "double",
    groups=(Group("⟦typical numbers⟧", _typical, weight=3), Group("⟦negative numbers⟧", _negative)),
    oracle=lambda x: 2 * x,
    mistakes=(Mistake("square", "⟦Twice is no square.⟧", lambda x: x * x),),
    time_limit=2.0,
)
STEPS = replace(TOY, oracle=lambda x: {"first": x.sum(), "second": x}, mistakes=())
PAIR = replace(TOY, oracle=lambda x: (x, x.sum()), mistakes=())
YES = replace(TOY, oracle=lambda x: bool(x.sum() > -1e9), mistakes=())
LAWFUL = replace(TOY, laws=(Law("⟦it always holds⟧", lambda ask, x: False, hint="⟦Why?⟧"),))
HIGH = Exercise(
    "double", groups=(Group("⟦all⟧", _typical, reach=Reach("⟦score⟧", lambda v, c: v, lambda c: 0.9, 0.1)),)
)


def _raises(error: Exception) -> Callable[..., Any]:
    def answer(x: np.ndarray) -> np.ndarray:
        raise error

    return answer


def _changes(x: np.ndarray) -> np.ndarray:
    x *= 2
    return x


def _counting() -> Callable[..., Any]:
    calls = []

    def answer(x: np.ndarray) -> np.ndarray:
        calls.append(1)
        return x + len(calls)

    return answer


def _ends(**reply: Any) -> Callable[..., Any]:
    return lambda *args: Reply(**reply)


def _of(exercise: Exercise, answer: Any, source: str | None = None) -> Verdict:
    return judge(exercise, local_call(answer, exercise), 1, source)


MISSING = Reply(ended="raised", error=LearnerError("NameError", "name 'double' is not defined", ""))
ENDLESS = LearnerError("RecursionError", "", "")
VERDICTS: list[tuple[str, Outcome, Callable[[], Verdict]]] = [
    ("right", Outcome.CORRECT, lambda: _of(TOY, lambda x: 2 * x)),
    ("in part", Outcome.PARTLY, lambda: _of(TOY, lambda x: np.where(x.max() < 0, 2 * x, x))),
    ("by a mistake", Outcome.WRONG, lambda: _of(TOY, lambda x: x * x)),
    ("factor", Outcome.WRONG, lambda: _of(TOY, lambda x: -2 * x)),
    ("m", Outcome.WRONG, lambda: _of(TOY, lambda x: 2 * x * len(x))),
    ("offset", Outcome.WRONG, lambda: _of(TOY, lambda x: 2 * x + 7)),
    ("shape", Outcome.WRONG, lambda: _of(TOY, lambda x: 2 * x.T)),
    ("zero", Outcome.WRONG, lambda: _of(TOY, lambda x: 0 * x)),
    ("infinite", Outcome.WRONG, lambda: _of(TOY, lambda x: x / 0)),
    ("one number", Outcome.WRONG, lambda: _of(TOY, lambda x: x.sum())),
    ("single precision", Outcome.WRONG, lambda: _of(TOY, lambda x: (2 * x).astype("f4").astype(float))),
    ("nothing", Outcome.WRONG, lambda: _of(TOY, lambda x: None)),
    ("a word", Outcome.WRONG, lambda: _of(TOY, lambda x: "⟦word⟧")),
    ("a step", Outcome.WRONG, lambda: _of(STEPS, lambda x: {"first": x.sum(), "second": x + 1})),
    ("a missing step", Outcome.WRONG, lambda: _of(STEPS, lambda x: {"first": x.sum()})),
    ("no steps", Outcome.WRONG, lambda: _of(STEPS, lambda x: x)),
    ("an item", Outcome.WRONG, lambda: _of(PAIR, lambda x: (x, None))),
    ("too few", Outcome.WRONG, lambda: _of(PAIR, lambda x: (x,))),
    ("no", Outcome.WRONG, lambda: _of(YES, lambda x: False)),
    ("no decision", Outcome.WRONG, lambda: _of(YES, lambda x: {})),
    ("a law", Outcome.WRONG, lambda: _of(LAWFUL, lambda x: 2 * x)),
    ("too low", Outcome.WRONG, lambda: _of(HIGH, lambda x: 0.1)),
    ("another form", Outcome.WRONG, lambda: _of(HIGH, lambda x: "⟦word⟧")),
    ("in place", Outcome.WRONG, lambda: _of(TOY, _changes)),
    ("two answers", Outcome.WRONG, lambda: _of(TOY, _counting())),
    ("not a function", Outcome.WRONG, lambda: _of(TOY, 3)),
    ("raised", Outcome.RAISED, lambda: _of(TOY, _raises(ValueError("⟦boom⟧")))),
    ("None inside", Outcome.RAISED, lambda: _of(TOY, _raises(TypeError("'NoneType' object ⟦…⟧")))),
    ("for ever", Outcome.RAISED, lambda: judge(TOY, _ends(ended="raised", error=ENDLESS), 1)),
    ("missing", Outcome.RAISED, lambda: judge(TOY, lambda *args: MISSING, 1)),
    ("placeholder", Outcome.NOT_ATTEMPTED, lambda: _of(TOY, _raises(NotImplementedError(PLACEHOLDER)))),
    ("library", Outcome.LIBRARY, lambda: _of(TOY, lambda x: 2 * x, "import torch, scipy")),
    ("library, wrong", Outcome.LIBRARY, lambda: _of(TOY, lambda x: x, "import torch")),
    ("timeout", Outcome.TIMEOUT, lambda: judge(TOY, _ends(ended="timeout"), 1)),
    ("died", Outcome.DIED, lambda: judge(TOY, _ends(ended="died"), 1)),
]  # fmt: skip
# An error's own text is Python's, and a line of the learner's is the learner's.
NOT_OURS = ("double", "NoneType", "object", "second", "str", "int", "dict", "could not convert string to float")


def test_every_outcome_is_looked_at() -> None:
    assert {outcome for _name, outcome, _make in VERDICTS} == set(Outcome)


@pytest.mark.parametrize(("outcome", "make"), [case[1:] for case in VERDICTS], ids=[case[0] for case in VERDICTS])
def test_a_verdict_is_all_in_the_catalog(pseudo: None, outcome: Outcome, make: Callable[[], Verdict]) -> None:
    verdict = make()
    assert verdict.outcome is outcome
    assert verdict.to_dict()["outcome"] == outcome.value == Verdict.from_dict(verdict.to_dict()).outcome
    ours = replace(verdict, traceback=None)
    assert left(verdict_text(ours), NOT_OURS) == ""
    assert left_on(verdict_html(ours, 3.0), NOT_OURS) == ""
    assert left("\n".join(verdict.notes), (*NOT_OURS, "torch", "scipy")) == ""
    assert left(str(CheckFailed(verdict)), NOT_OURS) == ""
    assert "«" in verdict_text(verdict)
    if verdict.traceback:
        assert left("\n".join(re.sub(r"[:»] ?\S*answer:.*", "»", line) for line in [_heading(verdict)])) == ""
        assert re.match(r"«line »\d+«, in »answer", verdict.traceback)


def _heading(verdict: Verdict) -> str:
    return next(line for line in verdict_text(verdict).splitlines() if "your lines" in line)


def test_a_figures_labels_and_what_a_screen_reader_says(pseudo: None) -> None:
    slider = Slider("⟦rate⟧", log_values(0.1, 1, 3), log=True)
    panels = [
        Lines("⟦Loss⟧", "⟦step⟧", "⟦loss⟧", [Series("y", "⟦loss⟧")]),
        Bars("⟦Shares⟧", "⟦share⟧", ["⟦a⟧", "⟦b⟧"], "shares"),
    ]
    figure = SliderFigure(lambda rate: {"y": [rate, 2, 3], "shares": [0.2, 0.8]}, slider, panels)
    (control,) = figure.spec["controls"]
    assert control["ends"][1].endswith("« (log scale)»")
    data, metadata = figure._repr_mimebundle_()  # type: ignore[misc]
    said = [control["label"], *control["ends"], *control["values"], *figure.sentences, data["text/plain"]]
    assert left("\n".join([*said, metadata["image/png"]["alt"], figure.spec["caption"]])) == ""
    for wrong in (lambda rate: 3, lambda rate: {"y": [1, 2, 3]}, lambda rate: {"y": ["⟦x⟧"], "shares": [1]}):
        with pytest.raises(WidgetError) as error:
            SliderFigure(wrong, slider, panels)  # type: ignore[arg-type]
        assert left(str(error.value), ("int", "shares", "y")) == ""


def test_the_browser_is_told_every_word() -> None:
    code = (ROOT / "course_utils" / "widgets" / "live_figure.js").read_text(encoding="utf-8")
    texts = re.findall(r'"([^"\n]*)"', "\n".join(line.partition("// ")[0] for line in code.splitlines()))
    assert len(texts) > 100
    assert [text for text in texts if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}|\( ", text)] == []


LESSON = IndexedLesson("05_softmax_regression", "⟦Softmax⟧", 60, (Entry("one_hot", 1, 2), Entry("softmax", 3, 4.5)))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_progress_is_all_in_the_catalog(pseudo: None, outcome: Outcome) -> None:
    record = add(empty(), Try("one_hot", "", "2026", outcome.value, outcome is Outcome.CORRECT, 0.5))
    for given in (record, add(record, Try("softmax", "", "2026", "correct", True, 1.0))):
        rows = [lesson_progress(LESSON, given)]
        assert left(progress_text(rows, given, "⟦said⟧"), ("one_hot", "softmax")) == ""
        assert left_on(progress_html(rows, given, "⟦said⟧")) == ""
    assert left(progress_text([], record)) == left_on(progress_html([], record)) == ""
    assert record["exercises"]["one_hot"]["latest"]["outcome"] == outcome.value


def test_other_reports_are_all_in_the_catalog(pseudo: None) -> None:
    parameters = (
        ParameterReport("⟦W⟧", (2, 3), 6, 0.0, (0, 1), 1.0, 1.0, True),
        ParameterReport("⟦b⟧", (3,), 3, 0.5, (1,), 1.0, 2.0, False),
    )
    for report in (GradientReport(parameters, 1e-6), GradientReport(parameters[:1], 1e-6)):
        assert left(str(report)) == left_on(report._repr_html_()) == ""
    lists = ("kept", "reworded", "recheck", "refreshed", "new", "removed", "dropped", "own", "edited", "outdated")
    update = Report(**{name: ("⟦one⟧",) * 8 for name in lists}, fresh=1, gone=2)  # type: ignore[arg-type]
    assert left("\n".join(update.lines())) == ""


# --- a real language, end to end --------------------------------------------------------------------

GERMAN = {
    "wrong": "falsch",
    "Hint": "Hinweis",
    "Not yet: for {group}, {what}.": "Noch nicht: bei {group}: {what}.",
    "it has another shape than it should": "die Form ist eine andere",
}
MANY = {"{count} of {size} numbers differs": ("{count} von {size} Zahlen ist anders", "{count} von {size} sind anders")}
CHECK = """\
import json, numpy as np
from course_utils.judging.checking import CheckFailed, check
def softmax(logits):
    return ANSWER
try:
    check(softmax)
except CheckFailed as failed:
    print(failed)
    print(json.dumps(failed.verdict.to_dict()))
"""


def _pybabel(*command: str | Path) -> None:
    subprocess.run([Path(sys.executable).with_name("pybabel"), *command], check=True, capture_output=True, timeout=60)


def _checked(root: Path, answer: str, code: str) -> list[str]:
    environment = os.environ | {
        language.VARIABLE: code,
        "PYTHONPATH": str(root),
        "COURSE_PROGRESS": str(root / "p.json"),
    }
    cell = root / "cell.py"
    cell.write_text(CHECK.replace("ANSWER", answer), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, cell], env=environment, cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_check_answers_in_german_and_in_english_where_german_is_missing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "course_utils", tmp_path / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "course_utils" / "locale"
    _pybabel("init", "-i", folder / "course.pot", "-d", folder, "-D", "course", "-l", "de")
    path = folder / "de" / "LC_MESSAGES" / "course.po"
    catalog = read_po(path.open("rb"), locale="de")
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if message.id and (key in GERMAN or key in MANY):
            message.string = GERMAN.get(key) or MANY[key]
    with path.open("wb") as file:
        write_po(file, catalog)
    _pybabel("compile", "-d", folder, "-D", "course")

    said = _checked(tmp_path, "np.exp(logits)", "de")
    assert said[0] == "✗ softmax: falsch"
    assert re.match(r"Noch nicht: bei [^:]+: \d+ von \d+ sind anders\.", said[1])
    assert "softmax: falsch" in said
    assert json.loads(said[-1])["outcome"] == "wrong"
    assert json.loads((tmp_path / "p.json").read_text())["exercises"]["softmax"]["latest"]["outcome"] == "wrong"
    assert "die Form ist eine andere" in _checked(tmp_path, "np.exp(logits).sum(axis=1)", "de")[1]
    hint = "  Hinweis: Each sample has a total of its own: keep one sum a row."
    assert hint in _checked(tmp_path, "np.exp(logits) / np.exp(logits).sum()", "de")
    assert _checked(tmp_path, "1 / 0", "de")[1].startswith("`softmax` stopped with an error on ")
    assert _checked(tmp_path, "np.exp(logits)", "fr") == _checked(tmp_path, "np.exp(logits)", "")
