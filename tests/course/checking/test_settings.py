"""The settings under which a check asks, and that a notebook's own are back afterwards.

What a cell can set for its process is tried in tests/course/grading/sandbox/test_settings.py.
"""

import json
import warnings

import numpy as np
import pytest
import torch

from course.checking import LocalSubject
from course.checking.settings import standard_printing, standard_settings


def test_torchs_settings_are_the_standard_ones_inside_and_the_notebooks_afterwards():
    torch.set_default_dtype(torch.float64)
    try:
        with standard_settings():
            assert torch.ones(1).dtype == torch.float32
        assert torch.ones(1).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_there_are_gradients_inside_whatever_is_set_outside():
    with torch.no_grad(), standard_settings():
        assert torch.is_grad_enabled()
    with torch.inference_mode(), standard_settings():
        assert not torch.is_inference_mode_enabled()


@pytest.mark.filterwarnings("ignore:heard")
def test_numpys_errors_and_warnings_are_no_exceptions_inside():
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        with standard_settings(), np.errstate(all="ignore"):
            assert np.isinf(np.ones(1) / 0)
        with standard_settings():
            warnings.warn("heard, but no exception", stacklevel=1)
        with pytest.raises(FloatingPointError):
            np.ones(1) / 0


def test_a_function_that_was_replaced_is_itself_inside_and_replaced_afterwards(monkeypatch):
    def broken(*_, **__):
        raise AssertionError("replaced")

    monkeypatch.setattr(json, "dumps", broken)
    monkeypatch.setattr(np, "isclose", broken)
    with standard_settings():
        assert np.isclose(1, 1)
    assert np.isclose is broken


def test_settings_are_back_where_the_answer_raises_and_what_it_sets_ends_with_it():
    def sets(dtype):
        torch.set_default_dtype(dtype)
        return torch.ones(1)

    def breaks():
        with standard_settings():
            torch.set_default_dtype(torch.float64)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        breaks()
    assert torch.get_default_dtype() == torch.float32
    assert LocalSubject(sets).call(torch.float64).dtype == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_a_forked_process_computes_on_one_thread():
    before = torch.get_num_threads()
    with standard_settings(forked=True):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_arrays_print_as_they_do_at_numpys_start():
    with np.printoptions(precision=1, suppress=True), standard_printing():
        assert str(np.array([1.23456])) == "[1.23456]"
