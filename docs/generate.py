"""Write the generated parts of the documentation.

Run from anywhere with the project installed (`pip install -e '.[test]'`)::

    python docs/generate.py            # write what is out of date
    python docs/generate.py --check    # write nothing; exit with 1 where something is out of date

Three kinds of text are generated: the pages below docs/reference, the blocks between `<!-- generated: NAME -->` markers, and
the output shown below commands that are marked `<!-- run -->`.
"""

import argparse
import sys
from pathlib import Path

from generators.blocks import BLOCKS, fill_blocks
from generators.pages import PAGES
from generators.runnable import run_page

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"


def prose() -> list[Path]:
    """Return the pages that people write: they may hold generated blocks and runnable commands."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*top, *sorted(p for p in (ROOT / "docs").rglob("*.md") if REFERENCE not in p.parents)]


def reference() -> dict[Path, str]:
    """Return the text of every generated page."""
    return {REFERENCE / name: text for make in PAGES for name, text in make(ROOT).items()}


def stale(*, write: bool, run: bool = True) -> list[Path]:
    """Return the files that are out of date; with ``write``, bring them up to date. ``run`` also executes the marked commands."""
    found = []
    wanted = reference()
    for path in sorted(set(REFERENCE.rglob("*.md")) - set(wanted)):
        found.append(path)
        if write:
            path.unlink()
    for page in prose():
        text = fill_blocks(page.read_text("utf-8"), ROOT)
        wanted[page] = run_page(text, ROOT) if run else text
    for path, text in wanted.items():
        if not path.is_file() or path.read_text("utf-8") != text:
            found.append(path)
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    return found


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=f"Write the generated parts of the documentation ({', '.join(BLOCKS)}, docs/reference).")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something is out of date")
    arguments = parser.parse_args()
    found = stale(write=not arguments.check)
    for path in found:
        sys.stdout.write(f"{'out of date' if arguments.check else 'wrote'}: {path.relative_to(ROOT)}\n")
    return 1 if found and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
