"""The walls around a hand-in's code: Linux namespaces, an allow-list of files, limits.

Six steps, in the order in which they are taken (and `system_calls` refuses calls after the fourth):

    fork_into_namespaces  a child that sees no network and no foreign process
    keep_user             who is still the same user
    leave_home            a tree of files that holds only `visible`
    give_up_power         another user, no capabilities, no way to new ones
    die_with_parent       killed when its parent is
    set_limits            memory, processes, file sizes, processor time

Each is a few system calls; `man 7 namespaces` and `man 2 pivot_root` tell the details.
"""

import ctypes
import os
import platform
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

Number = TypeVar("Number")
GIBIBYTE = 2**30
FOLDER = "/tmp/work"  # where the hand-in's code starts, and all that it can write to is in /tmp

_libc = ctypes.CDLL(None, use_errno=True)
_libc_in_python = ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock during a call
_NEW_NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
NEW_USER = 0x10000000  # those above: mounts, host name, ipc, processes, network
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}
_SYS_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY, _NOSUID, _NODEV = 1, 2, 4
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_PR_SET_CHILD_SUBREAPER = 36
_DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")  # no /dev/zero: it can be shared memory
# Of the system's folders, those that hold programs; others may hold anything, even hand-ins.
_SYSTEM = ("/usr", "/usr/local")
_PARTS = ("bin", "sbin", "lib", "lib64", "libexec", "include", "share/zoneinfo", "share/fonts")


class NoSandbox(Exception):
    """This machine can't build the walls; the text says why."""


def visible_paths() -> list[str]:
    """What a hand-in's code may read: the system's programs, Python and its packages."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    places = {path for prefix in prefixes for path in (prefix, os.path.realpath(prefix))}
    # Packages may lie elsewhere, in a user's own folder for one.
    places |= {path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}}
    places -= set(_SYSTEM)
    places |= {f"{folder}/{part}" for folder in _SYSTEM for part in _PARTS}
    places |= {"/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"}
    return [path for path in places if os.path.exists(path)]


def fork_into_namespaces() -> int:
    """`os.fork`, but the child is the first process in new namespaces. Raises NoSandbox.

    Where this process is not root's, the child has nobody's number until it calls `keep_user`.
    """
    clone = known(_SYS_CLONE)
    flags = _NEW_NAMESPACES | (NEW_USER if os.getuid() else 0) | signal.SIGCHLD
    ctypes.pythonapi.PyOS_BeforeFork()
    child: int = _libc_in_python.syscall(clone, ctypes.c_long(flags), *[ctypes.c_long(0)] * 4)
    if child != 0:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
        if child < 0:
            raise NoSandbox(f"the kernel refused clone: {os.strerror(ctypes.get_errno())}")
        return child
    ctypes.pythonapi.PyOS_AfterFork_Child()
    return 0


def keep_user(user: int, group: int) -> None:
    """Be, in a new namespace of users, who one was before. Root has none, and stays root."""
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def tree(visible: Iterable[str], hidden: Iterable[str]) -> list[tuple[str, str]]:
    """What `leave_home` is to do, as pairs of "show" or "cover" and a path, outer ones first.

    visible  files and folders that may be read, at the same path
    hidden   files and folders that stay out of sight even below a visible one
    """
    hidden, shown = set(hidden), set[str]()
    steps = []
    for path in sorted({*visible, *hidden}, key=len):
        around = [p for p in hidden | shown if Path(path).is_relative_to(p)]
        if path in hidden:
            steps.append(("cover", path))
        elif max(around, key=len, default="") not in shown:
            steps.append(("show", path))
            shown.add(path)
    return steps


def leave_home(root: str, steps: Iterable[tuple[str, str]]) -> None:
    """Leave only some of the files for this process, which is in a namespace of its own.

    root   an empty folder that becomes the root
    steps  what `tree` gave

    Raises NoSandbox where the kernel refuses.
    """
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", 0, "size=1m,mode=755")
    os.mkdir(root + "/tmp")
    _mount("tmpfs", root + "/tmp", "tmpfs", 0, "size=64m,nr_inodes=10k")
    for folder in (FOLDER, "/tmp/home"):
        os.mkdir(root + folder)
        os.chmod(root + folder, 0o777)
    nothing = root + "/nothing"
    os.mkdir(nothing)
    for what, path in steps:
        if what == "show":
            _show(root, path)
        else:
            _cover(root + path, nothing)
    os.rmdir(nothing)
    for device in _DEVICES:
        _make_place(device, root + device)
    # No writing, no set-user-id and no devices, anywhere; but for what follows.
    _set_attributes(root, _READ_ONLY | _NOSUID | _NODEV, 0, _AT_RECURSIVE)
    _set_attributes(root + "/tmp", 0, _READ_ONLY)
    for device in _DEVICES:
        _mount(device, root + device, None, _MS_BIND)
    os.chdir(root)
    call("syscall", known(_SYS_PIVOT_ROOT), b".", b".")
    call("umount2", b".", _MNT_DETACH)
    os.chdir(FOLDER)


def give_up_power(nobody: int) -> None:
    """Become a user that owns nothing, without capabilities and without a way to get any.

    nobody  the number of that user, where this process may choose one. Each hand-in has its own,
            since the kernel counts processes by user
    """
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(nobody, nobody, nobody)
        os.setresuid(nobody, nobody, nobody)
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    call("capset", header, nothing)


def set_limits(memory: int, processes: int, seconds: int) -> None:
    """Bound what this process and its children may use.

    memory     bytes of address space, for each process
    processes  how many may exist at once
    seconds    of processor time, for each process
    """
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 64 * 2**20,
        resource.RLIMIT_NOFILE: 128,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, most in limits.items():
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Make this process the one that waits for its descendants' orphans."""
    call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _show(root: str, path: str) -> None:
    target = root + path
    if os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
    else:
        _make_place(path, target)
        _mount(path, target, None, _MS_BIND | _MS_REC)


def _cover(target: str, nothing: str) -> None:
    """Put the empty folder `nothing` in place of a folder, and an empty file in place of a file."""
    if os.path.isdir(target):
        _mount(nothing, target, None, _MS_BIND)
    elif os.path.exists(target):
        _mount("/dev/null", target, None, _MS_BIND)


def _make_place(source: str, target: str) -> None:
    """Make an empty folder or file, for `source` to be mounted there."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()


def _set_attributes(path: str, more: int, less: int, flags: int = 0) -> None:
    attributes = (ctypes.c_uint64 * 4)(more, less, 0, 0)
    size = ctypes.sizeof(attributes)
    place = os.fsencode(path)
    call("syscall", _SYS_MOUNT_SETATTR, _AT_FDCWD, place, flags, attributes, size)


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str | None = None
) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    call("mount", *words, flags, None if data is None else data.encode())


def call(name: str, *arguments: object) -> None:
    made = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if getattr(_libc, name)(*made) != 0:
        error = ctypes.get_errno()
        raise NoSandbox(f"the kernel refused {name}: {os.strerror(error)}")


def known(numbers: dict[str, Number]) -> Number:
    """What stands there for this machine's kind of processor."""
    try:
        return numbers[platform.machine()]
    except KeyError:
        raise NoSandbox(f"no walls are known for a {platform.machine()} processor") from None
