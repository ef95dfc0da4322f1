"""Makes `docs/picture.png`, the picture in the README, from a built course: `python docs/picture.py [BUILD]`.

Two pages of paper and two of the site, as they came out of `teledesign build`.  Needs the [test] extra and Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
SIZE = (1600, 900)
BACKGROUND = (228, 236, 239)


def paper(build: Path, name: str, page: int) -> Image.Image:
    """One page of a PDF."""
    document = pypdfium2.PdfDocument(build / name)
    return document[page].render(scale=1.35).to_pil()


def site_pages(build: Path, names: list[tuple[str, str]]) -> list[Image.Image]:
    """Screenshots of pages of the site, each in a colour scheme."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        sys.exit("Chromium is not on this machine. Install it, then try again.")
    shots = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for name, scheme in names:
            page = browser.new_page(viewport={"width": 1180, "height": 900}, color_scheme=scheme)
            page.goto((build / "site" / name).resolve().as_uri())
            page.wait_for_timeout(600)
            shots.append(Image.open(io.BytesIO(page.screenshot())))
        browser.close()
    return shots


def placed(canvas: Image.Image, picture: Image.Image, width: int, at: tuple[int, int]) -> None:
    """A picture on the canvas, at a width, with a soft shadow."""
    picture = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)), Image.LANCZOS)
    shadow = Image.new("L", canvas.size, 0)
    ImageDraw.Draw(shadow).rectangle((at[0] + 4, at[1] + 8, at[0] + picture.width + 4, at[1] + picture.height + 8), 90)
    canvas.paste((60, 80, 88), mask=shadow.filter(ImageFilter.GaussianBlur(12)))
    canvas.paste(picture, at)


def main() -> None:
    """Make the picture."""
    build = Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    if not (build / "site" / "index.html").is_file():
        sys.exit(f"{build} holds no build. Run teledesign build first, or name the folder.")
    home, estimator = site_pages(build, [("index.html", "light"), ("topics/code-completion/estimator.html", "dark")])
    sheet = paper(build, "student/worksheets/shoe-brand/group-01-class.pdf", 0)
    key = paper(build, "instructor/keys/shoe-brand/group-01-cost-key.pdf", 0)
    canvas = Image.new("RGB", SIZE, BACKGROUND)
    placed(canvas, home, 760, (40, 40))
    placed(canvas, estimator, 700, (120, 330))
    placed(canvas, key, 470, (1100, 200))
    placed(canvas, sheet, 470, (850, 60))
    canvas.quantize(160, dither=Image.Dither.NONE).save(HERE / "picture.png", optimize=True)


if __name__ == "__main__":
    main()
