"""The archive that Gradescope makes an autograder of: two scripts, and the course as it is here."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from course import paths
from course.atomic import write_whole
from course.errors import CourseError
from course.grading.marking.released import lesson_names, released
from course.grading.report import Options

NEEDED = ("lib", "pyproject.toml", "requirements.txt", "README.md")
LICENCES = ("LICENSE", "LICENSE-TEXT")
MADE = (2020, 1, 1, 0, 0, 0)  # the same archive from the same files, whenever it is made
SCRIPTS = Path(__file__).parent / "scripts"


def write_archive(path: Path, options: Options) -> int:
    """Write the archive, and return how many files are in it."""
    if path.suffix.lower() != ".zip":
        raise CourseError(
            f"--gradescope {path}: Gradescope takes a file whose name ends with .zip."
        )
    words = [f"--seed {options.seed}", f"--cell-seconds {options.cell_seconds:g}"]
    words += ["--unsandboxed"] * (not options.sandboxed)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            script = (SCRIPTS / name).read_text(encoding="utf-8")
            _add(archive, name, script.replace("@OPTIONS@", " ".join(words)).encode(), 0o755)
        for file in sorted(_files()):
            name = file.relative_to(paths.ROOT).as_posix()
            _add(archive, name, file.read_bytes(), 0o644)
        for name in lesson_names():
            notebook = json.dumps(released(name), ensure_ascii=False, indent=1)
            _add(archive, f"notebooks/{name}.ipynb", notebook.encode(), 0o644)
        count = len(archive.namelist())
    write_whole(path, packed.getvalue())
    return count


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, MADE)
    info.external_attr = (0o100000 | mode) << 16
    info.create_system = 3  # a system that has these modes
    archive.writestr(info, data, zipfile.ZIP_DEFLATED)


def _files() -> Iterator[Path]:
    """What grading needs of the course: the files that git knows, or all where there is no git."""
    for name in (*NEEDED, *LICENCES):
        path = paths.ROOT / name
        if path.is_file():
            yield path
        else:
            yield from (file for file in _tracked(path) if file.is_file())


def _tracked(folder: Path) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    try:
        answer = subprocess.run(command, cwd=folder, capture_output=True, check=True)
        names = [name for name in answer.stdout.decode().split("\0") if name]
        if names:
            return [folder / name for name in names]
    except (OSError, subprocess.CalledProcessError):
        pass
    return [file for file in folder.rglob("*") if "__pycache__" not in file.parts]
