"""What one child may use: memory, time, processes and disk, each run into on purpose."""

import os
import sys

import pytest
from sandbox_box import Box
from sandbox_levels import params

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox needs Linux")

LEVELS = {
    "root": {},
    "user": {"user": True},
    "root, container": {"without": ["namespaces"]},
    "root, container, own users": {"reach": True, "without": ["namespaces"]},
    "root, no right to mount": {"strip": True},
    "user, container": {"user": True, "without": ["namespaces"]},
}
MEMORY, CPU, DISK, PROCESSES = 81, 82, 83, 84


@pytest.fixture(scope="module", params=params(LEVELS))
def level(request):
    if request.param.startswith("root") and os.geteuid() != 0:
        pytest.skip("only root can show what root gets")
    return request.param


@pytest.fixture(scope="module")
def box(level):
    with Box(**LEVELS[level]) as one:
        yield one


def test_one_process_has_no_more_memory_than_allowed(box):
    source = "print(len(bytearray(2**27)))\nbytearray(2**30)"
    answer = box.ask(source, limits={"memory_bytes": 2**28})
    assert answer.said.startswith(f"{2**27}\n")
    assert "MemoryError" in answer.said


FORKS = """
import mmap, os, time
{before}
for _ in range(6):
    if os.fork() == 0:
        {each}
        time.sleep({seconds})
        os._exit(0)
time.sleep({seconds})
print("still here")
"""


def test_many_processes_together_have_no_more_memory_than_allowed(box):
    limits = {"memory_bytes": 2**30, "total_memory_bytes": 2**28}
    each = FORKS.format(before="", each="kept = b'a' * 2**26", seconds=20)
    assert box.ask(each, limits=limits).status == MEMORY
    one = FORKS.format(before="kept = b'a' * 2**29", each="pass", seconds=20)
    assert box.ask(one, limits=limits).status == MEMORY


def test_memory_mapped_to_be_shared_counts(box):
    source = (
        "import mmap, time\nkept = mmap.mmap(-1, 2**29)\nkept.write(b'a' * 2**29)\ntime.sleep(20)\nprint('still here')"
    )
    answer = box.ask(source, limits={"memory_bytes": 2**31, "total_memory_bytes": 2**28})
    assert (answer.status, answer.said) == (MEMORY, "")


def test_what_forks_share_counts_once(box):
    """Seven processes hold the same 64 MiB: far beyond the limit if each were asked by itself."""
    source = FORKS.format(before="kept = b'a' * 2**26", each="pass", seconds=1)
    answer = box.ask(source, limits={"memory_bytes": 2**30, "total_memory_bytes": 2**27})
    assert (answer.status, answer.said) == (80, "still here\n")


def test_processes_together_have_no_more_time_than_allowed(box):
    source = FORKS.format(before="", each="while True: pass", seconds=60)
    answer = box.ask(source, limits={"cpu_seconds": 1.0})
    assert (answer.status, answer.said) == (CPU, "")


def test_time_of_children_that_nobody_waits_for_counts(box):
    source = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.2
        while time.process_time() < end: pass
        os._exit(0)
    time.sleep(0.25)
"""
    assert box.ask(source, limits={"cpu_seconds": 0.6}).status == CPU


def test_one_process_that_spins_is_ended_by_the_kernel_at_last(box):
    """Its own limit is a little above the common one, so that the reason given is the right one."""
    source = "import resource; print(resource.getrlimit(resource.RLIMIT_CPU))"
    assert box.ask(source, limits={"cpu_seconds": 7.0}).said == "(12, 12)\n"


def test_a_fork_bomb_has_an_end(box):
    bomb = """
import os, time
while True:
    try:
        if os.fork(): time.sleep(0.001)
    except BlockingIOError:
        print("no more")
        time.sleep(30)
"""
    answer = box.ask(bomb, limits={"processes": 20}, seconds=3)
    if "nproc" in answer.steps:
        assert "no more" in answer.said
        assert answer.said.count("no more") < 60
    else:
        assert answer.status == PROCESSES
    assert box.ask("print(1)").said == "1\n"


def test_a_thread_bomb_has_an_end(box):
    bomb = """
import threading, time
for number in range(200):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
time.sleep(0.5)
print("all of them")
"""
    answer = box.ask(bomb, limits={"processes": 20})
    assert "all of them" not in answer.said
    assert "can't start new thread" in answer.said or answer.status == PROCESSES


def test_processes_of_one_child_do_not_count_for_another(box):
    """Two children of one warm process have the same user at the ordinary user's level."""
    if "nproc" not in box.ask("").steps:
        pytest.skip("processes are not counted apart at this level")
    hold = "import os, time\nfor _ in range(15):\n    if os.fork() == 0: time.sleep(3); os._exit(0)\nprint('held')"
    answer = box.ask(hold + "; time.sleep(1)", beside=hold + "; time.sleep(3)", limits={"processes": 20})
    assert (answer.said, answer.beside["said"]) == ("held\n", "held\n")
    more = box.ask(hold.replace("15", "25"), limits={"processes": 20}).said
    assert "BlockingIOError" in more


def test_all_files_together_are_no_larger_than_allowed(box):
    source = """
import os, time
for number in range(40):
    folder = os.environ["TMPDIR"] if number % 2 else "."
    with open(os.path.join(folder, str(number)), "wb") as file: file.write(bytes(2**20))
time.sleep(20)
print("still here")
"""
    answer = box.ask(source, limits={"disk_bytes": 2**23, "file_bytes": 2**21})
    assert "No space left" in answer.said if "disk" in answer.steps else answer.status == DISK


def test_one_file_is_no_larger_than_allowed(box):
    source = "open('big', 'wb').write(bytes(2**21))"
    assert "File too large" in box.ask(source, limits={"file_bytes": 2**20}).said


def test_small_limits_are_set(box):
    source = """
import resource
names = ("NOFILE", "CORE", "MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO")
print([resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names])
for name in names:
    try: resource.setrlimit(getattr(resource, "RLIMIT_" + name), (2**20, 2**20)); print("raised", name)
    except (ValueError, OSError): pass
"""
    expected = [(64, 64), (1, 1), (65536, 65536), (0, 0), (0, 0), (0, 0)]
    assert box.ask(source).said == f"{expected}\n"


def test_limits_of_other_processes_cannot_be_changed(box):
    source = f"import resource; resource.prlimit({os.getpid()}, resource.RLIMIT_NOFILE, (1, 1))"
    assert "Error" in box.ask(source).said
    assert (
        "Error" in box.ask("import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1))").said
    )
