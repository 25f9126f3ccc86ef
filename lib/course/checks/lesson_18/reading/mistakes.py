"""18.1: the mistakes that people make."""

import json

import numpy as np
import torch

from course.checks.lesson_18.reading.cases import reading
from course.checks.lesson_18.reading.right import parsed


def numbers_at(raw, *ends, dtype="<f4"):
    first, last = ends
    return torch.from_numpy(
        np.frombuffer(raw[first:last].tobytes(), dtype=dtype).astype(np.float32)
    )


AFTER_THE_TABLE = (
    "Offsets count from where the numbers begin: behind the 8 bytes of length and the table."
)


def declare(what, way_out, name, answer):
    """Declare a mistake in reading; `answer` gets raw, table's entry, start and the name."""

    def wrong(raw, name):
        table, start = parsed(raw)
        return answer(raw, table[name], start)

    wrong.__name__ = name
    reading.mistake(what, way_out)(wrong)


declare(
    "The offsets were counted from the beginning of the file.",
    AFTER_THE_TABLE,
    "from_the_file's_start",
    lambda raw, e, start: numbers_at(raw, *e["data_offsets"]).view(e["shape"]),
)
declare(
    "The offsets were counted from behind the first 8 bytes, where the table begins.",
    AFTER_THE_TABLE,
    "from_the_table's_start",
    lambda raw, e, start: numbers_at(raw, *(8 + at for at in e["data_offsets"])).view(e["shape"]),
)
declare(
    "The numbers were looked for 8 bytes too early.",
    "The length counts the table alone. The numbers begin at 8 + length.",
    "eight_bytes_early",
    lambda raw, e, start: numbers_at(raw, *(start - 8 + at for at in e["data_offsets"])).view(
        e["shape"]
    ),
)
declare(
    "The tensor has no shape: its numbers lie in one row.",
    'The entry says "shape": reshape the numbers to it.',
    "flat",
    lambda raw, e, start: numbers_at(raw, *(start + at for at in e["data_offsets"])),
)
declare(
    "The shape was read backwards.",
    "Rows stay rows: the shape is the entry's, as it stands.",
    "shape_backwards",
    lambda raw, e, start: numbers_at(raw, *(start + at for at in e["data_offsets"])).view(
        e["shape"][::-1]
    ),
)
declare(
    "The tensor was turned.",
    "The file keeps a weight as nn.Linear does, (d_out, d_in): nothing has to be turned.",
    "turned",
    lambda raw, e, start: (
        numbers_at(raw, *(start + at for at in e["data_offsets"]))
        .view(e["shape"])
        .permute(*reversed(range(len(e["shape"]))))
    ),
)
declare(
    "The bytes themselves were taken for numbers.",
    "Four bytes are one number: .view(np.float32) reads them so.",
    "bytes_as_numbers",
    lambda raw, e, start: torch.from_numpy(
        raw[start + e["data_offsets"][0] : start + e["data_offsets"][1]].astype(np.float32)
    ),
)
declare(
    "The bytes themselves were taken for numbers: there are four times as many as the shape holds.",
    "Four bytes are one number: .view(np.float32) reads them so; .astype makes a number of each.",
    "bytes_as_numbers_in_shape",
    lambda raw, e, start: torch.from_numpy(
        raw[start + e["data_offsets"][0] : start + e["data_offsets"][1]].astype(np.float32)
    ).view(e["shape"]),
)
declare(
    "Two bytes were taken for a number: there are twice as many as the shape holds.",
    "F32 is four bytes: .view(np.float32).",
    "halves_in_shape",
    lambda raw, e, start: numbers_at(
        raw, *(start + at for at in e["data_offsets"]), dtype="<f2"
    ).view(e["shape"]),
)


@reading.mistake(
    "Eight bytes were taken for a number.",
    "F32 is four bytes: .view(np.float32).",
)
def doubles(raw, name):
    table, start = parsed(raw)
    begin, end = (start + at for at in table[name]["data_offsets"])
    return torch.from_numpy(raw[begin:end].view(np.float64)).view(table[name]["shape"])


