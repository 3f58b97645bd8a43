"""Case files and what is stored of them, for the tests of stored determinations, reviews and replay."""

import os
from pathlib import Path
from typing import Final

from conftest import ROOT

from mtus.reasoner.assess import Assessed
from mtus.reasoner.case_graphs import to_trig
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.stored import Stored, one_determination, read_stored
from mtus.reasoner.trace import Determination

# RDF and reviews take some tenths of a second for each case, so one in so many is tried unless all are asked for.
ONE_IN = 1 if os.environ.get("MTUS_ALL_CASES") else 60
SUFFIXES: Final = ("json", "jsonld", "ttl", "trig")


def case_files() -> list[Path]:
    """Return the cases of all topics and the examples that can be determined."""
    found = [*ROOT.glob("shapes/*/*/cases/*.ttl"), *ROOT.glob("examples/*/*.json"), *ROOT.glob("examples/imr-2015/variants/*.json")]
    return sorted(path for path in found if path.stem not in ("human-decision", "dependency-cyclic"))


def topics() -> list[str]:
    """Return the folders of the case files, by which the tests are divided."""
    return sorted({topic_of(path) for path in case_files()})


def topic_of(path: Path) -> str:
    """Return the topic of a case file, or ``examples``."""
    return path.parent.parent.name if path.parent.name == "cases" else "examples"


def determined(path: Path) -> tuple[Determination, Assessed]:
    """Return the determination of the case at ``path`` with its facts."""
    return determine_with_facts(path.read_bytes(), name=path.name, knowledge=load_knowledge())


def written(determination: Determination, assessed: Assessed, suffix: str) -> str:
    """Return ``determination`` in the format that goes with ``suffix``."""
    if suffix == "trig":
        return to_trig(determination, assessed, load_knowledge())
    return {"json": to_json, "jsonld": to_json_ld, "ttl": to_turtle}[suffix](determination)


def read(text: str, suffix: str = "json") -> Stored:
    """Return the only determination in ``text``."""
    return one_determination(read_stored(text.encode(), f"stored.{suffix}", load_knowledge()))
