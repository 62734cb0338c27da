"""Processes, rights, the network, system calls and life and death, attacked at every level of the sandbox."""

import os
import platform
import signal
import socket
import sys
import time
import uuid
from pathlib import Path

import pytest
from sandbox_box import Box
from sandbox_levels import FULL, LEVELS, each, needs, said

from autograder.engine.sandbox import watch

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox needs Linux")


def test_other_processes_can_be_neither_seen_nor_signalled(box, bare):
    attack = f"import os; os.kill({os.getpid()}, 0); print('reached')"
    assert "reached" not in said(box, attack)
    needs_reach = os.geteuid() == 0
    assert ("reached" in said(bare, attack)) == needs_reach
    closed = [f"print(open('/proc/{os.getpid()}/{name}').read(1))" for name in ("environ", "cmdline", "maps", "stat")]
    assert said(box, each(closed)).count("refused") == len(closed)
    needs(box, "root")
    assert said(box, "import os; print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))") == "[1, 2]\n"


def test_the_first_process_survives_what_the_worker_does_to_it(box):
    source = """
import os, signal, time
first = os.getppid()
for number in sorted(signal.valid_signals()):
    try: os.kill(first, number)
    except OSError: pass
for path in ("mem", "environ"):
    try: print(open(f"/proc/{first}/{path}", "rb").read(1))
    except OSError: pass
time.sleep(0.3)
print(os.getppid() == first)
"""
    answer = box.ask(source)
    assert answer.said == "True\n"
    assert answer.status == 80


def test_the_worker_waits_until_the_first_process_is_safe_from_it(monkeypatch):
    """However long that takes: on a busy host the worker may run first."""
    safe, seen = os.memfd_create("safe"), os.memfd_create("seen")

    def slow():
        time.sleep(0.3)
        os.write(safe, b"safe")

    first = os.fork()
    if first == 0:
        monkeypatch.setattr(watch, "_ignore_signals", slow)
        if watch.fork_worker() == 0:
            os.write(seen, os.pread(safe, 4, 0) or b"not yet")
            os._exit(0)
        os.wait()
        os._exit(0)
    os.waitpid(first, 0)
    assert os.pread(seen, 100, 0) == b"safe"


def test_no_capability_is_left_and_none_can_come_back(box, level):
    status = dict(
        line.split(":\t", 1) for line in said(box, "print(open('/proc/self/status').read())").split("\n") if line
    )
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0
    if level != "user, container":  # an ordinary user without a namespace has no right to lower it, nor any use of it
        assert int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Umask"] == "0077"
    if level == "root":
        assert set(status["Uid"].split()) == set(status["Gid"].split())
        assert int(status["Uid"].split()[0]) >= 200_000
        assert status["Groups"].strip() == ""
    rights = [
        "import os; os.setuid(0)",
        "import os; os.setgroups([0])",
        "import os; os.chroot('.')",
        "import os; os.nice(-5)",
    ]
    assert said(box, each(rights)).count("refused") == len(rights)


