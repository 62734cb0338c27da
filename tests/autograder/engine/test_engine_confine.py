"""What each step of the confinement stops, next to what happens without it."""

import os
import socket
import threading
from pathlib import Path

import numpy
import pytest
from engine_helpers import text_of

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


def ask(child, source):
    return text_of(child.run_cell(source))


def test_what_is_applied_is_what_the_probe_finds(child, bare):
    found = {name: ok for name, ok, _ in probe()}
    assert bare.confinement == ("rlimits",)
    assert ("landlock" in child.confinement) == found["Landlock"]
    assert ("netns" in child.confinement) == found["network namespace"]
    assert ("pidns" in child.confinement) == found["pid namespace"]


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
        assert "ermission denied" in ask(child, source)
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
    assert "ermission denied" in ask(child, "import numpy; open(numpy.__file__, 'a')")
    assert "ermission denied" in ask(child, "import course_utils; open(course_utils.__file__, 'a')")
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
