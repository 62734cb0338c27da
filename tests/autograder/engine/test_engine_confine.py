"""What each step of the confinement stops, next to what happens without it."""

import os
import socket
import threading
from pathlib import Path

import numpy
import pytest
from engine_helpers import text_of

import course_utils
from autograder.engine import probe


@pytest.fixture(scope="module")
def bare(limits):
    """A child that confines nothing but its resources."""
    from autograder.engine import Child

    with Child(limits, confined=False) as one:
        yield one


def needs(child, step):
    if step not in child.confinement:
        pytest.skip(f"this host does not offer {step}")


def is_refused(said):
    """Whether Landlock or a read-only mount said no, whichever the kernel asked first."""
    return "ermission denied" in said or "Read-only file system" in said


def ask(child, source):
    return text_of(child.run_cell(source))


def test_what_is_applied_is_what_the_probe_finds(child, bare):
    found = {name: ok for name, ok, _ in probe()}
    assert bare.confinement == ("rlimits",)
    assert ("landlock" in child.confinement) == found["Landlock"]
    assert ("netns" in child.confinement) == found["network namespace"]
    assert ("pidns" in child.confinement) == found["pid namespace"]
    assert ("rofs" in child.confinement) == found["read-only mounts"]


def test_the_probe_changes_nothing_here():
    before = [os.readlink(f"/proc/self/ns/{name}") for name in ("user", "net", "pid", "mnt")]
    assert len(probe()) >= 6
    assert [os.readlink(f"/proc/self/ns/{name}") for name in ("user", "net", "pid", "mnt")] == before


def test_a_file_elsewhere_can_be_neither_read_nor_listed_nor_written(child, bare, outside):
    needs(child, "landlock")
    (outside / "secret").write_text("planted-word")
    read, listed = f"print(open('{outside}/secret').read())", f"import os; print(os.listdir('{outside}'))"
    write = f"open('{outside}/new', 'w')"
    assert "planted-word" in ask(bare, read)
    assert "secret" in ask(bare, listed)
    for source in (read, listed, write, f"import os; os.unlink('{outside}/secret')", f"!cat {outside}/secret"):
        assert is_refused(ask(child, source))
    assert [path.name for path in outside.iterdir()] == ["secret"]


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/1/environ", "/tmp", "/home", "/root", "/proc"])
def test_the_rest_of_the_host_is_closed(child, path):
    needs(child, "landlock")
    if not os.path.exists(path):
        pytest.skip(f"this host has no {path}")
    look = f"import os\nos.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read()"
    assert "ermission denied" in ask(child, look)


def test_python_cannot_be_written_and_the_private_folder_can(child):
    needs(child, "landlock")
    assert is_refused(ask(child, "import numpy; open(numpy.__file__, 'a')"))
    assert is_refused(ask(child, "import course_utils; open(course_utils.__file__, 'a')"))
    for folder in ("'.'", "os.environ['HOME']", "__import__('tempfile').gettempdir()"):
        assert ask(child, f"import os; open(os.path.join({folder}, 'new'), 'w').write('a')") == "1"


def test_a_folder_below_python_can_be_hidden(fresh, outside):
    child = fresh(hidden=(Path(numpy.__file__).parent.parent / "sklearn",))
    needs(child, "landlock")
    assert "PermissionError" in str(child.run_cell("import sklearn").outputs)
    assert child.run_cell("import torch, scipy").ended == "ok"


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: _accept(listening), daemon=True).start()
        yield listening.getsockname()[1]


def _accept(listening):
    try:
        while True:
            listening.accept()[0].close()
    except OSError:
        pass


def test_no_connection_leaves_the_child(child, bare, server):
    needs(child, "netns")
    connect = f"import socket; s = socket.create_connection(('127.0.0.1', {server}), 2); s.close(); print('reached')"
    assert "reached" in ask(bare, connect)
    assert "reached" not in ask(child, connect)
    send = f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'a', ('127.0.0.1', {server}))"
    datagram = f"import socket; {send}; print('reached')"
    assert "reached" in ask(bare, datagram)
    assert "nreachable" in ask(child, datagram)


def test_an_abstract_socket_outside_cannot_be_reached(child, bare):
    needs(child, "netns")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(b"\0course-test-abstract")
        listening.listen()
        connect = "socket.socket(socket.AF_UNIX).connect(b'\\0course-test-abstract')"
        source = f"import socket; {connect}; print('reached')"
        assert "reached" in ask(bare, source)
        assert "reached" not in ask(child, source)


def test_no_process_outside_can_be_signalled(child, bare):
    needs(child, "pidns")
    source = f"import os; os.kill({os.getpid()}, 0); print('reached')"
    assert "reached" in ask(bare, source)
    assert "reached" not in ask(child, source)


def test_shared_memory_is_the_childs_own(fresh):
    one, other = fresh(), fresh()
    needs(one, "mountns")
    assert ask(one, "open('/dev/shm/course-test-note', 'w').write('a')") == "1"
    assert not os.path.exists("/dev/shm/course-test-note")
    assert ask(other, "import os; os.listdir('/dev/shm')") == "[]"