def test_there_is_no_network(box, bare):
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(socket.AF_UNIX) as abstract:
        name = f"\0course-{uuid.uuid4().hex}"
        abstract.bind(name)
        abstract.listen()
        port = listening.getsockname()[1]
        attacks = [
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('reached')",
            f"import socket; socket.socket(socket.AF_UNIX).connect({name!r}); print('reached')",
            f"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'a', ('127.0.0.1', {port}))",
            "import socket; socket.socket(socket.AF_INET6)",
            "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        ]
        answers = said(box, each(attacks))
        assert answers.count("refused") == len(attacks)
        assert said(bare, each(attacks[:2])).count("reached") == 2


def test_a_named_socket_of_the_host_is_out_of_reach_in_a_new_root(box, planted, level):
    path = planted / "hidden" / f"socket-{uuid.uuid4().hex[:8]}"
    with socket.socket(socket.AF_UNIX) as named:
        named.bind(str(path))
        path.chmod(0o777)
        named.listen()
        answer = said(box, each([f"import socket; socket.socket(socket.AF_UNIX).connect('{path}'); print('reached')"]))
    # Without a new root, Landlock does not close it: docs/sandbox.md says so.
    assert answer == ("refused FileNotFoundError\n" if level in FULL else "reached\n")


def test_folders_that_were_open_are_closed(box):
    source = """
import os, stat
print([n for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")
       and stat.S_ISDIR(os.stat(f"/proc/self/fd/{n}").st_mode) and int(n) > 9])
"""
    assert said(box, source) == "[]\n"


def test_two_children_at_once_do_not_see_one_another(box):
    word = uuid.uuid4().hex
    hold = f"""
import os, socket, time
for folder in (".", os.environ["HOME"], os.environ["TMPDIR"]): open(os.path.join(folder, "{word}"), "w").write("a")
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0{word}"); abstract.listen()
print(os.getcwd(), os.environ["HOME"], os.environ["TMPDIR"], os.getpid(), sep="\\n")
time.sleep(60)
"""
    attack = f"""
import os, pathlib, socket, sys
print([name for folder in (".", os.environ["HOME"], os.environ["TMPDIR"]) for name in os.listdir(folder)])
try: socket.socket(socket.AF_UNIX).connect("\\0{word}"); print("reached")
except OSError: print("refused")
for folder in list(pathlib.Path(os.getcwd()).parents)[:-1]:
    try: print([str(path) for path in folder.rglob("{word}")])
    except OSError: pass
"""
    answer = box.ask(attack, beside=hold, beside_seconds=0)  # the first is ended when the second is done
    assert word not in answer.said
    assert "refused" in answer.said
    assert "reached" not in answer.said
    assert "Error" not in answer.beside["said"]


# ------------------------------------------------------------------------------------ system calls

_NAMES = """
unshare setns mount umount2 pivot_root chroot ptrace process_vm_readv process_vm_writev pidfd_getfd bpf
perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key
kexec_load init_module finit_module delete_module reboot swapon swapoff quotactl acct open_by_handle_at
name_to_handle_at personality memfd_create memfd_secret shmget shmat msgget semget mq_open fanotify_init
lookup_dcookie iopl ioperm clone3 open_tree move_mount fsopen fsmount mount_setattr setuid setgroups
sched_setattr seccomp vhangup syslog process_madvise kcmp adjtimex clock_settime settimeofday sethostname
inotify_init1 vmsplice splice setpriority
"""
REFUSED = _NAMES.split()


@pytest.fixture(scope="module")
def numbers():
    seccomp = pytest.importorskip("pyseccomp")
    return {name: number for name in REFUSED if (number := seccomp.resolve_syscall(0, name)) >= 0}


def calls(numbers):
    return f"""
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers!r}.items():
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
    code = errno.errorcode.get(ctypes.get_errno(), "none")
    if result != -1 or code not in ("EPERM", "ENOSYS"): print("let through:", name, result, code)
print("done")
"""


def test_system_calls_that_no_notebook_needs_are_refused(box, numbers):
    assert len(numbers) > 40
    assert said(box, calls(numbers)) == "done\n"


def test_without_the_filter_some_of_them_are_let_through(numbers):
    harmless = {name: numbers[name] for name in ("unshare", "personality", "inotify_init1", "memfd_create")}
    with Box(without=["seccomp"]) as box:
        assert said(box, calls(harmless)).count("let through") >= 3


def test_namespaces_cannot_be_had_through_clone(box):
    source = """
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 56, "aarch64": 220, "riscv64": 220}[platform.machine()]
for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    for extra in (17, 0x100000011):
        result = libc.syscall(ctypes.c_long(number), ctypes.c_long(flag | extra), *[ctypes.c_long(0)] * 5)
        print(result, errno.errorcode[ctypes.get_errno()])
"""
    assert said(box, source) == "-1 EPERM\n" * 14


def test_upper_halves_of_arguments_do_not_fool_the_filter(box):
    source = """
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
socket, ioctl = {"x86_64": (41, 16), "aarch64": (198, 29), "riscv64": (198, 29)}[platform.machine()]
def call(*numbers):
    return libc.syscall(*[ctypes.c_long(number) for number in numbers]), errno.errorcode[ctypes.get_errno()]
print(call(socket, 1 << 32 | 2, 1, 0), call(socket, 2, 1, 0), call(socket, 16, 3, 0))
print(call(ioctl, 0, 0x5412, 0), call(ioctl, 0, 1 << 32 | 0x5412, 0))
"""
    refused = "(-1, 'EAFNOSUPPORT')"
    assert said(box, source) == f"{refused} {refused} {refused}\n(-1, 'ENOSYS') (-1, 'ENOSYS')\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these doors are in x86-64 only")
@pytest.mark.parametrize(
    "code",
    ["b8 14000000 cd80 c3", "b8 27000040 0f05 c3"],  # getpid by int 0x80 (as on i386), by syscall (as on x32)
    ids=["i386", "x32"],
)
def test_another_architectures_door_is_shut(box, code):
    source = f"""
import ctypes, mmap, os
code = bytes.fromhex({code!r}.replace(" ", ""))
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
pid = os.fork()
if pid == 0:
    print("came back with", ctypes.CFUNCTYPE(ctypes.c_long)(address)())
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    assert said(box, source) == f"-{int(signal.SIGSYS)}\n"


# ------------------------------------------------------------------------------------ life and death


def marked():
    """Return a number of seconds to sleep that no other process here has, and a look for who sleeps it."""
    word = f"{700 + uuid.uuid4().int % 100}.{uuid.uuid4().int % 10**12:012}"

    def sleepers():
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if f"\0{word}\0" in path.read_text(errors="replace"):
                    found.append(path.parent.name)
            except OSError:
                continue
        return found

    return word, sleepers


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def daemon(word, then=""):
    return f"""
import os, signal, subprocess, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{word}"])
    os._exit(0)
time.sleep(0.3)
{then}
"""


def test_a_left_over_daemon_ends_with_the_worker(box):
    word, sleepers = marked()
    assert box.ask(daemon(word)).status == 80
    wait_for(lambda: not sleepers())


def test_the_leash_ends_everything(box):
    word, sleepers = marked()
    answer = box.ask(daemon(word, "while True: pass"), seconds=1.5)
    assert answer.status == 0
    wait_for(lambda: not sleepers())


def test_nothing_outlives_a_killed_warm_process(level):
    word, sleepers = marked()
    with Box(**LEVELS[level]) as box:
        box.send(daemon(word, "while True: pass"), orphan=True)
        box.answer()
        wait_for(sleepers)
        box.process.kill()
        wait_for(lambda: not sleepers())


def test_a_segmentation_fault_and_an_abrupt_exit_end_the_child_only(box):
    for source in ("import ctypes; ctypes.string_at(0)", "import os; os._exit(3)", "import os; os.abort()"):
        assert box.ask(source).status == 80
    assert said(box, "print(1)") == "1\n"
