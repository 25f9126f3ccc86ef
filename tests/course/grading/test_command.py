"""What `course grade` says, and how it ends."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course.cli import commands
from course.errors import CourseError
from course.grading import command
from course.grading.report import Options


@pytest.fixture
def hand_ins(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "bob").mkdir(parents=True)
    (folder / "ann.ipynb").write_bytes(b"right")
    return folder


def test_it_says_where_things_are(
    hand_ins: Path, tmp_path: Path, fakes, capsys: pytest.CaptureFixture[str]
):
    assert command.grade([hand_ins], tmp_path / "out", Options(), one=fakes.quick) == 0
    said = capsys.readouterr().out
    assert "1 of 1 hand-ins graded." in said
    for name in ("scores.csv", "feedback", "summary.html"):
        assert f"{tmp_path}/out/{name}" in said
    seed = (tmp_path / "out" / "seed.txt").read_text().strip()
    assert f"The seed {seed} drew the inputs; {tmp_path}/out/seed.txt keeps it" in said
    assert command.grade([hand_ins], tmp_path / "out", Options(), one=fakes.refuses) == 0
    assert "1 of them before and not changed since" in capsys.readouterr().out


def test_what_could_not_be_graded_is_told_and_is_in_the_exit_code(
    hand_ins: Path, tmp_path: Path, fakes, capsys: pytest.CaptureFixture[str]
):
    (hand_ins / "bob" / "report.pdf").touch()
    assert command.grade([hand_ins], tmp_path / "out", Options(), one=fakes.quick) == 1
    assert "in/bob: No notebook was handed in, only report.pdf." in capsys.readouterr().out


def test_json_is_all_that_a_program_reads(
    hand_ins: Path, tmp_path: Path, fakes, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    assert command.grade([hand_ins], out, Options(), as_json=True, one=fakes.quick) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["hand_ins"], said["graded"], said["interrupted"]) == (1, 1, False)


@pytest.mark.parametrize("words", [[], ["in"], ["--out", "x"]])
def test_without_hand_ins_or_a_folder_it_says_what_to_write(words: list[str]):
    answer = CliRunner().invoke(commands, ["grade", *words])
    assert isinstance(answer.exception, CourseError)
    assert "course grade downloads --out marks" in str(answer.exception)


def test_a_machine_without_walls_is_the_users_to_mend(hand_ins: Path, tmp_path: Path, fakes):
    with pytest.raises(CourseError, match="no walls here"):
        command.grade([hand_ins], tmp_path / "out", Options(), one=fakes.refuses)


def test_windows_is_told_the_way(
    hand_ins: Path, tmp_path: Path, fakes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(CourseError, match="WSL"):
        command.grade([hand_ins], tmp_path / "out", Options(), one=fakes.quick)


def test_the_command_line_reaches_all_of_it(
    hand_ins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    monkeypatch.setattr(command, "grade", lambda *words, **more: asked.append((words, more)) or 1)
    answer = CliRunner().invoke(
        commands,
        ["grade", "a", "b.zip", "--out", "o", "--workers", "3", "--seed", "5", "--regrade",
         "--cell-seconds", "7.5", "--unsandboxed", "--scheduler", "tcp://x:1", "--json"],
    )  # fmt: skip
    assert answer.exit_code == 1
    assert asked == [
        (
            ([Path("a"), Path("b.zip")], Path("o"), Options(cell_seconds=7.5, sandboxed=False)),
            {"as_json": True, "seed": 5, "workers": 3, "regrade": True, "scheduler": "tcp://x:1"},
        )
    ]


def test_an_autograder_is_made_and_nothing_else(tmp_path: Path):
    def make(*words: str) -> str:
        """The seed that it says."""
        path = str(tmp_path / "a.zip")
        answer = CliRunner().invoke(commands, ["grade", "--gradescope", path, *words])
        assert answer.exit_code == 0, answer.output
        assert "Configure Autograder" in answer.output
        seed = answer.output.partition("with the seed ")[2].partition(".")[0]
        with zipfile.ZipFile(path) as archive:
            assert f'"$root" --seed {seed} '.encode() in archive.read("run_autograder")
        return seed

    assert len({make(), make(), make()}) > 1  # drawn, each anew
    assert make("--seed", "5") == "5"