declare(
    "Two bytes were taken for a number.",
    "F32 is four bytes: .view(np.float32).",
    "halves",
    lambda raw, e, start: numbers_at(raw, *(start + at for at in e["data_offsets"]), dtype="<f2"),
)
declare(
    "The four bytes of each number were read as a whole number.",
    'F32 is a float: .view(np.float32), and not "int32".',
    "whole_numbers",
    lambda raw, e, start: numbers_at(
        raw, *(start + at for at in e["data_offsets"]), dtype="<i4"
    ).view(e["shape"]),
)
declare(
    "The four bytes of each number were read from the other end.",
    "The file keeps them little end first, as this machine does: .view(np.float32) is enough.",
    "numbers_big_end_first",
    lambda raw, e, start: numbers_at(
        raw, *(start + at for at in e["data_offsets"]), dtype=">f4"
    ).view(e["shape"]),
)
declare(
    "The last number is missing.",
    "data_offsets are begin and end, and a slice stops before its end by itself: no - 1.",
    "last_number_missing",
    lambda raw, e, start: numbers_at(
        raw, start + e["data_offsets"][0], start + e["data_offsets"][1] - 4
    ).view(e["shape"]),
)
declare(
    "The tensor begins with the first number of the file, wherever its own begin.",
    "Both offsets count: the tensor's bytes run from data_offsets[0] to data_offsets[1].",
    "from_the_first_number",
    lambda raw, e, start: numbers_at(
        raw, start, start + e["data_offsets"][1] - e["data_offsets"][0]
    ).view(e["shape"]),
)
declare(
    "Everything up to the tensor's end was read.",
    "Both offsets count: the tensor's bytes run from data_offsets[0] to data_offsets[1].",
    "all_up_to_the_end",
    lambda raw, e, start: numbers_at(raw, start, start + e["data_offsets"][1]).view(e["shape"]),
)
declare(
    "The second offset was taken for a length: what follows the tensor was read as well.",
    "data_offsets are begin and end, both counted from where the numbers begin.",
    "end_as_length",
    lambda raw, e, start: numbers_at(
        raw, start + e["data_offsets"][0], start + sum(e["data_offsets"])
    ).view(e["shape"]),
)
declare(
    "Everything from the tensor's first byte to the end of the file was read.",
    "The tensor ends at data_offsets[1].",
    "up_to_the_file's_end",
    lambda raw, e, start: numbers_at(raw, start + e["data_offsets"][0], len(raw)).view(e["shape"]),
)
declare(
    "The offsets were counted in numbers: four times too far.",
    "They are bytes already. Cut the bytes first, and make numbers of them then.",
    "offsets_in_numbers",
    lambda raw, e, start: numbers_at(raw, *(start + 4 * at for at in e["data_offsets"])),
)
declare(
    "The offsets were counted in numbers: four times too far.",
    "They are bytes already. Cut the bytes first, and make numbers of them then.",
    "offsets_in_numbers_in_shape",
    lambda raw, e, start: numbers_at(raw, *(start + 4 * at for at in e["data_offsets"])).view(
        e["shape"]
    ),
)


@reading.mistake(
    "The tensor's last byte is missing.",
    "data_offsets are begin and end, and a slice stops before its end by itself: no - 1.",
)
def last_byte_missing(raw, name):
    table, start = parsed(raw)
    begin, end = table[name]["data_offsets"]
    return torch.from_numpy(raw[start + begin : start + end - 1].view(np.float32))


@reading.mistake(
    "The tensor came as a NumPy array.",
    "A torch tensor is asked for: torch.from_numpy makes one of it.",
)
def numpy_array(raw, name):
    table, start = parsed(raw)
    begin, end = (start + at for at in table[name]["data_offsets"])
    return raw[begin:end].view(np.float32).reshape(table[name]["shape"])


@reading.mistake(
    "Only the first of the eight bytes was read as the table's length.",
    'It holds up to 255. All eight are one number: int.from_bytes(…, "little").',
)
def length_of_one_byte(raw, name):
    entry = json.loads(raw[8 : 8 + int(raw[0])].tobytes())[name]
    begin, end = (8 + int(raw[0]) + at for at in entry["data_offsets"])
    return numbers_at(raw, begin, end).view(entry["shape"])


@reading.mistake(
    "`name` has no influence: the first tensor of the table came.",
    "Look it up in the table: table[name].",
)
def first_of_the_table(raw, name):
    table, start = parsed(raw)
    entry = next(entry for name, entry in table.items() if name != "__metadata__")
    begin, end = entry["data_offsets"]
    return numbers_at(raw, start + begin, start + end).view(entry["shape"])


@reading.mistake(
    "More than the table was read as JSON.",
    "It ends at byte 8 + length, where the numbers begin. Is the length read smallest byte first, "
    'int.from_bytes(…, "little")?',
)
def length_big_end_first(raw, name):
    start = 8 + int.from_bytes(raw[:8].tobytes(), "big")
    return json.loads(raw[8:start].tobytes())[name]


@reading.mistake(
    "The table was cut 8 bytes too early.",
    "It begins at byte 8 and has `length` bytes, so it ends at 8 + length.",
)
def table_cut_early(raw, name):
    length = int.from_bytes(raw[:8].tobytes(), "little")
    begin, end = json.loads(raw[8:length].tobytes())[name]["data_offsets"]
    return numbers_at(raw, length + 8 + begin, length + 8 + end)


@reading.mistake(
    "The table was cut 8 bytes too early, and the numbers were looked for 8 bytes too early.",
    "The table begins at byte 8 and has `length` bytes: it ends at 8 + length, where the numbers "
    "begin.",
)
def table_and_numbers_early(raw, name):
    length = int.from_bytes(raw[:8].tobytes(), "little")
    entry = json.loads(raw[8:length].tobytes())[name]
    begin, end = (length + at for at in entry["data_offsets"])
    return numbers_at(raw, begin, end).view(entry["shape"])


@reading.mistake(
    "The 8 bytes of length were read as a part of the table.",
    "The table begins behind them: raw[8:start].",
)
def table_from_zero(raw, name):
    length = int.from_bytes(raw[:8].tobytes(), "little")
    return json.loads(raw[: 8 + length].tobytes())[name]
