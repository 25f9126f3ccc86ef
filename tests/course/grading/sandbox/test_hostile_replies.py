"""Hand-ins that write to the grader themselves: forged, early, huge, broken, slow.

What a hand-in's process says about an answer is the answer. So a forged reply is one more answer,
and no better than a function that gives it back.
"""

import pytest

FIND_THE_PIPE = """
import json, os, socket, stat, struct, time
def sockets():
    for number in range(4096):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass
def frame(content, data=b"", text_size=None, size=None):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    lengths = (len(text) if text_size is None else text_size, len(data) if size is None else size)
    return struct.pack("!II", *lengths) + text + data
def reply(**items):
    return frame({"dict": [[name, value] for name, value in items.items()]})
(number,) = sockets()
pipe = socket.socket(fileno=number)
"""
ARRAY = '{"array": [%r, %s, 0, %d]}'
BROKEN = {
    "noise": "os.urandom(10_000)",
    "zeros": "bytes(10_000)",
    "no JSON": 'frame(b"{")',
    "no dictionary": "frame(5)",
    "a list": "frame([1, 2])",
    "two kinds": 'frame({"tuple": [], "list": []})',
    "unknown kind": 'frame({"pickle": "x"})',
    "brackets": 'frame(b"[" * 1_000_000)',
    "nested": 'frame(b\'{"tuple": [\' * 50 + b"]}" * 50)',
    "empty lists": 'frame(b"[" + b"{}," * 300_000 + b"{}]")',
    "30 million empty lists": 'frame(b"[" + b"[]," * 20_000_000 + b"[]]")',
    "a number of 100,000 digits": 'reply(error=1).replace(b"1", b"9" * 10) + b"9" * 100_000',
    "invalid UTF-8": 'frame(b\'{"dict": [["error", "\\xff\\xfe"]]}\')',
    "4 GB announced": "frame(b'{}', size=2**32 - 1)",
    "text announced": "frame(b'{}', text_size=2**32 - 1)",
    "more than 64 MiB": "frame(b'1', bytes(65 * 2**20))",
    "bytes that are not there": 'reply(error={"tensor": ["float32", [4], 0, 16]})',
    "another shape": 'frame({"dict": [["error", {"tensor": ["float32", [3], 0, 4]}]]}, bytes(4))',
    "4 TB without a byte": 'reply(error={"tensor": ["float32", [10**12], 0, 0]})',
    "shape past all numbers": 'reply(error={"tensor": ["float32", [2**62, 2**62, 0], 0, 0]})',
    "negative": 'reply(error={"tensor": ["float32", [-1], 0, 0]})',
    "a hundred axes": 'reply(error={"tensor": ["float32", [0] * 100, 0, 0]})',
    "no type": 'reply(error={"tensor": ["quint8", [0], 0, 0]})',
    "objects": 'reply(error={"array": ["O", [1], 0, 8]}) ',
    "records": 'reply(error={"array": ["f8,O", [0], 0, 0]})',
    "letters past all memory": 'reply(error={"array": ["<U999999999", [1], 0, 0]})',
    "no letters": 'frame({"dict": [["e", {"array": ["<U1", [1], 0, 4]}]]}, b"\\xff" * 4)',
    "neither true nor false": 'frame({"dict": [["e", {"tensor": ["bool", [1], 0, 1]}]]}, b"\\x02")',
}  # fmt: skip


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_reply_is_its_cells_fault_and_nobody_elses(sent, notebook, attack):
    cell = f"{FIND_THE_PIPE}\npipe.sendall({sent})\n"
    report = attack(notebook().before("01.4", cell))
    assert notebook.points(report) == notebook.FULL
    assert len(report.notes) == 1


