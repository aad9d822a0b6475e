"""Run the notebooks and store what they print: ``python scripts/notebooks.py [--check] [NAME ...]``.

Each runs in its own folder on this checkout, in English, with one thread; no time and no version enters the file, so
that a second run changes no byte. ``--check`` writes nothing and exits with 1 where a run would change a file (pictures
are not compared: their pixels differ between machines).
"""

from __future__ import annotations

import argparse
import base64
import copy
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SETTINGS = {"MUTASI_LANG": "en", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def run(file: Path) -> nbformat.NotebookNode:
    """Return a notebook as it is after running all its cells."""
    book = nbformat.read(file, as_version=4)
    book.metadata = copy.deepcopy(METADATA)
    book.nbformat, book.nbformat_minor = 4, 5
    client = NotebookClient(
        book,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,
        coalesce_streams=True,  # else a busy machine stores a line in two pieces
    )
    client.execute()
    for cell in book.cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
    book.metadata = copy.deepcopy(METADATA)
    return book


def smaller(picture: str) -> str:
    """Return a picture (PNG in base64) with a palette: it has few colours, and then takes a quarter of the bytes."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        few_colours = image.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few_colours.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def without_pictures(book: nbformat.NotebookNode) -> str:
    """Return the text of a notebook, its pictures left out."""
    book = copy.deepcopy(book)
    for output in [output for cell in book.cells for output in cell.get("outputs", [])]:
        output.get("data", {}).pop("image/png", None)
    return written(book)


def written(book: nbformat.NotebookNode) -> str:
    """Return a notebook as the text of its file."""
    return nbformat.writes(book, indent=1).rstrip("\n") + "\n"


def main(argv: list[str]) -> int:
    """Run the notebooks that are named, or all; return 1 if a check finds one out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say what a run would change")
    parser.add_argument("names", nargs="*", metavar="NAME", help="for instance 02; without one, all")
    args = parser.parse_args(argv)
    _set_environment()
    chosen = tuple(args.names) or ("",)  # every name begins with an empty text
    stale = []
    for file in sorted(FOLDER.glob("*.ipynb")):
        if not file.name.startswith(chosen):
            continue
        before = nbformat.read(file, as_version=4)
        book = run(file)
        if args.check and without_pictures(book) != without_pictures(before):
            stale.append(file.name)
        if not args.check and written(book) != file.read_text(encoding="utf-8"):
            file.write_text(written(book), encoding="utf-8", newline="\n")
            print(f"{file.name} written")
    if stale:
        print(f"out of date: {', '.join(stale)}; run python scripts/notebooks.py", file=sys.stderr)
    return int(bool(stale))


def _set_environment() -> None:
    """What the kernels inherit: the settings above, this checkout before any other, and no tables of the reader's."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    os.environ.update(SETTINGS, PYTHONPATH=os.pathsep.join(filter(None, paths)))
    os.environ.pop("MUTASI_DATA", None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
