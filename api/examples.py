"""Bodies and answers that the OpenAPI description shows; the cases are those below examples/, so that they stay valid."""

import json
from importlib.resources import files
from typing import Any

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import to_dict
from mtus.reasoner.review_schema import filled_skeleton


def turtle_case() -> str:
    """Return an example case as Turtle."""
    return (files("mtus.examples") / "imr-2015" / "case.ttl").read_text("utf-8")


def json_case() -> dict[str, Any]:
    """Return an example case in plain JSON."""
    found: dict[str, Any] = json.loads((files("mtus.examples") / "skeletons" / "case.json").read_text("utf-8"))
    return found


def review_body(knowledge: Knowledge) -> dict[str, Any]:
    """Return a body for a review: the determination of an example case under ``knowledge``, and a form in which it is agreed with."""
    determination = determine(json.dumps(json_case()).encode(), knowledge=knowledge)
    reviewer = {"name": "N-4", "role": "non-physician-reviewer"}
    return {"determination": to_dict(determination), "review": filled_skeleton(determination, reviewer, "2015-03-05", ["approve"])}


REPORT = """@prefix sh: <http://www.w3.org/ns/shacl#> .

[] a sh:ValidationReport ;
    sh:conforms true .
"""
