"""The whole corpus against our grader: one class, one test an attack; and what the corpus itself must be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import markup, ours, table
from tests.attacks.case import FATES, FULL, THREATS, WRONG, Attack, code, corpus
from tests.attacks.lesson import POINTS

ATTACKS = corpus()
# The strongest of each threat, which every run tries; the others are marked slow.
QUICK = (
    *("ast_transformer", "changing_list", "counting_calls", "display_hook", "patched_shell"),
    *("course_secret", "declarations", "network", "parents_memory"),
    *("daemon", "gradebook", "spoiled_work"),
    *("exit_in_call", "fork_bomb", "segfault"),
    *("duplicate_grade_ids", "old_schema", "truncated"),
    *("link_to_reference", "pipe", "student_with_line_break"),
    *("script_in_markdown", "script_in_output", "tex_macros"),
    *("by_call_count", "file_for_a_later_run", "second_grading"),
)
# What must be found broken: a wrong answer that claims full marks, and one whose output says what it may not.
NOT_HELD = (
    Attack("", "held", name="pretends", answers={"scale": WRONG}),
    Attack("", "held", name="tells", last="print('a se' 'cret')", never=("a secret",), record=("nothing such",)),
)
DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"


def _each_attack() -> list[Any]:
    return [
        pytest.param(
            attack, id=f"{attack.threat}-{attack.name}", marks=() if attack.name in QUICK else pytest.mark.slow
        )
        for attack in ATTACKS
    ]


@pytest.fixture(scope="module")
def siege(request: pytest.FixtureRequest) -> ours.Siege:
    """Grade, once and in one class, every attack that a test of this run asks for; the quick ones when none does."""
    asked = {item.callspec.params["tried"].name for item in request.session.items if _tries_an_attack(item)}
    return ours.besiege([*(attack for attack in ATTACKS if attack.name in (asked or QUICK)), *NOT_HELD])


def _tries_an_attack(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == test_an_attack_is_held.__name__


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("tried", _each_attack())
def test_an_attack_is_held(tried: Attack, siege: ours.Siege) -> None:
    (result,) = [one for one in siege.results if one.attack.name == tried.name]
    assert result.broken == []


@pytest.mark.timeout(2400)
def test_the_class_is_unharmed(siege: ours.Siege) -> None:
    assert siege.class_broken == []


@pytest.mark.timeout(2400)
def test_what_an_attack_that_is_not_held_looks_like(siege: ours.Siege) -> None:
    """The checks can fail: a wrong answer that claims full marks, and one whose output says what it may not."""
    first, second = siege.results[-2:]
    assert any("its marks are" in fault for fault in first.broken)
    assert [fault.split("“")[0] for fault in second.broken] == ["its record does not say ", "an output says "]


def test_every_run_tries_some_attacks_of_each_threat() -> None:
    threats = Counter(attack.threat for attack in ATTACKS if attack.name in QUICK)
    assert threats.total() == len(set(QUICK))
    assert set(threats) == set(THREATS)
    assert min(threats.values()) >= 2


def test_the_corpus_covers_every_threat() -> None:
    counted = Counter(attack.threat for attack in ATTACKS)
    assert len(ATTACKS) >= 70
    assert set(counted) == set(THREATS)
    assert min(counted.values()) >= 5
    assert max(Counter(attack.name for attack in ATTACKS).values()) == 1


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_says_what_it_is(attack: Attack) -> None:
    assert attack.tries.endswith((".", "`."))
    assert attack.must
    assert attack.stock in FATES
    assert set(attack.marks) <= set(POINTS)
    assert set(attack.outcome) <= set(attack.marks)
    # A mark that is lost, or an output that may not be, or a text in the record: something can go wrong.
    assert attack.deserves != FULL or attack.never or attack.record or attack.threat in "bcdefgh"


def test_outcomes_are_kept_for_the_corpus_as_it_is() -> None:
    kept = table.read_outcomes()
    names = {attack.name for attack in ATTACKS}
    assert set(kept["stock"]["attacks"]) == names
    assert set(kept["course"]["attacks"]) == names
    assert not any(outcome["broken"] for outcome in kept["course"]["attacks"].values())
    assert {fate for outcome in kept["stock"]["attacks"].values() for fate in outcome["fates"]} <= set(FATES)


def test_the_documented_table_is_fresh() -> None:
    text = DOCUMENT.read_text()
    assert table.with_table(text, table.table(ATTACKS)) == text, "run `python -m tests.attacks --write docs/sandbox.md`"


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        table.with_table("# Sandbox", "table")
    assert (
        table.with_table(f"a {table.BEGIN} old {table.END} b", "new").split()
        == f"a {table.BEGIN} new {table.END} b".split()
    )


@pytest.mark.parametrize(
    "page",
    [
        "<script>attacked-by-x</script>",
        "<p onclick='attacked-by-x'>",
        "<a href=' java\tscript:attacked-by-x'>".replace("\t", ""),
        "<iframe srcdoc='attacked-by-x'>",
        "<img src='attacked-by-x'>",
        "<style>attacked-by-x</style>",
        "<p style='attacked-by-x'>",
        "<svg onload=attacked-by-x />",
        r"<p>$\href{javascript:attacked-by-x}{y}$",
    ],
)
def test_what_a_browser_would_run_is_found(page: str) -> None:
    assert markup.would_run(page, "attacked-by-")
    assert markup.faults(f"<html><head></head><body>{page}") != []


def test_what_a_browser_shows_as_text_is_not_found() -> None:
    page = "<p title='attacked-by-x'>&lt;script&gt;attacked-by-x&lt;/script&gt; <a href='https://a.b'>attacked-by-x</a>"
    assert markup.would_run(page, "attacked-by-") == []


def test_a_submission_is_the_released_notebook_with_the_attack_in_it() -> None:
    released = {"cells": [code("", name) for name in ("title", "imports", *POINTS)]}
    made = Attack("", "held", first="one", answers={"total": "'@name@' '@unknown@'"}).file(released, {"name": "n"})
    assert b"'n' '@unknown@'" in made
    assert made.index(b'"one"') < made.index(b"def scale")
