"""Cases and topics to start from: the templates are data, below examples/."""

import re
from importlib.resources import files
from pathlib import Path

from mtus.reasoner.errors import CaseError, case_error

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _examples() -> Path:
    return Path(str(files("mtus.examples")))


def skeleton_case() -> str:
    """Return a valid synthetic case in plain JSON."""
    return (_examples() / "skeletons" / "case.json").read_text("utf-8")


def example_case(name: str) -> str:
    """Return the example case ``name``; raise :class:`CaseError` where there is none."""
    examples = {path.parent.name: path for path in sorted(_examples().glob("*/case.json")) if path.parent.name != "skeletons"}
    if name not in examples:
        raise case_error("no-such-example", name, "There is no example of this name.", f"The examples are: {', '.join(examples)}.")
    return examples[name].read_text("utf-8")


def write_topic(name: str, edition: str, root: Path) -> list[Path]:
    """Write the files of a new topic below ``root``, import its ontology module in ontology/mtus.ttl, and return the new paths.

    Nothing is written where anything is wrong: raises :class:`CaseError` for a name of another form, a folder that is no checkout,
    or a topic that exists.
    """
    for given, what in ((name, "topic"), (edition, "edition")):
        if not _NAME.fullmatch(given):
            raise case_error("topic-name", given, f"The name of a {what} is lower case with hyphens.", "Write it like hot-packs.")
    shapes, ontology = root / "shapes" / edition, root / "ontology"
    if not shapes.is_dir() or not (ontology / "mtus.ttl").is_file():
        raise case_error("not-a-checkout", str(root), f"There is no folder shapes/{edition} with ontology/mtus.ttl beside it.",
                         "Run the command in a checkout of the project, or name it with --root.")  # fmt: skip
    imports = _imports(ontology / "mtus.ttl", name)
    values = _values(name, edition, root)
    templates = _examples() / "skeletons" / "topic"
    files = sorted(path.relative_to(templates) for path in templates.rglob("*") if path.suffix in (".ttl", ".json"))
    targets = {path: ontology / "topics" / f"{name}.ttl" if path.name == "ontology.ttl" else shapes / name / path for path in files}
    for path in targets.values():
        if path.exists():
            raise _exists(str(path), "The file exists")
    for template, path in targets.items():
        text = (templates / template).read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], text), "utf-8")
    (ontology / "mtus.ttl").write_text(imports, "utf-8")
    return list(targets.values())


def _imports(root_ontology: Path, name: str) -> str:
    """Return the text of the root ontology with an import of the topic's module after those of the other topics."""
    text = root_ontology.read_text("utf-8")
    lines = [match for match in re.finditer(r"^( *)<(.*/topics/)[\w-]+>.*\n", text, re.MULTILINE) if match.group(0).rstrip().endswith(",")]
    if not lines:
        raise case_error("not-a-checkout", str(root_ontology), "It imports no topic, so there is no place for another one.",
                         "Run the command in a checkout of the project.")  # fmt: skip
    last = lines[-1]
    return f"{text[: last.end()]}{last.group(1)}<{last.group(2)}{name}> ,\n{text[last.end() :]}"


def _values(name: str, edition: str, root: Path) -> dict[str, str]:
    """Return the values of the templates' fields; raise :class:`CaseError` where the knowledge has a class or section of that name."""
    words = name.split("-")
    cls = "".join(word.capitalize() for word in words)
    ontology = _text(root / "ontology")
    for taken in (cls, f"{cls}Request"):
        if re.search(rf"\bmtus:{taken} a owl:Class\b", ontology):
            raise _exists(name, f"The ontology has a class mtus:{taken}")
    shapes = _text(root / "shapes" / edition) + "".join(path.read_text("utf-8") for path in (root / "shapes").glob("*.ttl"))
    if re.search(rf"\b\w+:{name} a mtus:Section\b", shapes):
        raise _exists(name, "The guideline has a section of this name")
    code = "".join(word[0] for word in words).upper() + "X"
    while re.search(rf":{code}-\d", shapes):
        code += "X"
    return {"name": name, "edition": edition, "title": " ".join(words), "Class": cls, "CODE": code}


def _text(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.ttl")) if "cases" not in path.parts)


def _exists(where: str, why: str) -> CaseError:
    return case_error("topic-exists", where, f"{why}; nothing was written.", "Choose another name, or edit the files that are there.")
