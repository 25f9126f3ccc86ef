"""Which installer is chosen: pip and uv are played here; test_installing.py has real ones."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from course.paths import ROOT
from course.setup import installers

UV = "uv"


class Machine:
    """A machine whose programs answer as told; `tried` and `ran` keep what was asked of them."""

    def __init__(self, root: Path):
        self.root = root
        self.pip_config = ""
        self.cpu_index = True  # whether PyTorch's own index answers
        self.brings_uv = True  # whether pip finds uv
        self.torch: str | None = None  # the version that is installed
        self.tried: list[tuple[list[str], dict[str, str]]] = []
        self.ran: list[list[str]] = []

    def ask(self, command, settings=None) -> str | None:
        self.tried.append((command, dict(settings or {})))
        if "config" in command:
            return self.pip_config
        if "-c" in command:
            return self.torch
        if "--dry-run" in command:
            return "" if self.cpu_index or self.torch else None  # what is there is not asked for
        return "uv 1.0"

    def run(self, command) -> int:
        self.ran.append(list(command))
        return 0 if self.brings_uv else 1

    def commands(self, **options: bool) -> list[str]:
        """Every command that would be tried if all fail, in a few words."""
        python = self.root / ".venv" / "bin" / "python"
        told = {str(python.with_name(name)): "brought-uv" for name in ("uv", "uv.exe")}
        left_out = {str(python), "-m", "install", "--python", "--disable-pip-version-check"}
        return [
            " ".join(told.get(word, word) for word in command if word not in left_out)
            for command in installers.commands(self.root, python, self.run, **options)
        ]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A Linux machine with uv on its path, on which nothing is set up."""
    machine = Machine(tmp_path / "course")
    machine.root.mkdir()
    shutil.copy(ROOT / "requirements-test.txt", machine.root)
    for name in os.environ:
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "APPDATA", "PROGRAMDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(installers, "ask", machine.ask)
    monkeypatch.setattr(installers, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: UV if name == "uv" else None)
    return machine


