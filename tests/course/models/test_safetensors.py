"""course.models.safetensors against the library safetensors."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from course.models.safetensors import read_safetensors


def test_a_file_of_any_kinds_and_shapes_is_read_as_the_library_does(tmp_path):
    tensors = {
        "matrix": torch.randn(3, 5),
        "half": torch.randn(2, 3, 4).half(),
        "brain": torch.randn(7).bfloat16(),
        "numbers": torch.arange(6)[None],
        "one": torch.tensor(2.5),
    }
    file = tmp_path / "weights.safetensors"
    save_file(tensors, file, metadata={"format": "pt"})
    got, expected = read_safetensors(file), load_file(file)
    assert got.keys() == expected.keys() == tensors.keys()
    for name, x in expected.items():
        assert got[name].dtype == x.dtype
        assert torch.equal(got[name], x)


def test_a_kind_of_number_that_is_not_known_is_named(tmp_path):
    file = tmp_path / "weights.safetensors"
    save_file({"flags": torch.tensor([True])}, file)
    with pytest.raises(ValueError, match="flags has dtype BOOL, expected one of"):
        read_safetensors(file)
