"""From clone to open course: what start.py decides. The programs it would run are played here."""

import ast
import json
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from course.errors import CourseError
from course.paths import ROOT
from course.setup import installers, startup

START = ROOT / "start.py"
Usage = namedtuple("Usage", "total used free")


class Machine:
    """A machine on which every program succeeds, unless it is told to fail; it keeps a record."""

    def __init__(self, root: Path):
        self.root = root
        self.commands: list[list[str]] = []
        self.settings: dict[str, str] = {}
        self.failing = ""
        self.sound = False
        self.complaint = ""  # of the new environment, when it is tried out

    def run(self, command, settings=None) -> int:
        self.commands.append([str(word) for word in command])
        self.settings = dict(settings or {})
        if self.failing and self.failing in command:
            return 1
        if "venv" in command:
            shutil.rmtree(self.root / ".venv", ignore_errors=True)
            (self.root / ".venv").mkdir()
            self.sound = True
        return 0

    def ask(self, command, settings=None) -> str | None:
        return "" if self.sound else None

    def try_out(self) -> None:
        if self.complaint:
            raise CourseError(self.complaint)

    def did(self) -> list[str]:
        """The commands so far, in a word each; they are forgotten."""
        words = []
        for command in self.commands:
            if "venv" in command:
                words.append("make")
            elif "install" in command:
                words.append(f"install {command[-1]}")
            elif command[-1] == "models":
                words.append("models")
            else:
                words.append("open" if "lab" in command else "test")
        self.commands.clear()
        return words


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    for name in ("requirements.txt", "requirements-test.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    machine = Machine(tmp_path)
    monkeypatch.setattr(startup, "ROOT", tmp_path)
    monkeypatch.setattr(startup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(startup, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(startup, "run", machine.run)
    monkeypatch.setattr(startup, "try_out", machine.try_out)
    monkeypatch.setattr(installers, "ask", machine.ask)
    monkeypatch.setattr(installers, "uv_is_set_up", lambda root: False)
    monkeypatch.setattr(installers, "pip_is_set_up", lambda python: True)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return machine


def test_the_first_start_makes_installs_and_opens_and_the_second_only_opens(machine: Machine):
    assert startup.main([]) == 0
    assert machine.did() == ["make", "install requirements.txt", "open"]
    assert startup.main([]) == 0
    assert machine.did() == ["open"]


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_into_what_is_there(machine: Machine, name: str):
    startup.main([])
    machine.did()
    with (machine.root / name).open("a") as file:
        file.write("# changed\n")
    startup.main([])
    assert machine.did() == ["install requirements.txt", "open"]


def test_after_an_installation_that_failed_the_next_start_tries_again(machine: Machine, capsys):
    machine.failing = "install"
    assert startup.main([]) == 2
    assert "network" in capsys.readouterr().err
    assert machine.did() == ["make", "install requirements.txt"]
    machine.failing = ""
    assert startup.main([]) == 0
    assert machine.did() == ["install requirements.txt", "open"]


def test_after_ctrl_c_in_an_installation_the_next_start_begins_afresh(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys
):
    def interrupted(command, settings=None) -> int:
        if "install" in command:
            raise KeyboardInterrupt
        return machine.run(command)

    with monkeypatch.context() as patch:
        patch.setattr(startup, "run", interrupted)
        assert startup.main([]) == 130
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    machine.did()
    assert startup.main([]) == 0
    assert machine.did() == ["make", "install requirements.txt", "open"]


def test_an_environment_that_no_longer_works_or_has_moved_is_made_again(machine: Machine):
    startup.main([])
    machine.did()
    machine.sound = False
    startup.main([])
    assert machine.did() == ["make", "install requirements.txt", "open"]
    state = startup.state_file()
    state.write_text(json.dumps(json.loads(state.read_text()) | {"root": "/somewhere/else"}))
    startup.main([])
    assert machine.did() == ["make", "install requirements.txt", "open"]


def test_an_environment_that_the_user_made_is_kept(machine: Machine):
    (machine.root / ".venv").mkdir()
    machine.sound = True
    startup.main([])
    assert machine.did() == ["install requirements.txt", "open"]


def test_a_damaged_memory_is_no_memory(machine: Machine):
    startup.main([])
    machine.did()
    startup.state_file().write_text("{")
    startup.main([])
    assert machine.did() == ["install requirements.txt", "open"]


def test_lesson_port_and_browser_are_passed_through(machine: Machine):
    startup.main(["3", "--port", "9000", "--no-browser"])
    assert machine.commands[-1][1:] == ["lab", "3", "--no-browser", "--port", "9000"]


def test_install_only_installs_and_opens_nothing(machine: Machine, capsys):
    assert startup.main(["--install-only"]) == 0
    assert machine.did() == ["make", "install requirements.txt"]
    assert "Everything is installed" in capsys.readouterr().out
    assert startup.main(["--install-only"]) == 0
    assert machine.did() == []


def test_the_next_installer_goes_on_where_one_failed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(installers, "pip_is_set_up", lambda python: False)
    machine.failing = uv = installers.pin(machine.root, "uv")
    assert startup.main([]) == 0
    assert machine.did() == ["make", f"install {uv}", "install requirements.txt", "open"]


def test_what_does_not_work_after_all_is_made_afresh_by_the_next_start(machine: Machine, capsys):
    startup.main([])
    machine.did()
    with (machine.root / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    machine.complaint = "torch is broken"
    assert startup.main([]) == 2
    assert "torch is broken" in capsys.readouterr().err
    assert machine.did() == ["install requirements.txt"]
    machine.complaint = ""
    assert startup.main([]) == 0
    assert machine.did() == ["make", "install requirements.txt", "open"]


def test_a_full_disk_is_said_before_anything_is_made(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 2 * 10**9))
    assert startup.main([]) == 2
    assert "2.0 GB of free space" in capsys.readouterr().err
    assert machine.did() == []


def test_a_disk_that_filled_up_is_told_from_a_missing_network(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys
):
    machine.failing = "install"
    free = iter([10**12, 10**6])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, next(free)))
    assert startup.main([]) == 2
    said = capsys.readouterr().err
    assert "disk is full" in said
    assert "network" not in said


def test_a_missing_venv_module_is_said_with_the_package_that_has_it(machine: Machine, capsys):
    machine.failing = "venv"
    assert startup.main([]) == 2
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt install python{number}-venv" in capsys.readouterr().err


def test_a_python_that_torch_has_no_build_for_is_refused_with_the_range():
    startup.require_python((3, 14))
    with pytest.raises(CourseError, match=r"Python 3\.15.*3\.11 up to"):
        startup.require_python((3, 15))


def test_all_tests_are_run_on_a_progress_of_their_own(machine: Machine, capsys):
    (machine.root / "solutions").mkdir()
    (machine.root / "solutions" / "00_x.ipynb").touch()
    assert startup.main(["test", "-x"]) == 0
    command = machine.commands[-1]
    assert {"tests", str(Path("solutions/00_x.ipynb")), "--nbval"} < {*command}
    assert command[-1] == "-x"
    assert machine.settings["OMP_NUM_THREADS"] == "1"
    assert str(machine.root) not in machine.settings["COURSE_PROGRESS"]
    assert machine.did() == ["make", "install requirements-test.txt", "models", "test"]
    startup.main([])  # the test lock holds the whole lock
    assert machine.did() == ["open"]
    startup.main(["test", "--fast"])
    assert {"tests", "not browser and not slow"} < {*machine.commands[-1]}
    assert "--nbval" not in machine.commands[-1]


def test_without_solutions_the_tests_run_and_say_so(machine: Machine, capsys):
    assert startup.main(["test"]) == 0
    assert "--nbval" not in machine.commands[-1]
    assert "no notebook in solutions/" in capsys.readouterr().out


def test_without_the_published_models_the_tests_run_and_say_what_is_skipped(
    machine: Machine, capsys
):
    assert startup.main(["test"]) == 0
    assert "skipped" not in capsys.readouterr().out
    machine.did()
    machine.failing = "models"
    assert startup.main(["test"]) == 0
    assert machine.did() == ["models", "test"]
    said = "Tests that read a published model will be skipped.\n"
    assert said in capsys.readouterr().out


def test_the_first_start_gets_no_published_model(machine: Machine):
    startup.main([])
    assert "models" not in machine.did()


def test_a_file_named_for_pytest_is_the_only_one_run(machine: Machine):
    (machine.root / "tests").mkdir()
    (machine.root / "tests" / "test_a.py").touch()
    startup.main(["test", "tests/test_a.py::test_b", "-v"])
    assert machine.commands[-1][-2:] == ["tests/test_a.py::test_b", "-v"]
    assert "tests" not in machine.commands[-1]


def test_failing_tests_give_their_exit_code(machine: Machine):
    machine.failing = "pytest"
    assert startup.main(["test"]) == 1


def test_a_program_that_asks_after_ctrl_c_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    wait = subprocess.Popen.wait
    rings = iter([KeyboardInterrupt])

    def wait_with_a_ring(self, timeout=None):
        for ring in rings:
            raise ring
        return wait(self, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", wait_with_a_ring)
    assert startup.run([sys.executable, "-c", "pass"]) == 0
    rings = iter([KeyboardInterrupt])
    with pytest.raises(KeyboardInterrupt):
        startup.run([sys.executable, "-c", "raise SystemExit(1)"])


def test_a_python_starts_works_and_a_broken_one_does_not(tmp_path: Path):
    assert startup.works(Path(sys.executable))
    assert not startup.works(tmp_path / "python")


def test_any_old_python_can_read_start_py_and_is_told_its_version():
    source = START.read_bytes().decode("ascii")
    tree = ast.parse(source, feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.arg)  # unknown to Python 2.7 and to 3.4
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    told = "import sys; sys.version_info, sys.version = (2, 7, 18), '2.7.18 (default)'\n" + source
    answer = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert answer.returncode == 2
    assert "Python 3.11 or newer is needed, this is 2.7.18." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_start_py_needs_nothing_installed():
    command = [sys.executable, "-I", "-S", str(START), "--help"]  # -S: no site-packages
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert "--no-browser" in answer.stdout
    assert "start.py test" in answer.stdout