def test_processes_of_python_itself_still_work(child):
    source = """
import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))
"""
    assert ask(child, source) == "[1, 2]\n"


def test_privileges_are_given_up(child, bare):
    needs(child, "private")
    status = "print(open('/proc/self/status').read())"
    lines = dict(line.split(":\t", 1) for line in ask(child, status).splitlines() if ":\t" in line)
    assert int(lines["CapEff"], 16) == int(lines["CapPrm"], 16) == 0
    assert lines["NoNewPrivs"] == "1"
    assert lines["Umask"] == "0077"


def test_open_files_have_an_end_and_no_core_is_written(child):
    assert "Too many open files" in ask(child, "kept = [open('/dev/null') for _ in range(1000)]")
    assert ask(child, "import resource; resource.getrlimit(resource.RLIMIT_CORE)") == "(0, 0)"


def test_the_exercises_cannot_be_read_and_the_rest_of_the_course_can_be_used(child):
    exercises = Path(course_utils.__file__).parent / "exercises"
    named = next(path for path in exercises.glob("*.py") if path.stem != "__init__")
    for name in ("course_utils.exercises", f"course_utils.exercises.{named.stem}"):
        assert child.run_cell(f"import {name}").outputs[-1]["ename"] == "ModuleNotFoundError"
    past = """
import os, sys
if os.fork() == 0:
    try:
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != '_Hide']
        import course_utils.exercises
        open('found', 'w').close()
    finally:
        os._exit(0)
os.wait()
print(os.path.exists('found'))
"""
    assert ask(child, past) == "False\n"
    wanted = "from course_utils import check, ready, plots, datasets, widgets\nimport course_utils.judging.calls"
    assert child.run_cell(wanted).outputs == []
    seen = ask(
        child, "from pathlib import Path\nprint(sorted(p.suffix for p in Path(widgets.__file__).parent.iterdir()))"
    )
    assert "'.css'" in seen
    assert "'.js'" in seen
    needs(child, "landlock")
    for path in (named, exercises.parent / "__init__.py", exercises.parent.parent / "pyproject.toml"):
        if path.exists():
            assert "ermission denied" in ask(child, f"print(open({str(path)!r}).read())")


def test_modes_and_times_of_files_elsewhere_cannot_be_changed(child, bare, outside):
    secret = outside / "secret"
    secret.write_text("a")
    secret.chmod(0o600)
    needs(child, "rofs")
    before = (secret.stat(), outside.stat())
    changes = [
        f"os.chmod({str(secret)!r}, 0o644)",
        f"os.chmod({str(outside)!r}, 0o777)",
        f"os.utime({str(secret)!r}, (1, 1))",
        f"os.chown({str(secret)!r}, os.getuid(), os.getgid())",
        f"os.setxattr({str(secret)!r}, 'user.a', b'b')",
        f"os.chmod({str(Path(numpy.__file__))!r}, 0o777)",
    ]
    for change in changes:
        assert "Read-only file system" in ask(child, "import os\n" + change)
    after = (secret.stat(), outside.stat())
    assert [(one.st_mode, one.st_mtime_ns, one.st_ctime_ns) for one in before] == [
        (one.st_mode, one.st_mtime_ns, one.st_ctime_ns) for one in after
    ]
    assert ask(bare, "import os\n" + changes[0]) == ""
    assert secret.stat().st_mode & 0o777 == 0o644


def test_work_in_the_private_folder_goes_on_beside_read_only_mounts(child):
    needs(child, "rofs")
    source = """
import os, tempfile
for folder in (os.getcwd(), os.environ['HOME'], tempfile.gettempdir(), '/dev/shm'):
    path = os.path.join(folder, 'course-test-own')
    with open(path, 'w') as file: file.write('a')
    os.chmod(path, 0o640); os.utime(path, (1, 1)); os.remove(path)
open('/dev/null', 'w').write('done')
"""
    assert ask(child, source) == "4"


def test_read_only_mounts_cannot_be_made_writable_again(child, outside):
    needs(child, "rofs")
    (outside / "secret").write_text("a")
    source = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if os.fork() == 0:
    try:
        libc.unshare(0x10000000 | 0x20000)
        clear = (ctypes.c_uint64 * 4)(0, 1, 0, 0)
        libc.syscall(ctypes.c_long(442), ctypes.c_int(-100), b'/', ctypes.c_uint(0x8000), clear, ctypes.c_size_t(32))
        libc.mount(None, b'/', None, ctypes.c_ulong(0x20 | 0x1000), None)
        libc.umount2(b'/', 2)
        os.chmod({str(outside / "secret")!r}, 0o777)
    finally: os._exit(0)
os.wait()
"""
    before = (outside / "secret").stat().st_mode
    assert child.run_cell(source).ended == "ok"
    assert (outside / "secret").stat().st_mode == before
