"""What pyproject says is what stands in the folders, and what is installed is what stands here."""

from importlib.metadata import version
from pathlib import Path

import chainrule

from .sources import NAME, ROOMS, ROOT, module_name, pyproject, source_files


def folders_with_code() -> set[str]:
    return {module_name(path).rpartition(".")[0] for path in source_files() if path.name != "__init__.py"}


def packages() -> set[str]:
    return {module_name(path) for path in source_files() if path.name == "__init__.py"}


def test_the_package_list_equals_the_folders() -> None:
    declared = pyproject()["tool"]["setuptools"]["packages"]
    assert {f"{NAME}.{room}" for room in ROOMS} <= packages()
    assert declared == sorted(packages())


def test_every_folder_with_code_is_a_package() -> None:
    assert folders_with_code() <= packages()


def test_the_root_holds_no_python_file_but_the_front_door() -> None:
    assert [path.name for path in ROOT.glob("*.py")] == ["__init__.py"]


def test_nothing_beneath_tests_is_a_package() -> None:
    # With an __init__.py pytest would climb to the root's, and import it under the checkout's name.
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_data_file_that_is_listed_is_there() -> None:
    data = pyproject()["tool"]["setuptools"]["package-data"]
    assert data[NAME] == ["py.typed"]
    for package, patterns in data.items():
        folder = ROOT.joinpath(*package.split(".")[1:])
        assert all(list(folder.glob(pattern)) for pattern in patterns), package


def test_the_version_is_told_once() -> None:
    assert version(NAME) == chainrule.__version__


def test_the_installed_package_is_the_one_that_stands_here() -> None:
    installed = Path(chainrule.__file__).parent
    for path in source_files():
        copy = installed / path.relative_to(ROOT)
        assert copy.read_bytes() == path.read_bytes(), f"{copy.name} is old: install the project again"


def test_the_installed_package_holds_no_module_that_was_removed() -> None:
    installed = Path(chainrule.__file__).parent
    names = {path.relative_to(installed) for path in source_files(installed)}
    assert names == {path.relative_to(ROOT) for path in source_files()}, "remove the folder build and install again"
