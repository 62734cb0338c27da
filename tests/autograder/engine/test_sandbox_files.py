"""Which files a child can reach and change, tried by code that attacks them at every level."""

import os
import sys
import time
import uuid
from pathlib import Path

import pytest
from sandbox_box import ENGINE, NOBODY, Box
from sandbox_levels import FULL, LEVELS, each, needs, said

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox needs Linux")


def test_a_file_of_the_host_cannot_be_read_listed_or_changed(box, bare, level, planted):
    attacks = [
        f"print(open('{planted}/secret').read())",
        f"import os; print(os.listdir('{planted}'))",
        f"open('{planted}/secret', 'a')",
        f"open('{planted}/new', 'w')",
        f"import os; os.unlink('{planted}/secret')",
        f"import os; os.rename('{planted}/secret', '{planted}/other')",
        f"import os; os.symlink('{planted}/secret', 'link'); print(open('link').read())",
        f"import os; os.link('{planted}/secret', 'hard'); print(open('hard').read())",
        f"import subprocess; subprocess.run(['cat', '{planted}/secret'])",
        f"import os; d = os.open('/', os.O_PATH); print(os.open('{planted}/secret'[1:], os.O_RDONLY, dir_fd=d))",
    ]
    before = sorted(planted.iterdir())
    answers = said(box, each(attacks))
    assert "planted-word" not in answers
    assert answers.count("refused") == len(attacks) - 1  # cat says so itself
    assert sorted(planted.iterdir()) == before
    assert (planted / "secret").read_text() == "planted-word"
    assert "planted-word" in said(bare, attacks[0])
    if level in FULL:  # not even that it exists
        assert "FileNotFoundError" in said(box, f"import os; os.stat('{planted}/secret')")


def test_modes_and_times_of_files_outside_stay(box, planted):
    needs(box, "root")
    before = (planted / "secret").stat(), Path(sys.executable).stat()
    changes = [f"import os; os.chmod({path!r}, 0o777)" for path in (f"{planted}/secret", sys.executable, "/", "/usr")]
    changes += ["import os; os.utime('/usr/bin', (1, 1))", "open('/usr/new', 'w')", "import os; os.mkdir('/new')"]
    changes += ["import os; os.remove('/etc/passwd')", "open('/proc/self/oom_score_adj', 'w').write('0')"]
    assert said(box, each(changes)).count("refused") == len(changes)
    assert ((planted / "secret").stat(), Path(sys.executable).stat()) == before


def test_modes_and_times_of_the_grading_users_files_stay(box, bare, level, planted):
    mine = planted / "hidden" / f"mine-{uuid.uuid4().hex[:8]}"
    mine.write_text("a")
    if os.geteuid() == 0 and level.startswith("user"):
        os.chown(mine, NOBODY, NOBODY)
    mine.chmod(0o640)
    before = mine.stat()
    calls = ("chmod({!r}, 0o777)", "utime({!r}, (1, 1))", "setxattr({!r}, 'user.a', b'b')", "chown({!r}, -1, 12345)")
    source = each([f"import os; os.{call.format(str(mine))}" for call in calls])
    box.ask(source)
    after = mine.stat()
    for name in ("st_mode", "st_mtime_ns", "st_ctime_ns", "st_uid", "st_gid"):
        assert getattr(after, name) == getattr(before, name)
    bare.ask(source)
    if level.startswith("root"):
        assert mine.stat().st_mode & 0o777 == 0o777
    copies = "import shutil; open('a', 'w').write('b'); shutil.copy2('a', 'c'); print(open('c').read())"
    assert said(box, copies) == "b\n"


def test_what_is_hidden_below_a_readable_folder_is_not_there(level, planted):
    inner = planted / "hidden" / "shines-through"
    inner.mkdir(exist_ok=True)
    (inner / "note").write_text("seen-word")
    with Box(**LEVELS[level], readable=[planted, inner], hidden=[planted / "hidden"]) as box:
        assert "planted-word" in said(box, f"print(open('{planted}/secret').read())")
        assert "seen-word" in said(box, f"print(open('{inner}/note').read())")
        assert "planted-word" not in said(box, f"print(open('{planted}/hidden/secret').read())")
        assert "refused" in said(box, each([f"print(open('{planted}/hidden/secret').read())"]))


def test_an_extra_folder_with_something_hidden_below_starts_no_child(level, planted):
    if level not in FULL:
        pytest.skip("Landlock goes round it")
    with Box(**LEVELS[level], hidden=[planted / "hidden"]) as box:
        answer = box.ask("print('ran')", readable=[str(planted)])
        assert "cannot be read by a child" in answer.said
        assert "ran" not in answer.said


def test_where_the_course_is_installed_from_is_not_told(box):
    needs(box, "root")
    source = f"""
import pathlib, sysconfig
found = [p for p in pathlib.Path({sys.prefix!r}).rglob("__editable__*") if p.read_bytes()]
found += [p for p in pathlib.Path({sys.prefix!r}).rglob("direct_url.json") if p.read_bytes()]
print(found, pathlib.Path({str(ENGINE)!r}).exists())
"""
    assert said(box, source) == "[] False\n"


def test_each_child_reads_its_own_extra_folder_and_no_other(box, planted):
    mine, other = planted / "hidden" / "mine", planted / "hidden" / "other"
    for folder in (mine, other):
        folder.mkdir(exist_ok=True)
        (folder / "note").write_text("extra-word")
    look = f"print(open('{mine}/note').read())\nopen('{other}/note')"
    answer = said(box, look, readable=[str(mine)])
    assert "extra-word" in answer
    assert "Error" in answer
    assert "refused" in said(box, each([f"open('{mine}/note', 'a')"]), readable=[str(mine)])


def test_private_folders_are_writable_and_gone_with_the_child(box):
    write = """
import os, tempfile
for folder in (os.getcwd(), os.environ["HOME"], tempfile.gettempdir()):
    path = os.path.join(folder, "own")
    print(os.path.exists(path), [name for name in os.listdir(folder) if "own" in name])
    with open(path, "w") as file: file.write("a")
    os.chmod(path, 0o640); os.utime(path, (1, 1)); os.rename(path, path + "2"); os.rename(path + "2", path)
"""
    assert said(box, write) == said(box, write) == "False []\n" * 3


def test_shared_memory_is_the_childs_own(box):
    needs(box, "root")
    name = f"course-{uuid.uuid4().hex}"
    assert said(box, f"print(open('/dev/shm/{name}', 'w').write('a'))") == "1\n"
    assert not os.path.exists(f"/dev/shm/{name}")
    assert said(box, "import os; print(os.listdir('/dev/shm'))") == "[]\n"


def test_python_fonts_time_zones_and_names_are_there(box):
    source = """
import ssl, sqlite3, subprocess, sys, time, zoneinfo
print(subprocess.run([sys.executable, "-I", "-S", "-c", "print(1)"], capture_output=True, text=True).stdout.strip())
for name in ("/dev/null", "/dev/zero"): open(name, "r+b").read(1)
print(len(open("/dev/urandom", "rb").read(3)), time.localtime().tm_zone)
"""
    assert said(box, source) == f"1\n3 {time.localtime().tm_zone}\n"
