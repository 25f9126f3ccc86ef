import shutil
from pathlib import Path

import pytest
from tests.course.upkeep.small_course import LESSON, look_in, put_lesson

from course import paths


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small course, where the commands look for theirs."""
    root = tmp_path.resolve() / "course"
    put_lesson(root, LESSON)
    shutil.copytree(paths.QUIZZES, root / "quizzes")
    look_in(root, monkeypatch)
    return root
