"""The refused calls: their numbers as the kernel's headers have them, and what a process feels."""

import ctypes
import ctypes.util
import errno
import mmap
import os
import platform
import re
import socket
import sys
from pathlib import Path

import pytest

from course.grading.sandbox import namespaces, system_calls
from course.grading.sandbox.namespaces import NoSandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these calls")

HEADERS = [
    ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    ("/usr/include/asm-generic/unistd.h",),  # arm's kernel takes the numbers that have no history
]
NUMBER = re.compile(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", re.MULTILINE)
# The table's own, and those that stand beside it: by name, on x86_64 and on aarch64.
CALLS = {
    **system_calls._NEVER,
    "execve": system_calls._EXECUTE[0],
    "execveat": system_calls._EXECUTE[1],
    "clone": system_calls._CLONE,
    "clone3": (system_calls._CLONE3,) * 2,
    "socket": system_calls._SOCKET,
    "mmap": system_calls._MMAP,
}
BY_MACHINE = {
    "clone": namespaces._SYS_CLONE,
    "pivot_root": namespaces._SYS_PIVOT_ROOT,
    "mount_setattr": dict.fromkeys(("x86_64", "aarch64"), namespaces._SYS_MOUNT_SETATTR),
}


@pytest.mark.parametrize("column", [0, 1], ids=["x86_64", "aarch64"])
def test_each_call_has_the_number_that_the_kernels_headers_give_it(column: int):
    file = next((path for path in map(Path, HEADERS[column]) if path.exists()), None)
    if file is None:
        pytest.skip("the kernel's headers are not installed")
    known = {name: int(number) for name, number in NUMBER.findall(file.read_text())}
    assert {name: numbers[column] for name, numbers in CALLS.items()} == {
        name: known[name] for name in CALLS
    }


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_call_has_the_number_that_libseccomp_gives_it(machine: str):
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch
    column, architecture = system_calls._ARCHITECTURES[machine]
    for call, numbers in CALLS.items():
        assert resolve(ctypes.c_uint32(architecture), call.encode()) == numbers[column], call
    for call, by_machine in BY_MACHINE.items():
        assert by_machine[machine] == CALLS[call][column], call


def refused(*, programs: bool = False) -> None:
    namespaces.call("prctl", namespaces._PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    system_calls.refuse_calls()
    if programs:
        system_calls.refuse_programs()


def answer_to(number: int, *arguments: int) -> int:
    """The error that a call gives; 0 for none. The arguments lead nowhere."""
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(a) for a in (number, *(arguments or (-1,) * 6))]
    return ctypes.get_errno() if libc.syscall(*words) == -1 else 0


def test_every_call_of_the_table_is_refused_and_others_are_not(in_a_child):
    column = system_calls._ARCHITECTURES[platform.machine()][0]

    def work() -> dict[str, int]:
        refused()
        os.getpid(), os.times(), os.stat("/")
        return {name: answer_to(numbers[column]) for name, numbers in system_calls._NEVER.items()}

    assert in_a_child(work) == str(dict.fromkeys(system_calls._NEVER, errno.EPERM))


def test_clone3_is_unknown_so_that_threads_are_made_by_the_call_that_shows_its_flags(in_a_child):
    def work() -> list[int]:
        refused()
        clone = system_calls._CLONE[system_calls._ARCHITECTURES[platform.machine()][0]]
        return [answer_to(system_calls._CLONE3), answer_to(clone, namespaces.NEW_USER, 0, 0, 0, 0)]

    assert in_a_child(work) == str([errno.ENOSYS, errno.EPERM])


def test_sockets_are_local_or_of_the_internets_and_of_no_other_family(in_a_child):
    def work() -> list[int]:
        refused()
        found = []
        for family in (*range(1, 12), 16, 17, 40):
            try:
                socket.socket(family, socket.SOCK_DGRAM).close()
            except PermissionError:
                continue
            except OSError:
                pass  # a kernel without this family
            found.append(family)
        return found

    assert in_a_child(work) == "[1, 2, 10]"


def test_memory_that_is_shared_and_no_files_is_refused_and_all_other_is_given(in_a_child):
    def work() -> str:
        refused()
        mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with open(__file__, "rb") as file:
            mmap.mmap(file.fileno(), 10, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
        try:
            mmap.mmap(-1, 4096)
        except PermissionError:
            return "refused"
        return "given"

    assert in_a_child(work) == "refused"


def test_programs_can_be_started_until_they_are_refused_in_children_too(in_a_child):
    def run() -> int:
        return os.waitstatus_to_exitcode(
            os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1]
        )

    def before() -> int:
        refused()
        return run()

    def after() -> str:
        refused(programs=True)
        return in_a_child(run)

    assert in_a_child(before) == "0"
    assert in_a_child(after).startswith("PermissionError")


def test_a_processor_of_another_kind_is_told_and_not_guessed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(NoSandbox, match="riscv64"):
        system_calls.refuse_calls()
