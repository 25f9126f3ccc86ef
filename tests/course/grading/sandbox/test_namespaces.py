"""The walls, step by step, each in a process of its own. All together: test_hostile_walls.py."""

import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import paths
from course.grading.sandbox import namespaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces")
FILES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=6)


@pytest.fixture
def own_namespaces(in_a_child) -> None:
    """Skip where this machine gives none."""
    said = in_a_child(lambda: "some", namespaces.fork_into_namespaces)
    if said.startswith("NoSandbox"):
        pytest.skip(said)


@given(FILES, FILES)
def test_a_path_is_seen_where_the_innermost_of_its_folders_is_shown_and_not_hidden(shown, hidden):
    shown, hidden = ({"/" + "/".join(parts) for parts in paths} for paths in (shown, hidden))
    view: dict[str, bool] = {}
    for what, path in namespaces.tree(shown, hidden):
        view = {p: seen for p, seen in view.items() if not Path(p).is_relative_to(path)}
        view[path] = what == "show"
    for path in shown | hidden:
        around = [p for p in shown | hidden if Path(path).is_relative_to(p)]
        seen = [p for p in view if Path(path).is_relative_to(p)]
        assert view.get(max(seen, key=len, default=""), False) is (
            max(around, key=len) not in hidden
        )


def test_what_is_shown_holds_python_and_its_packages_and_nothing_of_the_user():
    found = namespaces.visible_paths()
    assert all(os.path.exists(path) for path in found)
    for needed in (sys.prefix, os.path.dirname(os.__file__), "/usr/bin"):
        assert any(Path(needed).is_relative_to(path) for path in found), needed
    private = {
        str(Path.home()),
        "/",
        "/home",
        "/root",
        "/tmp",
        "/etc",
        "/proc",
        "/usr",
        str(paths.ROOT),
    }
    assert not private & set(found)


def test_a_child_in_new_namespaces_is_the_first_and_sees_no_process_and_no_network(
    in_a_child, own_namespaces
):
    def look() -> tuple[int, int, list[str]]:
        return os.getpid(), os.getppid(), [name for _, name in socket.if_nameindex()]

    assert in_a_child(look, namespaces.fork_into_namespaces) == "(1, 0, ['lo'])"


def test_who_gave_up_its_power_is_nobody_and_stays_it(in_a_child, own_namespaces):
    user, group = os.getuid(), os.getgid()

    def work() -> tuple[set[str], bool, bool]:
        namespaces.keep_user(user, group)
        namespaces.give_up_power(1_234_567)
        lines = [line.split() for line in Path("/proc/self/status").read_text().splitlines()]
        held = {line[1] for line in lines if line and line[0].startswith("Cap")}
        is_nobody = os.getuid() == (user or 1_234_567)
        try:
            os.setuid(0)
        except PermissionError:
            return held, ["NoNewPrivs:", "1"] in lines, is_nobody
        return held, False, False

    said = in_a_child(work, namespaces.fork_into_namespaces)
    assert said == "({'0000000000000000'}, True, True)"


def test_limits_hold_for_good_and_never_exceed_what_was_allowed_before(in_a_child):
    def work() -> list[tuple[int, int]]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
        namespaces.set_limits(2**40, 7, 11)
        kinds = (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_CPU)
        return [resource.getrlimit(kind) for kind in (*kinds, resource.RLIMIT_NOFILE)]

    assert in_a_child(work) == str([(2**40, 2**40), (7, 7), (11, 11), (50, 50)])


def test_who_dies_with_its_parent_is_killed_when_that_is():
    told, tell = os.pipe()
    if (parent := os.fork()) == 0:
        if os.fork() == 0:
            namespaces.die_with_parent()
            os.write(tell, b"ready")
            time.sleep(600)
        signal.pause()
    os.close(tell)
    assert os.read(told, 5) == b"ready"
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert os.read(told, 1) == b""  # both ends are gone, long before the sleep is over
    os.close(told)


def test_an_orphan_comes_to_who_adopts(in_a_child, own_namespaces):
    def work() -> bool:
        namespaces.adopt_orphans()
        told, tell = os.pipe()
        if (middle := os.fork()) == 0:
            if (orphan := os.fork()) == 0:
                os._exit(0)
            os.write(tell, str(orphan).encode())
            os._exit(0)
        os.waitpid(middle, 0)
        return os.wait()[0] == int(os.read(told, 20))

    assert in_a_child(work) == "True"


def test_what_the_kernel_refuses_is_said_with_its_reason(in_a_child):
    def work() -> None:
        namespaces.call("umount2", b"/no/such/place", 0)

    said = in_a_child(work)
    assert said.startswith("NoSandbox: the kernel refused umount2: ")
