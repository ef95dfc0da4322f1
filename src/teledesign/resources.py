"""Where the course that ships with the package lies, and what a course secret is called."""

from pathlib import Path

__all__ = ["SECRET_FILE", "SECRET_VARIABLE", "packaged_course"]

SECRET_VARIABLE = "TELEDESIGN_SECRET"
SECRET_FILE = "secret.txt"
"""In the course folder, and out of version control."""


def packaged_course() -> Path:
    """The root of the packaged course: the folder that holds `course.yaml` and `scenarios/`.

    A wheel carries it as `teledesign/_data`.  A checkout or an editable install has no such folder;
    there it is the checkout itself.  It is never written to.

    Raises FileNotFoundError where it is in neither place.
    """
    package = Path(__file__).parent
    packed = package / "_data"
    if (packed / "scenarios").is_dir():
        return packed
    checkout = package.parents[1]
    if (checkout / "pyproject.toml").is_file() and (checkout / "scenarios").is_dir():
        return checkout
    raise FileNotFoundError(
        f"The packaged course is missing: there is no scenarios folder in {packed}, nor a checkout at "
        f"{checkout}. Install teledesign again."
    )
