"""What can be measured on a printed page: places of words and rules, sizes of type, what a PDF says of itself."""

import io
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser

from PIL import Image
from pypdf import PdfReader

MM = 72 / 25.4
DPI = 100


@dataclass(frozen=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


class _Words(HTMLParser):
    """The pages of `pdftotext -bbox`, in millimetres from the top left corner."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.pages: list[list[Word]] = []
        self.sizes: list[tuple[float, float]] = []
        self._at: tuple[float, ...] | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: float(value or 0) / MM for name, value in attrs if name in _NUMBERS}
        if tag == "page":
            self.pages.append([])
            self.sizes.append((given["width"], given["height"]))
        if tag == "word":
            self._at = (given["xmin"], given["ymin"], given["xmax"], given["ymax"])

    def handle_data(self, data: str) -> None:
        if self._at:
            self.pages[-1].append(Word(data, *self._at))
            self._at = None


_NUMBERS = ("width", "height", "xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True)
class Paper:
    """A PDF as one would see it on the desk."""

    pdf: bytes
    words: list[list[Word]]
    sizes: list[tuple[float, float]]
    reader: PdfReader

    @property
    def pages(self) -> int:
        return len(self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for page in self.words for word in page)

    def smallest_type(self) -> float:
        """The smallest size of type, in points."""
        sizes: list[float] = []

        def seen(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
            if text.strip():
                sizes.append(abs(size * tm[3] * cm[3]))

        for page in self.reader.pages:
            page.extract_text(visitor_text=seen)
        return round(min(sizes), 2)

    def image(self, page: int, pdftoppm: str) -> Image.Image:
        """A page, counted from 1, in grey."""
        number = str(page)
        made = subprocess.run(
            [pdftoppm, "-gray", "-r", str(DPI), "-f", number, "-l", number, "-"],
            input=self.pdf,
            capture_output=True,
            check=True,
        )
        return Image.open(io.BytesIO(made.stdout))

    def rules(self, page: int, pdftoppm: str, share: float = 0.8) -> list[float]:
        """Heights, in millimetres from the top, of the ruled lines across at least that share of the page's width."""
        image = self.image(page, pdftoppm).convert("L").point(lambda grey: 255 if grey < 225 else 0)
        height = image.size[1]
        rows = image.resize((1, height), Image.Resampling.BOX).tobytes()
        dark = [row for row in range(height) if rows[row] > 255 * share]
        starts = [row for row in dark if row - 1 not in dark]
        return [row / DPI * 25.4 for row in starts]

    def ink_outside(self, margin: float, pdftoppm: str) -> list[int]:
        """The pages that have ink within that many millimetres of an edge."""
        found = []
        for page in range(1, self.pages + 1):
            image = self.image(page, pdftoppm).convert("L")
            width, height = image.size
            edge = int(margin / 25.4 * DPI)
            image.paste(255, (edge, edge, width - edge, height - edge))
            if image.getextrema()[0] < 250:
                found.append(page)
        return found

    def fonts_without_file(self) -> list[str]:
        """Fonts that are not embedded."""
        missing = []
        for page in self.reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                if not any(key in inner["/FontDescriptor"] for key in ("/FontFile2", "/FontFile3", "/FontFile")):
                    missing.append(str(inner["/BaseFont"]))
        return missing


def paper(pdf: bytes, pdftotext: str) -> Paper:
    """Look at a PDF."""
    shown = subprocess.run([pdftotext, "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    words = _Words(shown.stdout.decode())
    return Paper(pdf, words.pages, words.sizes, PdfReader(io.BytesIO(pdf)))
