"""course.models.gguf against the library gguf: what it writes is read, and unpacked as it does."""

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind

from course.models.gguf import read_gguf

PACKED = [Kind.Q4_1, Kind.Q8_0]


@pytest.fixture
def small_file(tmp_path):
    """A file with facts of every kind, and a tensor of every kind that we read."""
    writer = gguf.GGUFWriter(tmp_path / "small.gguf", "llama")
    writer.add_uint8("small.uint8", 200)
    writer.add_int8("small.int8", -100)
    writer.add_uint16("small.uint16", 60000)
    writer.add_int16("small.int16", -30000)
    writer.add_uint32("small.uint32", 4_000_000_000)
    writer.add_int32("small.int32", -2_000_000_000)
    writer.add_uint64("small.uint64", 2**63)
    writer.add_int64("small.int64", -(2**62))
    writer.add_float32("small.float32", 0.5)
    writer.add_float64("small.float64", 0.1)
    writer.add_bool("small.bool", True)
    writer.add_string("small.text", "東京")
    writer.add_array("small.texts", ["a", "", "é b"])
    writer.add_array("small.numbers", [3, 1, 2])
    generator = np.random.default_rng(0)
    tensors = {"plain": generator.normal(size=(2, 3, 5)).astype(np.float32)}
    writer.add_tensor("plain", tensors["plain"])
    for kind in PACKED:
        x = generator.normal(size=(3, 64)).astype(np.float32)
        packed = gguf.quants.quantize(x, kind)
        writer.add_tensor(kind.name, packed, raw_dtype=kind)
        tensors[kind.name] = gguf.quants.dequantize(packed, kind)
        assert np.abs(tensors[kind.name] - x).max() < 0.3
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "small.gguf", tensors


def test_facts_of_every_kind_are_read(small_file):
    facts, _ = read_gguf(small_file[0])
    assert {name.partition(".")[2]: fact for name, fact in facts.items()} == {
        "architecture": "llama",
        "uint8": 200,
        "int8": -100,
        "uint16": 60000,
        "int16": -30000,
        "uint32": 4_000_000_000,
        "int32": -2_000_000_000,
        "uint64": 2**63,
        "int64": -(2**62),
        "float32": 0.5,
        "float64": 0.1,
        "bool": True,
        "text": "東京",
        "texts": ["a", "", "é b"],
        "numbers": [3, 1, 2],
    }


def test_tensors_are_unpacked_as_the_library_does(small_file):
    file, expected = small_file
    _, tensors = read_gguf(file)
    assert tensors.keys() == expected.keys()
    for name, x in expected.items():
        assert tensors[name].dtype == torch.float32
        np.testing.assert_array_equal(tensors[name].numpy(), x)


def test_a_way_to_pack_that_is_not_known_is_named(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "llama")
    writer.add_tensor("odd", np.zeros((2, 3), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ValueError, match=r"odd is stored as kind 1, expected one of \[0, 3, 8\]"):
        read_gguf(tmp_path / "other.gguf")


def test_another_file_is_refused_by_name(tmp_path):
    file = tmp_path / "story.txt"
    file.write_bytes(b"Once upon a time")
    with pytest.raises(ValueError, match=r"path is story\.txt, expected a GGUF file"):
        read_gguf(file)
