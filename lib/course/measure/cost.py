"""Counts and measures a function's work with what PyTorch itself records."""

import os
import time
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

Work = Callable[..., Any]
MIB = 2**20  # bytes


def multiply_adds(work: Work, *inputs: Any) -> int:
    """How many multiplications, each with its addition, the matrix products of work(*inputs) take.

    On the device "meta" tensors have shapes and no numbers, and counting costs nothing.
    """
    # What a fused kernel multiplies inside is not seen, so attention is asked for step by step.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        work(*inputs)
    return int(counter.get_total_flops()) // 2  # it counts the multiplication and the addition


def peak_mib(work: Work, *inputs: Any) -> float:
    """The most memory that work(*inputs) holds at once, its result included, in MiB (2**20 bytes).

    What the inputs hold is not counted.
    """
    return max(memory_held(work, *inputs)[1], default=0.0)


def memory_held(work: Work, *inputs: Any) -> tuple[list[float], list[float]]:
    """What work(*inputs) holds while it runs, from each moment on at which that changes.

    -> moments, in percent of the time from the first change to the last; MiB held above the start
    """
    # Read when the recorder is first used: else it says on the learner's screen that it begins.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        result = work(*inputs)
    del result  # not before: what is given back while the record runs would count
    recorded: Any = record.profiler
    events = recorded.kineto_results.events()  # record.events() merges what one call takes
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    if not changes:
        return [], []
    begin, length = changes[0][0], max(changes[-1][0] - changes[0][0], 1)
    held = accumulate(size for _, size in changes)
    return [100 * (when - begin) / length for when, _ in changes], [size / MIB for size in held]


def cpu_seconds(work: Work, *inputs: Any, runs: int = 3) -> float:
    """Processor time of work(*inputs) on one thread, in seconds: the least of a few runs.

    Other programs make a run wait, and waiting is not counted.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return min(_timed(work, inputs) for _ in range(runs))
    finally:
        torch.set_num_threads(threads)


def _timed(work: Work, inputs: tuple[Any, ...]) -> float:
    begun = time.process_time()
    work(*inputs)
    return time.process_time() - begun
