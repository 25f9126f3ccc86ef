"""What work costs is what can be derived by hand."""

import subprocess
import sys

import pytest
import torch

from course.measure import cpu_seconds, memory_held, multiply_adds, peak_mib


def test_a_matrix_product_takes_rows_times_columns_times_inner_multiply_adds():
    a, b = torch.ones(3, 5), torch.ones(5, 7)
    assert multiply_adds(torch.matmul, a, b) == 3 * 5 * 7


def test_attention_counts_the_same_in_one_call_and_by_hand():
    x = torch.ones(1, 2, 128, 16)  # (batch, heads, n, d)
    fused = multiply_adds(torch.nn.functional.scaled_dot_product_attention, x, x, x)
    assert fused == 2 * (2 * 128 * 128 * 16)
    assert fused == multiply_adds(lambda x: (x @ x.mT).softmax(dim=-1) @ x, x)


def test_counting_needs_no_numbers():
    x = torch.empty(65_536, 64, device="meta")
    assert multiply_adds(lambda x: x @ x.mT, x) == 65_536**2 * 64


def test_the_peak_is_what_is_held_at_once_with_the_result():
    x = torch.ones(256, 1024)  # 1 MiB, not counted

    def two_and_then_one(x):
        first = x + 1
        second = first + 1
        del first
        return second

    assert peak_mib(two_and_then_one, x) == pytest.approx(2, abs=0.01)
    assert peak_mib(lambda x: x + 1, x) == pytest.approx(1, abs=0.01)
    assert peak_mib(lambda x: None, x) == 0


def test_what_is_held_goes_up_and_down_in_the_order_of_the_work():
    def up_and_down():
        for _ in range(3):
            torch.ones(256, 1024)

    moments, held = memory_held(up_and_down)
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (0, 100)
    assert held == pytest.approx([1, 0, 1, 0, 1, 0], abs=0.01)


def test_time_is_taken_on_one_thread_and_the_number_of_threads_comes_back():
    before, seen = torch.get_num_threads(), []
    assert cpu_seconds(lambda: seen.append(torch.get_num_threads()), runs=2) >= 0
    assert seen == [1, 1]
    assert torch.get_num_threads() == before


@pytest.mark.slow
def test_the_recorder_says_nothing_on_the_learners_screen():
    code = "import torch; from course.measure import peak_mib; peak_mib(torch.ones, 9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
