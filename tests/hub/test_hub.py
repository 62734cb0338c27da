"""A class on JupyterHub: two learners and an instructor, from release to feedback, each in a browser of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.browser.lab import CHROMIUM, FLAGS
from tests.hub.world import INSTRUCTOR, LEARNERS, LESSON, Hub, missing, running_hub

WHY_NOT = missing()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT)),
]
if WHY_NOT is None:
    from playwright.sync_api import sync_playwright

    from tests.browser.people import (
        AUTOGRADE,
        COLLECT,
        GENERATE,
        GENERATE_FEEDBACK,
        RELEASE,
        RELEASE_FEEDBACK,
        SCORE,
        SUBMISSIONS,
    )
    from tests.hub.people import Instructor, Learner

RIGHT = {"scale": "def scale(x, factor):\n    return x * factor", "total": "def total(x):\n    return x.sum()"}
WRONG = RIGHT | {"scale": "def scale(x, factor):\n    return x + factor"}
COMMENT = "Think of one row, Eva."

# What a learner's notebook tries; each line is something that must not be possible.
PROBE = """
import importlib, json, os, resource, urllib.request
places = json.loads({places!r})
found = {{"account": os.environ["USER"], "open": [], "imports": [], "answers": {{}}}}
for place in places:
    try:
        os.listdir(place) if os.path.isdir(place) else open(place).read()
        found["open"].append(place)
    except OSError as error:
        assert isinstance(error, PermissionError), error
for package in ("course_utils", "solutions", "autograder"):
    try:
        importlib.import_module(package)
        found["imports"].append(package)
    except (ImportError, OSError):
        pass
for path in ("users", "groups", "services", "proxy"):
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + "/" + path)
    request.add_header("Authorization", "token " + os.environ["JUPYTERHUB_API_TOKEN"])
    try:
        found["answers"][path] = urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        found["answers"][path] = error.code
for kind, path in (("moved", {course!r}), ("moved inbox", {course!r} + "/inbound")):
    try:
        os.rename(path, path + "-mine")
        found["open"].append(kind)
    except PermissionError:
        pass