SLOW = {
    "a byte at a time": """
for byte in frame({"dict": []}, bytes(100)):
    pipe.sendall(bytes([byte]))
    time.sleep(0.1)
time.sleep(600)
""",
    "a part, and no more": "pipe.sendall(frame({'dict': []}, bytes(9), size=10))\ntime.sleep(600)",
    "bytes without end": """
while True:
    pipe.sendall(bytes(2**20))
""",
    "nothing is read": "import signal\nos.kill(os.getpid(), signal.SIGSTOP)",
}


@pytest.mark.parametrize("cell", SLOW.values(), ids=SLOW.keys())
def test_a_slow_or_endless_reply_ends_in_time(cell, notebook, attack):
    report = attack(notebook().before("01.4", FIND_THE_PIPE + cell), cell_seconds=2.0)
    assert notebook.points(report) == notebook.FULL
    assert len(report.notes) == 1


FORGED = {
    "every kind of yes": "reply(error=None, value=True, ended=True, verdict='right', points=3.0)",
    "right": "frame({'dict': [['value', 'right'], ['error', None]]})",
    "numbers": "reply(value=1.0)",
    "a trouble": "reply(trouble={'dict': [['what', 'unwritten'], ['name', '01.4']]})",
    "a trouble of no kind": "reply(trouble={'dict': [['what', 'right'], ['name', 5]]})",
    "a changed argument that is none": "reply(trouble={'dict': [['what', 'changed'], "
    "['name', '99']]})",
    "a changed argument with a strange number": "reply(trouble={'dict': [['what', 'changed'], "
    "['name', '²']]})",
    "a long trouble": "reply(trouble={'dict': [['what', 'raised'], ['name', 'x' * 900_000]]})",
    "an error": "reply(error='<script>' + 'x' * 900_000)",
    "half letters": "reply(error='\\ud800', trouble='\\udfff')",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
@pytest.mark.parametrize("times", [1, 500], ids=["once", "in advance"])
def test_a_forged_reply_earns_nothing(forged, times, notebook, attack):
    cell = f"{FIND_THE_PIPE}\nfor _ in range({times}):\n    pipe.sendall({forged})\n"
    report = attack(notebook.blank().before("01.1", cell), cell_seconds=2.0)
    assert report.points == 0
    assert all(len(mark.message) < 5000 for mark in report.marks)
    assert all(len(note) < 500 for note in report.notes)
    str(report.as_dict()).encode()


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_reply_from_an_answer_is_that_answers(forged, notebook, attack):
    answer = f"""{FIND_THE_PIPE}
def attention(query, key, value):
    (number,) = sockets()
    for _ in range(50):
        os.write(number, {forged})
    os._exit(0)
"""
    report = attack(notebook().answer("01.4", answer), cell_seconds=2.0)
    marks = notebook.points(report)
    assert marks["01.4"] == 0
    assert [marks[number] for number in ("01.1", "01.2", "01.3")] == [1.0, 2.0, 2.0]


def test_an_answer_that_speaks_the_protocol_gets_what_it_answers(notebook, attack):
    """The process answers by itself, and rightly. It is right: that is all that counts."""
    answer = f"""{FIND_THE_PIPE}
def attention(query, key, value):
    weights = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1)
    return weights @ value, weights
pipe.detach()
"""
    assert notebook.points(attack(notebook().answer("01.4", answer))) == notebook.FULL


LIES = {
    "replies without end": """
while True:
    pipe.sendall(reply(error=None, extra="x" * 10_000))
""",
    "an error, and then nothing": """
import threading
def lie():
    pipe.sendall(reply(error="no such name"))
    time.sleep(0.2)
    os.kill(os.getpid(), 9)
threading.Thread(target=lie).start()
time.sleep(600)
""",
}


@pytest.mark.parametrize("cell", LIES.values(), ids=LIES.keys())
def test_a_cell_that_answers_for_the_answers_after_it_spoils_those_and_no_others(
    cell, notebook, attack
):
    report = attack(notebook().before("01.4", FIND_THE_PIPE + cell), cell_seconds=2.0)
    assert notebook.points(report) == {**notebook.FULL, "01.4": 0.0, "01.5": 0.0}
