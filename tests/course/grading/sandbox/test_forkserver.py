"""The fork server: a process for each order, and none that is left over."""

import json
import os
import socket
import stat
import subprocess
import sys

import psutil
import pytest

from course.grading.sandbox import forkserver

SERVER = """
import os, socket, sys, time
from course.grading.sandbox import forkserver

def live(pipe, walled):
    pipe.sendall(f"{os.getppid()} {os.getcwd()} {sorted(os.environ.items())} {sys.path}".encode())
    if pipe.recv(5) == b"crowd":
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                time.sleep(600)
        pipe.sendall(b"crowd")
        time.sleep(600)

forkserver.serve(socket.socket(fileno=os.dup(0)), live)
"""


@pytest.fixture
def server(tmp_path):
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdin=theirs.fileno())
    theirs.close()
    yield ours, process
    ours.close()
    process.wait()


def order(control, folder):
    """Have a child without walls; returns its pipe and the number of the first process."""
    pipe, theirs = socket.socketpair()
    words = {
        "sandboxed": False, "folder": str(folder), "environment": {"MINE": "1"},
        "library": "/library", "path": ["/path"], "processor_seconds": 60,
    }  # fmt: skip
    with theirs:
        socket.send_fds(control, [json.dumps(words).encode()], [theirs.fileno()])
        first, said = json.loads(control.recv(100))
    assert said == "none"
    return pipe, first


def test_a_child_stands_where_the_order_says_and_knows_nothing_else(server, tmp_path):
    control, _ = server
    pipe, first = order(control, tmp_path)
    with pipe:
        said = pipe.recv(4096).decode()
    assert said == f"{first} {tmp_path} [('MINE', '1')] ['/library', '/path']"
    control.sendall(b"end")


def test_at_the_end_a_hand_ins_whole_crowd_is_gone_and_the_next_one_comes(server, tmp_path):
    control, process = server
    for _ in range(2):
        pipe, first = order(control, tmp_path)
        with pipe:
            pipe.recv(4096)
            pipe.sendall(b"crowd")
            assert pipe.recv(5) == b"crowd"
            assert len(psutil.Process(process.pid).children(recursive=True)) == 5
            control.sendall(b"end")
            assert pipe.recv(1) == b""  # nobody holds the other end any more
        assert not psutil.pid_exists(first) or psutil.Process(first).status() == "zombie"


def test_when_the_grading_process_hangs_up_it_ends_and_so_do_all(server, tmp_path):
    control, process = server
    pipe, _ = order(control, tmp_path)
    with pipe:
        pipe.recv(4096)
        pipe.sendall(b"crowd")
        pipe.recv(5)
        control.close()
        assert process.wait() == 0
        assert pipe.recv(1) == b""


def test_where_there_can_be_no_walls_it_says_why_and_goes_on(server, tmp_path):
    control, _ = server
    pipe, theirs = socket.socketpair()
    words = {"sandboxed": True, "root": "/no/such/place", "tree": [], "environment": {}}
    with pipe, theirs:
        socket.send_fds(control, [json.dumps(words).encode()], [theirs.fileno()])
        _, said = json.loads(control.recv(200))
    assert "kernel refused" in said or "No such file" in said
    control.sendall(b"end")
    pipe, _ = order(control, tmp_path)
    with pipe:
        assert str(tmp_path) in pipe.recv(4096).decode()
    control.sendall(b"end")
    assert os.path.isdir(tmp_path)


def test_every_descriptor_but_the_pipes_is_closed_and_the_first_three_lead_nowhere():
    ours, theirs = socket.socketpair()
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(4)]
    if (child := os.fork()) == 0:
        try:
            forkserver.close_all_but(theirs)
            open_ = []
            for number in range(1000):
                try:
                    open_.append((number, stat.S_IFMT(os.fstat(number).st_mode)))
                except OSError:
                    continue
            theirs.sendall(str(open_).encode())
        finally:
            os._exit(0)
    number = theirs.fileno()
    theirs.close()
    with ours:
        said = ours.recv(4096).decode()
    os.waitpid(child, 0)
    for other in others:
        os.close(other)
    device = [(n, stat.S_IFCHR) for n in range(3)]
    assert said == str([*device, (number, stat.S_IFSOCK)])
