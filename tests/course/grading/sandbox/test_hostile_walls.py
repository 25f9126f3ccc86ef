"""Hand-ins that look, write, talk or strike beyond their walls. The answers in them are right, so
each keeps its full marks: marks depend on answers only."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from course import paths

SEES = """
import os
seen = []
for path in {paths!r}:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").close()
        seen.append(path)
    except OSError:
        pass
raise LookupError(f"seen: {{seen}}")
"""


def said(report):
    """What the one cell that raised had to say."""
    (note,) = report.notes
    return note


def test_nothing_of_the_course_of_others_and_of_the_machine_can_be_read(notebook, attack, tmp_path):
    other = tmp_path / "other.ipynb"
    other.write_text("somebody else's")
    places = [
        paths.LESSONS, paths.SOLUTIONS, paths.NOTEBOOKS, paths.QUIZZES, paths.ROOT / "lib",
        paths.ROOT / "lib/course/checks/lesson_01/weights.py", paths.ROOT / "tests",
        paths.ROOT / ".git", other, tmp_path, Path.home(),
        "/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc",
        "/proc/1/environ", "/sys", "/var", "/run", "/home", "/srv", "/opt", "/boot", "/dev/shm",
        "/dev/tty", "/dev/kmsg", "/dev/zero", "/dev/vsock",
    ]  # fmt: skip
    # a packages' folder in one's home is needed, and what leads there can be listed
    hidden = [str(p) for p in places if not Path(sys.base_prefix).is_relative_to(p)]
    report = attack(notebook().before("01.1", SEES.format(paths=hidden)))
    assert notebook.points(report) == notebook.FULL
    assert "seen: []" in said(report)


TREE = """
import os
known = ("/usr", "/bin", "/sbin", "/lib", "/tmp", "/dev", "/etc", {prefixes})
strange = []
for base, folders, files in os.walk("/"):
    here = base.startswith(known)
    on_the_way = any(k.startswith(base) for k in known)
    if not here and (files or not on_the_way):
        strange.append(base)
    if here:
        folders.clear()
raise LookupError(f"strange: {{strange}} {{sorted(os.listdir('/etc'))}} {{os.listdir('/dev')}}")
"""


def test_the_whole_tree_is_what_programs_need(notebook, attack):
    prefixes = {sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix)}
    prefixes |= {p for p in sys.path if p.endswith("-packages")}
    tree = TREE.format(prefixes=", ".join(map(repr, sorted(prefixes))))
    report = attack(notebook().before("01.1", tree))
    assert "strange: []" in said(report)
    assert "passwd" not in said(report)


SECRETS = """
import ctypes, os
found = [name for name in os.environ if "SECRET" in name]
libc = ctypes.CDLL(None)
# the start of a process's stack holds what it was started with; a pipe reads it without a crash
start = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value & ~4095
memory, (out, into) = b"", os.pipe()
while len(memory) < 2**20 and libc.write(into, ctypes.c_void_p(start + len(memory)), 4096) > 0:
    memory += os.read(out, 4096)
raise LookupError(f"found: {found} {memory.count(b'SECRET')} of {len(memory) > 0}")
"""


def test_the_graders_environment_is_nowhere_not_even_in_memory(notebook, grade, monkeypatch):
    from course.grading.marking.grade import close_forkserver

    monkeypatch.setenv("COURSE_SECRET", "what the forkserver would inherit")
    close_forkserver()
    report = grade(notebook().before("01.1", SECRETS))
    assert "found: [] 0 of True" in said(report)


WRITES = """
import os, pathlib
wrote = []
for path in {paths!r} + ["/", "/etc", "/usr", "/usr/lib", "/bin", "/dev", "/root", "/home"]:
    for target in (path, path + "/hello"):
        try:
            with open(target, "a") as file:
                file.write("hello")
            wrote.append(target)
        except OSError:
            pass
    try:
        os.chmod(path, 0o777)
        wrote.append("mode of " + path)
    except OSError:
        pass
os.symlink({paths!r}[0], "/tmp/work/link")
try:
    open("/tmp/work/link", "a").write("hello")
except OSError:
    pass
pathlib.Path("/tmp/work/mine").write_text("its own folder is its own")
raise LookupError(f"wrote: {{wrote}}")
"""


def test_nothing_outside_its_folder_can_be_written(notebook, attack, tmp_path):
    package = Path(pytest.__file__).parent
    places = [
        tmp_path / "canary",
        tmp_path,
        package,
        package / "__init__.py",
        paths.ROOT,
        sys.prefix,
    ]
    before = package.stat().st_mode, (package / "__init__.py").read_bytes()
    report = attack(notebook().before("01.1", WRITES.format(paths=[str(p) for p in places])))
    assert notebook.points(report) == notebook.FULL
    assert "wrote: []" in said(report)
    assert (package.stat().st_mode, (package / "__init__.py").read_bytes()) == before


def test_what_one_hand_in_writes_the_next_does_not_see(notebook, attack):
    look = (
        "import os\nraise LookupError(f'{os.listdir()} {os.listdir(os.path.expanduser(\"~\"))}')\n"
    )
    leave = "open('left', 'w').write('x')\nopen('/tmp/home/left', 'w').write('x')\n"
    attack(notebook().before("01.1", leave))
    assert "LookupError: [] []" in said(attack(notebook().before("01.1", look)))


TALKS = """
import socket
reached = []
for where in {addresses!r}:
    family = socket.AF_UNIX if isinstance(where, (str, bytes)) else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(family, kind) as s:
                s.settimeout(0.2)
                s.connect(where)
                s.send(b"hello")
            reached.append(where)
        except OSError:
            pass