@pytest.fixture
def without_uv(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_uv_takes_the_cpu_build_where_nothing_is_set_up(machine: Machine, capsys):
    assert machine.commands() == ["uv pip --torch-backend=cpu"]
    trial, settings = machine.tried[-1]
    assert trial[:3] == [UV, "pip", "install"]
    assert {"--torch-backend=cpu", "--dry-run", installers.pin(ROOT, "torch")} <= {*trial}
    assert settings == {"UV_HTTP_RETRIES": "0"}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("build", ["2.13.0+cpu\n", "2.13.0+cu130\n"])
def test_a_pytorch_that_is_there_stays_whichever_index_is_in_reach(
    machine: Machine, build: str, capsys
):
    machine.torch, machine.cpu_index = build, False
    assert machine.commands() == ["uv pip"]
    assert capsys.readouterr().out == ""
    machine.torch, machine.cpu_index = "2.12.0", True
    assert machine.commands() == ["uv pip --torch-backend=cpu"]


def test_where_the_index_of_cpu_builds_is_out_of_reach_one_line_says_so(machine: Machine, capsys):
    machine.cpu_index = False
    assert machine.commands() == ["uv pip"]
    (line,) = capsys.readouterr().out.splitlines()
    assert "cannot be reached" in line
    assert "5 GB" in line


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_only_linux_has_two_builds_by_default(
    machine: Machine, platform: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "platform", platform)
    assert machine.commands() == ["uv pip"]


def test_with_an_nvidia_driver_torch_brings_what_it_likes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(installers, "has_nvidia_driver", lambda: True)
    assert machine.commands() == ["uv pip"]


@pytest.mark.parametrize(
    "line",
    [
        "global.index-url='https://mirror/simple'",
        "install.find-links='/srv/wheels'",
        ":env:.constraint='constraints.txt'",
        "global.extra-index-url='file:///a\\nfile:///b'",
        'global.find-links="/opt/o\'neil"',
        "global.proxy='proxy:3128'",
    ],
)
def test_a_pip_that_is_set_up_installs(machine: Machine, line: str):
    machine.pip_config = f"global.cert='/etc/ca.crt'\n{line}\n"
    assert machine.commands() == ["pip"]
    assert machine.ran == []


@pytest.mark.parametrize(
    "line",
    [
        "global.cert='/etc/ca.crt'",
        ":env:.default-timeout='180'",
        ":env:.disable-pip-version-check='1'",
        ":env:.config-file='/dev/null'",
        ":env:.find-links=''",
        "download.find-links='/srv/wheels'",
    ],
)
def test_certificates_and_patience_are_no_choice_of_packages(machine: Machine, line: str):
    machine.pip_config = f"{line}\n"
    assert machine.commands() == ["uv pip --torch-backend=cpu"]


@pytest.mark.parametrize(
    "name",
    [
        *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
        *("UV_TORCH_BACKEND", "UV_CONSTRAINT", "UV_NO_INDEX", "UV_OFFLINE", "UV_EXCLUDE_NEWER"),
    ],
)
def test_what_uv_was_told_is_all_it_is_told_whatever_pip_was_told(
    machine: Machine, name: str, monkeypatch: pytest.MonkeyPatch
):
    machine.pip_config = "global.index-url='https://mirror/simple'\n"
    monkeypatch.setenv(name, "1")
    assert machine.commands() == ["uv pip"]


def test_where_uv_keeps_its_files_is_no_choice_of_packages(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_CACHE_DIR", "/tmp/cache")
    monkeypatch.setenv("UV_FIND_LINKS", "")
    assert machine.commands() == ["uv pip --torch-backend=cpu"]


@pytest.mark.parametrize("place", ["uv/uv.toml", "uv.toml", "course/uv.toml", "named.toml"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[index]]\nurl = 'https://mirror/simple'", "uv pip"),
        ("[pip]\ntorch-backend = 'auto'", "uv pip"),
        ("python-preference = 'system'", "uv pip --torch-backend=cpu"),
        ("[[index", "uv pip --torch-backend=cpu"),
    ],
)
def test_a_file_of_uvs_settings_counts_as_much(
    machine: Machine, place: str, text: str, expected: str, monkeypatch: pytest.MonkeyPatch
):
    file = machine.root.parent / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    if place == "named.toml":
        monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    assert machine.commands() == [expected]
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    assert machine.commands() == ["uv pip --torch-backend=cpu"]


def test_a_project_around_the_course_may_set_uv_up(machine: Machine):
    (machine.root / "pyproject.toml").write_text("[tool.ruff]\nexclude = ['x']\n")
    assert machine.commands() == ["uv pip --torch-backend=cpu"]
    (machine.root.parent / "pyproject.toml").write_text("[tool.uv]\nfind-links = ['/opt']\n")
    assert machine.commands() == ["uv pip"]


@pytest.mark.usefixtures("without_uv")
def test_pip_brings_uv_where_there_is_none_and_installs_alone_where_that_fails(
    machine: Machine, capsys
):
    assert machine.commands() == ["brought-uv pip --torch-backend=cpu", "pip"]
    assert [command[-1] for command in machine.ran] == [installers.pin(ROOT, "uv")]
    machine.brings_uv = False
    assert machine.commands() == ["pip"]
    assert "5 GB" in capsys.readouterr().out


@pytest.mark.usefixtures("without_uv")
def test_where_pytorch_is_not_among_what_is_installed_nothing_is_said_or_chosen_of_it(
    machine: Machine, capsys
):
    assert machine.commands(with_torch=False) == ["brought-uv pip", "pip"]
    machine.brings_uv = False
    assert machine.commands(with_torch=False) == ["pip"]
    assert capsys.readouterr().out == ""
    assert not any("--dry-run" in command for command, _ in machine.tried)


@pytest.mark.usefixtures("without_uv")
def test_pip_never_does_what_uv_was_told_to_do_otherwise(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    assert machine.commands() == ["brought-uv pip"]


def test_a_uv_on_the_path_that_does_not_work_is_none(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(installers, "ask", lambda command, settings=None: None)
    assert installers.find_uv() is None


@pytest.mark.parametrize("uv", [True, False])
def test_a_folder_of_wheels_is_used_before_all_else(
    machine: Machine, uv: bool, monkeypatch: pytest.MonkeyPatch, capsys
):
    if not uv:
        monkeypatch.setattr(shutil, "which", lambda name: None)
    (machine.root / "wheels").mkdir()
    machine.pip_config = "global.index-url='https://mirror/simple'\n"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mirror/simple")
    wheels = machine.root / "wheels"
    assert machine.commands() == [f"{'uv pip' if uv else 'pip'} --no-index --find-links {wheels}"]
    assert "wheels/" in capsys.readouterr().out
    assert machine.ran == []


@pytest.mark.parametrize(
    ("platform", "backend", "said"),
    [
        ("linux", None, "UV_TORCH_BACKEND=cpu python3 start.py"),
        ("linux", "cpu", "report"),
        ("darwin", None, "report"),
    ],
)
def test_the_last_advice_is_another_one(
    platform: str, backend: str | None, said: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    if backend:
        monkeypatch.setenv("UV_TORCH_BACKEND", backend)
    assert said in installers.another_way()


def test_a_program_that_fails_or_is_not_there_answers_nothing(tmp_path: Path):
    assert installers.ask([sys.executable, "-c", "print(1)"]) == f"1{os.linesep}"
    assert installers.ask([sys.executable, "-c", "raise SystemExit(1)"]) is None
    assert installers.ask([str(tmp_path / "nothing")]) is None


def test_the_lock_names_the_uv_that_is_brought_and_a_real_pip_says_what_it_was_told(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in os.environ:
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CERT", "/etc/ca.crt")
    assert not installers.pip_is_set_up(Path(sys.executable))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a/simple https://b/simple")
    assert installers.pip_is_set_up(Path(sys.executable))