names = "RLIMIT_NPROC", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE"
found["limits"] = [resource.getrlimit(getattr(resource, name))[1] for name in names]
print(json.dumps(found))
"""


@dataclass
class Class:
    """The hub and everybody who is logged in."""

    hub: Hub
    ada: Instructor
    ben: Learner
    eva: Learner


@pytest.fixture(scope="module")
def klass() -> Iterator[Class]:
    with running_hub() as hub, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        people = [Instructor(browser, hub, INSTRUCTOR), *(Learner(browser, hub, name) for name in LEARNERS)]
        try:
            for person in people:
                person.log_in()
            for person in people:
                person.arrive()
            yield Class(hub, *people)
        finally:
            browser.close()


def test_a_lesson_goes_round(klass: Class) -> None:
    ada, ben, eva = klass.ada, klass.ben, klass.eva
    ada.open_formgrader()
    ada.press(LESSON, GENERATE)
    ada.press(LESSON, RELEASE)

    for learner, answers, verdict in ((ben, RIGHT, "scale: correct"), (eva, WRONG, "Hint: Is scaling a sum?")):
        learner.assignments()
        learner.act("released", "Fetch", "fetched")
        assert verdict in learner.answer(answers, learner.released)
        learner.assignments()
        learner.act("fetched", "Submit", "submitted")

    log = ada.press(LESSON, COLLECT)
    assert all(f"Collecting submission: {name} {LESSON}" in log for name in LEARNERS)
    ada.cell(LESSON, SUBMISSIONS).locator("a").click()
    scores = {}
    for name in LEARNERS:
        ada.press(name, AUTOGRADE)
        scores[name] = ada.cell(name, SCORE).inner_text()
    assert scores == {ben.name: "6 / 6", eva.name: "2 / 6"}

    shown = ada.comment("2 / 6", "scale", COMMENT)
    assert "Not yet: for ordinary numbers" in shown
    assert "return x + factor" in shown
    ada.manage()
    ada.press(LESSON, GENERATE_FEEDBACK)
    ada.press(LESSON, RELEASE_FEEDBACK)

    pages = {}
    for learner in (ben, eva):
        learner.fetch_feedback()
        pages[learner.name] = learner.feedback()
    assert "6 of 6 points" in pages[ben.name]
    assert "2 of 6 points" in pages[eva.name]
    assert COMMENT in pages[eva.name]
    assert COMMENT not in pages[ben.name]
    assert eva.name not in pages[ben.name]


def test_what_was_handed_in_ran_confined_as_an_ordinary_user(klass: Class) -> None:
    path = klass.hub.folder / "course" / "class" / "autograded" / LEARNERS[1] / LESSON / f"{LESSON}.ipynb"
    confinement = json.loads(klass.hub.read(path))["metadata"]["dlf"]["confinement"]
    assert confinement["level"] in ("full", "container")


def test_a_learner_sees_no_tool_of_an_instructor(klass: Class) -> None:
    klass.ben.page.goto(f"{klass.ben.server}/lab?reset")
    assert klass.ben.entries() == ["Assignment List"]
    assert klass.ben.context.request.get(f"{klass.ben.server}/formgrader").status == 404


def test_a_learner_comes_into_no_place_of_others_in_the_browser(klass: Class) -> None:
    ask = klass.ben.context.request
    address = klass.hub.address
    assert ask.get(f"{klass.ben.server}/api/contents/").status == 200
    for path in (
        "services/dlf/",
        "services/dlf/formgrader/",
        f"services/dlf/api/contents/class/submitted/{LEARNERS[1]}",
    ):
        answer = ask.get(f"{address}/{path}")
        assert answer.status == 403, f"{path}: {answer.status}"
        assert LESSON not in answer.text()
    for name in (LEARNERS[1], INSTRUCTOR):
        assert ask.get(f"{address}/user/{name}/api/contents/").status in (403, 404)
        assert ask.get(f"{address}/user/{name}/lab").status in (403, 404)
    # The instructor gets in, so that the addresses above are those of something.
    assert klass.ada.context.request.get(f"{address}/services/dlf/formgrader/").status == 200


def test_a_learners_notebook_reads_nothing_of_others(klass: Class) -> None:
    hub, folder = klass.hub, klass.hub.folder
    grader = hub.run("pgrep", "--full", "--oldest", "jupyterhub-singleuser.*root_dir").stdout.strip()
    secret = hub.run("sh", "-c", "echo /home/course-grader/.local/share/*/secret").stdout.strip()
    places = [
        folder / "course", folder / "course" / "class" / "gradebook.db",
        folder / "course" / "solutions" / "toy_lesson.py",
        folder / "hub", hub.place / "checkout", hub.place / "checkout" / "solutions" / "toy_lesson.py",
        folder / "exchange" / "dlf" / "inbound", folder / "exchange" / "dlf" / "feedback",
        f"/home/{LEARNERS[1]}", f"/home/{LEARNERS[1]}/{LESSON}/{LESSON}.ipynb", f"/home/{INSTRUCTOR}", secret,
        f"/proc/{grader}/environ", f"/proc/{grader}/cwd",
    ]  # fmt: skip
    # Root can read each of them: none is closed only because it is not there.
    for place in places:
        assert hub.run("test", "-r", str(place)).returncode == 0, place
    source = PROBE.format(places=json.dumps([str(place) for place in places]), course=str(folder / "exchange" / "dlf"))
    found = klass.ben.probe(source, hub.place)
    assert found == {
        "account": LEARNERS[0],
        "open": [],
        "imports": ["course_utils"],
        "answers": {"users": 403, "groups": 403, "services": 403, "proxy": 403},
        "limits": [512, 16 * 10**9, 2 * 10**9, 4096],
    }


def test_the_hub_does_not_start_where_learners_could_read_the_answers(klass: Class) -> None:
    """Last, because for a moment it puts a package into the environment, as the hub's side sees it."""
    hub = klass.hub
    site = next(path for path in sys.path if path.startswith(sys.prefix) and path.endswith("site-packages"))
    (hub.place / "upper" / "solutions").mkdir(parents=True)
    (hub.place / "upper" / "solutions" / "__init__.py").touch()
    (hub.place / "work").mkdir()
    over = f"lowerdir={site},upperdir={hub.place}/upper,workdir={hub.place}/work"
    start = [
        sys.executable,
        str(hub.place / "checkout/deploy/jupyterhub/start"),
        str(hub.place / "class.toml"),
        "--prepare",
    ]
    well = hub.run(*start)
    assert well.returncode == 0, well.stderr
    mounted = hub.run("mount", "-t", "overlay", "overlay", "-o", over, site)
    assert mounted.returncode == 0, mounted.stderr
    try:
        refused = hub.run(*start)
    finally:
        hub.run("umount", "--lazy", site)
    assert refused.returncode == 1
    assert f"{LEARNERS[0]} can read the package `solutions`" in refused.stderr
    assert "Traceback" not in refused.stderr
