"""Cases and topics to start from: the templates are data, below examples/."""

import re
from importlib.resources import files
from pathlib import Path

from mtus.reasoner.errors import case_error

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _examples() -> Path:
    return Path(str(files("mtus.examples")))


def skeleton_case() -> str:
    """Return a valid synthetic case in plain JSON."""
    return (_examples() / "skeletons" / "case.json").read_text("utf-8")


def example_case(name: str) -> str:
    """Return the example case ``name``; raise :class:`CaseError` where there is none."""
    path = _examples() / name / "case.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = sorted(p.parent.name for p in _examples().glob("*/case.json"))
        raise case_error("no-such-example", name, "There is no example of this name.", f"The examples are: {', '.join(known)}.")
    return path.read_text("utf-8")


def write_topic(name: str, edition: str, root: Path) -> list[Path]:
    """Write the files of a new topic below ``root`` and return their paths; no existing file is touched.

    Raises :class:`CaseError` for a name of another form, a folder that is no checkout, or a topic that exists.
    """
    if not _NAME.fullmatch(name):
        raise case_error("topic-name", name, "The name of a topic is lower case with hyphens.", "Write it like hot-packs.")
    shapes = root / "shapes" / edition
    if not shapes.is_dir() or not (root / "ontology" / "topics").is_dir():
        raise case_error("not-a-checkout", str(root), f"There is no folder shapes/{edition} with ontology/topics beside it.",
                         "Run the command in a checkout of the project, or name it with --root.")  # fmt: skip
    words = name.split("-")
    values = {"name": name, "edition": edition, "title": " ".join(words), "Class": "".join(w.capitalize() for w in words), "CODE": "".join(w[0] for w in words).upper() + "X"}
    targets = {
        "ontology.ttl": root / "ontology" / "topics" / f"{name}.ttl",
        "section.ttl": shapes / name / "section.ttl",
        "provisions.ttl": shapes / name / "provisions.ttl",
        "shapes.ttl": shapes / name / "shapes.ttl",
    }
    existing = [path for path in targets.values() if path.exists()]
    if existing:
        raise case_error("topic-exists", str(existing[0]), "The file exists; nothing was written.", "Choose another name, or edit the files.")
    for template, path in targets.items():
        text = (_examples() / "skeletons" / "topic" / template).read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], text), "utf-8")
    return list(targets.values())