made = []
for family in (socket.AF_VSOCK, socket.AF_NETLINK, socket.AF_PACKET, 38, 31):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            made.append(int(family))
        except OSError:
            pass
raise LookupError(f"reached: {{reached}} made: {{made}}")
"""


def test_nobody_can_be_reached(notebook, attack):
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket() as tcp:
        abstract.bind(f"\0course-test-{os.getpid()}")
        abstract.listen()
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        addresses = [abstract.getsockname(), tcp.getsockname(), ("192.0.2.1", 80), ("1.1.1.1", 53)]
        report = attack(notebook().before("01.1", TALKS.format(addresses=addresses)))
        assert "reached: [] made: []" in said(report)
        tcp.settimeout(0)
        with pytest.raises(BlockingIOError):
            tcp.accept()


STRIKES = """
import ctypes, os, signal
assert os.getuid() != 0 and os.getpid() < 100  # no walls, no signals
reached = []
for pid in range(1, 70_000):
    if pid not in (os.getpid(), 1):
        for number in (0, signal.SIGSTOP, signal.SIGKILL):
            try:
                os.kill(pid, number)
                reached.append(pid)
            except OSError:
                pass
for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):
    os.kill(os.getppid(), number)  # the first process of a namespace does not hear them
raise LookupError(f"reached: {reached}")
"""


def test_signals_reach_nobody(notebook, attack):
    """Not the grader, not the forkserver, nobody: there is no other process in its namespace."""
    with subprocess.Popen(["sleep", "60"]) as bystander:
        report = attack(notebook().before("01.1", STRIKES))
        assert notebook.points(report) == notebook.FULL
        assert "reached: []" in said(report)
        assert bystander.poll() is None
        bystander.kill()


CALLS = """
import ctypes, mmap, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"
empty = ctypes.create_string_buffer(64)
tries = {
    "ptrace the parent": lambda: libc.ptrace(16, os.getppid(), 0, 0),
    "ptrace itself": lambda: libc.ptrace(0, 0, 0, 0),
    "process_vm_readv": lambda: libc.process_vm_readv(os.getppid(), empty, 1, empty, 1, 0),
    "unshare user": lambda: libc.unshare(0x10000000),
    "unshare mounts": lambda: libc.unshare(0x00020000),
    "clone user": lambda: libc.syscall(56 if x86 else 220, 0x10000000 | 17, 0, 0, 0, 0),
    "setns": lambda: libc.setns(0, 0),
    "mount": lambda: libc.mount(b"none", b"/tmp/work", b"tmpfs", 0, None),
    "remount": lambda: libc.mount(None, b"/", None, 32, None),
    "umount": lambda: libc.umount2(b"/tmp", 2),
    "chroot": lambda: libc.chroot(b"/tmp"),
    "pivot_root": lambda: libc.syscall(155 if x86 else 41, b".", b"."),
    "setuid": lambda: libc.setuid(0),
    "setresgid": lambda: libc.setresgid(0, 0, 0),
    "setgroups": lambda: libc.setgroups(1, empty),
    "set the host's name": lambda: libc.sethostname(b"mine", 4),
    "more open files": lambda: libc.prlimit64(0, 7, (ctypes.c_ulong * 2)(9999, 9999), None),
    "more memory": lambda: libc.prlimit64(0, 9, (ctypes.c_ulong * 2)(2**63, 2**63), None),
    "more processes": lambda: libc.prlimit64(0, 6, (ctypes.c_ulong * 2)(9999, 9999), None),
    "be nicer": lambda: libc.setpriority(0, 0, -20),
    "memfd_create": lambda: libc.memfd_create(b"x", 0),
    "shmget": lambda: libc.shmget(0, 4096, 0o1600),
    "msgget": lambda: libc.msgget(0, 0o1600),
    "semget": lambda: libc.semget(0, 1, 0o1600),
    "mq_open": lambda: libc.mq_open(b"/x", 0o102, 0o600, None),
    "userfaultfd": lambda: libc.syscall(323 if x86 else 282, 0),
    "bpf": lambda: libc.syscall(321 if x86 else 280, 0, empty, 64),
    "perf": lambda: libc.syscall(298 if x86 else 241, empty, 0, -1, -1, 0),
    "keys": lambda: libc.syscall(250 if x86 else 219, 0, -3, 1),
    "io_uring": lambda: libc.syscall(425, 4, empty),
    "shared memory": lambda: 0 if mmap.mmap(-1, 4096) else -1,
    "a device": lambda: libc.mknod(b"/tmp/work/null", 0o020666, 0x103),
}
done = []
for name, attempt in tries.items():
    try:
        if attempt() != -1:
            done.append(name)
    except OSError:
        pass
raise LookupError(f"done: {done} {os.getuid() != 0 or 'root'}")
"""


def test_the_kernel_refuses_what_no_answer_needs(notebook, attack):
    report = attack(notebook().before("01.1", CALLS))
    assert notebook.points(report) == notebook.FULL
    assert "done: [] True" in said(report)


def test_there_is_one_descriptor_and_it_leads_to_the_grader(notebook, attack):
    look = """
import os
def kinds():
    for number in range(4096):
        try:
            yield number, os.fstat(number).st_mode >> 12
        except OSError:
            pass
kinds = dict(kinds())
pipes = [n for n, kind in kinds.items() if kind == 12]
others = {n: kind for n, kind in kinds.items() if kind != 12}
raise LookupError(f"sockets {len(pipes)} others {others}")
"""
    report = attack(notebook().before("01.1", look))
    assert "sockets 1 others {0: 2, 1: 2, 2: 2}" in said(report)  # 2: a device, /dev/null
