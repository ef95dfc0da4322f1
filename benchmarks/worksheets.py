"""How long handouts take: 400 forms of the class worksheet with keys as PDF and as DOCX, and the first PDF from cold.

Run with `.venv/bin/python benchmarks/worksheets.py [FORMS]`; prints seconds, files and the most memory in use.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measured(name: str, *words: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="teledesign-bench-"))
    try:
        began = time.perf_counter()
        command = [sys.executable, "-m", "teledesign", "worksheet", *words, "-o", str(folder / "out")]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        seconds = time.perf_counter() - began
        files = sum(path.is_file() for path in (folder / "out").rglob("group-*"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name:<44} {seconds:7.1f} s   {files:5d} files   at most {most:5.0f} MB so far")


def main() -> None:
    forms = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    one = ("shoe-brand", "--groups", "1", "--sheet", "class")
    measured("the first sheet and its key, from cold", *one)
    for count in (forms // 4, forms):
        words = ("--groups", str(count), "--sheet", "class")
        measured(f"{count} forms of the class worksheet, PDF", *words)
        measured(f"{count} forms of the class worksheet, DOCX", *words, "--format", "docx")


if __name__ == "__main__":
    main()
