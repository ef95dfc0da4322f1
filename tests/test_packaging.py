"""What is installed works from anywhere: as a wheel, from a source archive, from a checkout, editable.

Packages are built with the hatchling of the [test] extra and installed without dependencies, so none
of this asks a package registry.
"""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

from teledesign import __version__
from teledesign.resources import packaged_course

COURSE = ("course.yaml", "scenarios", "templates", "site")


def python(*arguments: str, path: Path | str, cwd: Path) -> str:
    """What a fresh Python with `path` first on its search path prints, started in `cwd`."""
    environment = os.environ | {"PYTHONPATH": str(path)}
    process = subprocess.run(
        [sys.executable, "-W", "error", *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def build(target: str, source: Path, into: Path) -> Path:
    """Build one wheel or source archive of a source folder."""
    into.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    process = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel"))


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/RECORD")}


def where_the_course_is(path: Path | str, cwd: Path) -> Path:
    code = "import teledesign.resources as r; print(r.packaged_course())"
    return Path(python("-c", code, path=path, cwd=cwd))


def test_a_wheel_carries_the_course_and_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(installed),
        str(wheel),
    ]
    subprocess.run([sys.executable, *pip], check=True, capture_output=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    shown = python("-m", "teledesign", "--version", path=installed, cwd=elsewhere)
    assert shown == f"teledesign {__version__}"
    course = where_the_course_is(installed, elsewhere)
    assert course == installed / "teledesign" / "_data"
    assert {entry.name for entry in course.iterdir()} == set(COURSE)

    (metadata,) = [d for d in distributions(path=[str(installed)]) if d.name == "teledesign"]
    assert metadata.version == __version__
    entries = {(entry.group, entry.name, entry.value) for entry in metadata.entry_points}
    assert entries == {
        ("console_scripts", "teledesign", "teledesign.cli:main"),
        ("mkdocs.plugins", "teledesign", "teledesign.mkdocs_plugin:TeledesignPlugin"),
    }
    assert {"logs", "course", "test"} == set(metadata.metadata.get_all("Provides-Extra") or [])


def test_a_wheel_holds_every_source_of_the_course_and_no_other_folder(wheel: Path, checkout: Path) -> None:
    packed = files_in(wheel)
    for name in COURSE:
        source = checkout / name
        paths = source.rglob("*") if source.is_dir() else [source]
        for path in paths:
            if path.is_file() and path.suffix != ".pyc":
                assert f"teledesign/_data/{path.relative_to(checkout).as_posix()}" in packed
    assert {name.partition("/")[0] for name in packed} == {
        "teledesign",
        f"teledesign-{__version__}.dist-info",
    }


def test_a_source_archive_builds_the_same_wheel(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    archive = build("sdist", checkout, tmp_path / "archive")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    for name in ("README.md", "LICENSE", "LICENSE-CONTENT", "CHANGELOG.md", "constraints.txt", "tests"):
        assert (source / name).exists(), name
    assert files_in(build("wheel", source, tmp_path / "again")) == files_in(wheel)


def test_a_checkout_finds_its_own_course(checkout: Path, tmp_path: Path) -> None:
    assert where_the_course_is(checkout / "src", tmp_path) == checkout
    shown = python("-m", "teledesign", "--version", path=checkout / "src", cwd=tmp_path)
    assert shown == f"teledesign {__version__}"


def test_an_editable_install_is_the_checkout(checkout: Path, tmp_path: Path) -> None:
    code = f"from hatchling.build import build_editable; build_editable({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=checkout, check=True, capture_output=True)
    (editable,) = tmp_path.glob("*.whl")
    site_packages = tmp_path / "site-packages"
    with zipfile.ZipFile(editable) as archive:
        archive.extractall(site_packages)
    (link,) = site_packages.glob("*.pth")
    linked = link.read_text(encoding="utf-8").strip()
    assert Path(linked) == checkout / "src"
    assert not list(site_packages.rglob("*.py"))
    assert where_the_course_is(f"{site_packages}{os.pathsep}{linked}", tmp_path) == checkout


def test_the_packaged_course_of_this_very_install() -> None:
    course = packaged_course()
    for name in COURSE:
        assert (course / name).exists(), name


def test_a_package_without_its_course_says_so(checkout: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lib" / "teledesign"
    lonely.mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        (lonely / name).write_bytes((checkout / "src" / "teledesign" / name).read_bytes())
    code = (
        "import teledesign.resources as r\ntry:\n    r.packaged_course()\nexcept FileNotFoundError as e:\n    print(e)"
    )
    assert python("-c", code, path=lonely.parent, cwd=tmp_path) == (
        f"The packaged course is missing: there is no scenarios folder in {lonely / '_data'}, nor a checkout "
        f"at {tmp_path}. Install teledesign again."
    )


def test_constraints_are_plain_and_cover_every_direct_dependency(checkout: Path) -> None:
    lines = (checkout / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line
    constrained = {normal(line.partition("==")[0]) for line in lines}
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(r for extra in project["optional-dependencies"].values() for r in extra),
    ]
    direct = {normal(re.split(r"[\[<>=;! ]", requirement)[0]) for requirement in wanted} - {"teledesign"}
    assert direct <= constrained


@pytest.mark.parametrize(
    "command", ['".[course]" && .venv/bin/teledesign build', '".[test]" && .venv/bin/python -m pytest']
)
def test_the_readme_tells_each_of_its_commands_once(command: str, checkout: Path) -> None:
    line = f"python3 -m venv .venv && .venv/bin/python -m pip install {command}"
    assert (checkout / "README.md").read_text(encoding="utf-8").splitlines().count(line) == 1


def normal(name: str) -> str:
    """A distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
