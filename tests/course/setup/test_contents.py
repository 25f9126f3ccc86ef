from pathlib import Path

from course.setup.contents import Contents


def test_a_solution_is_read_only_and_a_notebook_is_not(tmp_path: Path):
    for place in ("solutions/01.ipynb", "notebooks/01.ipynb", "solutions.ipynb"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    contents = Contents(root_dir=str(tmp_path))
    assert contents.is_writable("notebooks/01.ipynb")
    assert contents.is_writable("solutions.ipynb")
    assert not contents.is_writable("solutions/01.ipynb")
    assert not contents.is_writable("/solutions/01.ipynb")
