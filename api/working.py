"""What is worked out of a stored determination or of a case; each function runs in whatever process, and loads the knowledge there."""

from typing import Any

from mtus.api.answering import JSON, JSON_LD, TEXT, TURTLE
from mtus.api.body import NAME
from mtus.api.deps import case_limits
from mtus.reasoner import render_lint, render_whatif
from mtus.reasoner.changing import what_would_change
from mtus.reasoner.errors import stored_error
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint import lint
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_difference import to_data, to_lines
from mtus.reasoner.render_json import dumps, to_dict
from mtus.reasoner.render_lint_rdf import to_turtle as lint_to_turtle
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.render_tree import to_tree
from mtus.reasoner.replay import replay
from mtus.reasoner.stored import Stored, one_determination, read_stored

# What a criterion of the tree has of its own; its parts are nodes below it.
_NODE = (
    "criterion",
    "label",
    "status",
    "otherStatus",
    "requirement",
    "role",
    "burden",
    "effect",
    "confidence",
    "citation",
    "facts",
    "sought",
)


def letter_of(content: bytes, name: str) -> str:
    """Return the letter of the stored determination in ``content``."""
    knowledge = load_knowledge()
    return to_letter(_read(content, name, knowledge).determination, knowledge)


def tree_of(content: bytes, name: str, kind: str) -> str:
    """Return the trace of the stored determination as a tree, as ``kind``: text, or JSON whose nodes have ``children``."""
    knowledge = load_knowledge()
    determination = _read(content, name, knowledge).determination
    if kind == TEXT:
        return "\n".join(to_tree(request, knowledge) for request in determination.requests)
    requests = to_dict(determination).get("requests", [])
    return dumps({"determination": determination.id, "case": determination.case, "children": [_request(request) for request in requests]})


def changes_of(content: bytes, name: str, kind: str) -> str:
    """Return what would change the answers of the stored determination, as ``kind``."""
    return _changes(_facts(content, name), "n-quads", kind, name)


def changes_of_case(content: bytes, syntax: str, kind: str) -> str:
    """Return what would change the answers of the case in ``content``, as ``kind``."""
    return _changes(content, syntax, kind, NAME)


def linted(content: bytes, name: str, kind: str) -> str:
    """Return what the rules about decisions say of the facts of the stored determination, as ``kind``."""
    return _lint(_facts(content, name), "n-quads", kind, name)


def linted_case(content: bytes, syntax: str, kind: str) -> str:
    """Return what the rules about decisions say of the case in ``content``, as ``kind``."""
    return _lint(content, syntax, kind, NAME)


def replayed(content: bytes, name: str, kind: str) -> str:
    """Return whether the stored determination comes out again, and what differs, as ``kind``."""
    knowledge = load_knowledge()
    done = replay(_read(content, name, knowledge), knowledge, name, settings=case_limits())
    if kind == JSON:
        return dumps({"determination": name, "identical": done.is_identical, **to_data(done.difference)})
    if done.is_identical:
        return f"identical: {name} is what the reasoner determines.\n"
    head = f"different: {name} is not what the reasoner determines now (stored → now)."
    return "\n".join((head, *to_lines(done.difference, knowledge))) + "\n"


def _changes(content: bytes, syntax: str, kind: str, name: str) -> str:
    knowledge = load_knowledge()
    found = what_would_change(content, name=name, syntax=syntax, knowledge=knowledge, settings=case_limits())
    if kind == TEXT:
        return render_whatif.to_text(found, knowledge)
    forms = {JSON: render_whatif.to_json, JSON_LD: render_whatif.to_json_ld, TURTLE: render_whatif.to_turtle}
    return forms[kind](found)


def _lint(content: bytes, syntax: str, kind: str, name: str) -> str:
    knowledge = load_knowledge()
    report = lint(content, name=name, syntax=syntax, knowledge=knowledge, settings=case_limits())
    if kind == TEXT:
        return render_lint.to_text(report, knowledge)
    return render_lint.to_json(report) if kind == JSON else lint_to_turtle(report, knowledge)


def _read(content: bytes, name: str, knowledge: Knowledge) -> Stored:
    return one_determination(read_stored(content, name, knowledge, case_limits()))


def _facts(content: bytes, name: str) -> bytes:
    stored = _read(content, name, load_knowledge())
    if not stored.facts:
        raise stored_error("facts-missing", name, "The determination does not hold the facts of its case.", "Determine the case again.")
    return stored.facts.encode()


def _request(request: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in request.items() if key not in ("criteria", "type", "position", "inferences")}
    return {**own, "kind": "request", "children": [_node(one) for one in request.get("criteria", ())]}


def _node(assessment: dict[str, Any]) -> dict[str, Any]:
    own = {key: assessment[key] for key in _NODE if key in assessment}
    return {"kind": "criterion", "name": local_name(assessment["criterion"]), **own,
            "children": [_node(part) for part in assessment.get("parts", ())]}  # fmt: skip
