"""Calls to the kernel that it refuses to a hand-in's code (`man 2 seccomp`).

A program for the kernel looks at each call. It is a list of steps (code, how many steps to skip
where a comparison holds, how many where it does not, number).
"""

import ctypes
import struct

from course.grading.sandbox.namespaces import NEW_USER, call, known

Step = tuple[int, int, int, int]
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _ABOVE, _BITS, _ONLY, _GIVE = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_REFUSE, _UNKNOWN = (_GIVE, 0, 0, 0x50001), (_GIVE, 0, 0, 0x50026)
_ALLOW = (_GIVE, 0, 0, 0x7FFF0000)
_CALL, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # where in the call's description they stand

# What no answer needs, by its number on x86_64 and on aarch64: memory that no limit counts, new
# namespaces and mounts, other processes' memory, and the kernel's less trodden paths.
_NEVER = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "userfaultfd": (323, 282), "bpf": (321, 280),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "io_uring_setup": (425, 425), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "mount_setattr": (442, 442), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
}  # fmt: skip
_EXECUTE = ((59, 221), (322, 281))
_CLONE, _CLONE3 = (56, 220), 435
# Sockets of other families have no walls: one is a virtual machine's way to its host.
_SOCKET, _FAMILIES = (41, 198), (1, 2, 10)  # local, and the two internets
# Memory that is shared, but is no file's: nobody can count it.
_MMAP, _SHARED_MEMORY = (9, 222), 0x21


def refuse_calls() -> None:
    """Refuse what no answer needs to this process and its children. Raises NoSandbox."""
    column, architecture = known(_ARCHITECTURES)
    steps: list[Step] = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), _REFUSE]
    steps += [(_LOAD, 0, 0, _CALL)]
    if column == 0:
        steps += [(_ABOVE, 0, 1, 0x40000000), _REFUSE]  # the x32 calls, which have other numbers
    for numbers in _NEVER.values():
        steps += _for(numbers[column], [_REFUSE])
    first, second, third = _FAMILIES
    steps += _for(
        _SOCKET[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS), (_EQUAL, 3, 0, first), (_EQUAL, 2, 0, second),
            (_EQUAL, 1, 0, third), _REFUSE, _ALLOW,
        ],
    )  # fmt: skip
    steps += _for(
        _MMAP[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS + 3 * 8), (_ONLY, 0, 0, _SHARED_MEMORY),
            (_EQUAL, 0, 1, _SHARED_MEMORY), _REFUSE, _ALLOW,
        ],
    )  # fmt: skip
    # Threads are made by the older clone where clone3 is unknown, and that one shows its flags.
    steps += _for(_CLONE3, [_UNKNOWN])
    steps += _for(
        _CLONE[column], [(_LOAD, 0, 0, _ARGUMENTS), (_BITS, 0, 1, NEW_USER), _REFUSE, _ALLOW]
    )
    _give([*steps, _ALLOW])


def refuse_programs() -> None:
    """Refuse this process and its children to start a program. Raises NoSandbox."""
    column, _ = known(_ARCHITECTURES)
    steps: list[Step] = [(_LOAD, 0, 0, _CALL)]
    for numbers in _EXECUTE:
        steps += _for(numbers[column], [_REFUSE])
    _give([*steps, _ALLOW])


def _for(number: int, steps: list[Step]) -> list[Step]:
    """These steps where the call has this number; else they are skipped."""
    return [(_EQUAL, 0, len(steps), number), *steps]


def _give(steps: list[Step]) -> None:
    packed = b"".join(struct.pack("=HBBI", *step) for step in steps)
    code = ctypes.create_string_buffer(packed, len(packed))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)
