"""What the processes of a hand-in use: processor time, sleep, memory.

A busy machine makes everything take longer, and must change no mark. So what counts is the time
that a processor worked for them, and the time that all of them slept; not the time that they were
ready and waited for a processor.
"""

import contextlib
import sys
from pathlib import Path

import psutil

MOST_MEMORY = 3 * 2**30  # of all of a hand-in's processes together
_ASLEEP = set("STtZXI")  # the kernel's letters; D waits for a disk, which may be busy


def family(first: int) -> list[psutil.Process]:
    """A hand-in's processes: the first one, which waits for all others, and those."""
    try:
        ancestor = psutil.Process(first)
        return [ancestor, *ancestor.children(recursive=True)]
    except psutil.Error:
        return []


def processor_seconds(family: list[psutil.Process]) -> float:
    """What processors have worked for them, and for those of them that have ended."""
    seconds = 0.0
    for process in family:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def asleep(family: list[psutil.Process]) -> bool:
    """Whether none of them works, or would if a processor were free."""
    return all(_ASLEEP.issuperset(_states(process)) for process in family)


def too_much_memory(family: list[psutil.Process]) -> bool:
    """Whether they have more than they may, together."""
    # What processes share with the forkserver counts for each of them, so a crowd of copies looks
    # large. To count it once takes longer.
    return sum(map(_memory_of, family)) > MOST_MEMORY < sum(map(_share_of_memory, family))


def _states(process: psutil.Process) -> str:
    """A letter for each of its threads; "" where it is gone."""
    if sys.platform != "linux":
        with contextlib.suppress(psutil.Error):
            return "S" if process.status() in {"sleeping", "stopped", "zombie", "idle"} else "R"
        return ""
    letters = ""
    for stat in Path(f"/proc/{process.pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            # Behind the name, which may hold anything.
            letters += stat.read_text(errors="replace").rpartition(")")[2][1:2]
    return letters


def _memory_of(process: psutil.Process) -> int:
    """Bytes that are not a file's; 0 where the process is gone."""
    with contextlib.suppress(psutil.Error):
        if sys.platform != "linux":
            return process.memory_info().rss
    return _bytes(process, "status", "RssAnon:", "RssShmem:") or 0


def _share_of_memory(process: psutil.Process) -> int:
    """The same, but of a page that several processes hold each has an equal part."""
    share = _bytes(process, "smaps_rollup", "Pss_Anon:", "Pss_Shmem:")
    return _memory_of(process) if share is None else share


def _bytes(process: psutil.Process, file: str, *lines: str) -> int | None:
    """The sum of these lines in a file of /proc; None where it can't be read."""
    try:
        text = Path(f"/proc/{process.pid}/{file}").read_text()
    except OSError:
        return None
    words = (line.split() for line in text.splitlines())
    return sum(1024 * int(word[1]) for word in words if word[0] in lines)
