"""Bodies and answers that the OpenAPI description shows; the cases are those below examples/, so that they stay valid."""

import json
from importlib.resources import files
from typing import Any


def turtle_case() -> str:
    """Return an example case as Turtle."""
    return (files("mtus.examples") / "imr-2015" / "case.ttl").read_text("utf-8")


def json_case() -> dict[str, Any]:
    """Return an example case in plain JSON."""
    found: dict[str, Any] = json.loads((files("mtus.examples") / "skeletons" / "case.json").read_text("utf-8"))
    return found


REPORT = """@prefix sh: <http://www.w3.org/ns/shacl#> .

[] a sh:ValidationReport ;
    sh:conforms true .
"""
