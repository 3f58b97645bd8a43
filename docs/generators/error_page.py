"""The reference of error codes: those of case shapes from the shapes, those of Python from where they are raised."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generators.markdown import page, table
from mtus.reasoner.graph import Graph
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.namespaces import MTUS, SH

# Calls that make an error, and the position of the code among their arguments; what follows it is place, why, remedy.
_CALLS = (
    "case_error", "stored_error", "review_error", "usage_error", "knowledge_error", "engine_error", "store_error", "query_error",
    "Problem", "_problem",
)  # fmt: skip
_OF_KNOWLEDGE = {"axioms.py", "guideline_reader.py", "knowledge.py", "query_pool.py", "shape_model.py"}

# Where the message is that of a parser or an engine, what it means in general.
_IN_GENERAL = {
    "determination-shape": "What stands at this place of a stored determination or review is not as it was written.",
    "diff-options": "Editions, cases and stored determinations that do not go together.",
    "engine-failed": "A validation engine stopped or contradicted itself; what it said follows.",
    "hermit-failed": "HermiT stopped; what it said follows.",
    "impossible-date": "'…' is a date that no calendar has, or is written in another form.",
    "incomplete-knowledge": "An entry of the guideline knowledge lacks something, which the message names.",
    "query-failed": "The engine found something wrong with the query when it evaluated it, such as a function that nobody knows.",
    "review-form": "The form of a review has another form at this place, or something in it is missing.",
    "review-options": "A review agrees, or overrides something, or is taken from a filled form; these do not go together.",
    "knowledge-syntax": "A file of the ontology or the shapes is not valid Turtle.",
}

_INTRO = """Every error has a code, a place, a reason and a remedy, the same on the command line and over HTTP. An error is never an answer.
`…` stands for what the message fills in."""


_HTTP = """The service answers every error with problem details (RFC 9457). `type` is `https://w3id.org/mtus/problem/` and the kind.
Errors of the framework have the kind of their status, such as `not-found` and `method-not-allowed`; a query that has no answer has its code
above as its kind, with `line` and `column` where the query is not valid."""


@dataclass(frozen=True)
class Raised:
    """One place where an error is made."""

    code: str
    meaning: str
    remedy: str
    exit_code: int


def error_pages(root: Path) -> dict[str, str]:
    """Return the page about error codes."""
    raised = [*python_errors(root), *_shape_errors()]
    parts = []
    for code, title in (
        (2, "The input is wrong (exit code 2)"),
        (3, "The knowledge or an engine failed (exit code 3)"),
    ):
        rows: dict[str, list[Raised]] = {}
        for error in raised:
            if error.exit_code == code:
                rows.setdefault(error.code, []).append(error)
        cells = [
            (f"`{name}`", _IN_GENERAL.get(name) or _joined([e.meaning for e in found]), _joined([e.remedy for e in found]))
            for name, found in sorted(rows.items())
        ]
        parts.append(f"## {title}\n\n" + table(("Code", "Meaning", "Remedy"), cells))
    kinds = [(f"`{kind}`", status, told) for kind, status, told in sorted(set(http_kinds(root)))]
    parts.append(f"## Kinds of problem over HTTP\n\n{_HTTP}\n\n" + table(("Kind", "Status", "Meaning"), kinds))
    return {"errors.md": page("Error codes", _INTRO, *parts)}


def http_kinds(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield kind, status and title of each problem that the service names in its source."""
    # what api/errors.py works out from the status
    for noun in ("case", "determination", "review"):
        yield f"unreadable-{noun}", "400", f"The {noun} cannot be read in its format."
        yield f"invalid-{noun}", "422", f"The {noun} can be read and not used; `problems` has the codes above."
    yield "case-too-large", "413", "The case is too large."
    for path in sorted((root / "api").rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            named = isinstance(call.func, ast.Name) and call.func.id in ("ApiError", "_answer")
            constants = [a.value for a in call.args[:3] if isinstance(a, ast.Constant)]
            if named and len(constants) == 3:
                status, kind, title = map(str, constants)
                yield kind, status, title


def _joined(texts: list[str]) -> str:
    told = dict.fromkeys(text for text in texts if text.strip("….? "))
    return " / ".join(told) or "The message says it."


def _shape_errors() -> list[Raised]:
    knowledge = load_knowledge()
    return [*_coded(knowledge.shapes, 2), *_coded(knowledge.meta_shapes, 3)]


def _coded(shapes: Graph, exit_code: int) -> list[Raised]:
    return [
        Raised(
            shapes.text(shape, MTUS + "errorCode") or "",
            shapes.text(shape, SH + "message") or "",
            shapes.text(shape, MTUS + "remedy") or "",
            exit_code,
        )
        for shape, _, _ in shapes.with_predicate(MTUS + "errorCode")
    ]


def python_errors(root: Path) -> list[Raised]:
    """Return every error that is made in reasoner/ and api/ with a code in its source."""
    found: list[Raised] = []
    for path in sorted([*(root / "reasoner").glob("*.py"), *(root / "api").rglob("*.py")]):
        tree = ast.parse(path.read_text("utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            found += _in_function(function, path.name)
    return list(dict.fromkeys(found))


def _in_function(function: ast.FunctionDef, module: str) -> Iterator[Raised]:
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "_unknown" and call.args:
            what = _words(call.args[-1], function)
            for code in _codes(call.args[0], function):
                yield Raised(code, f"'…' is no known {what}.", "Did you mean …?", 2)
        if name not in _CALLS or len(call.args) < 4:
            continue
        exit_code = 3 if name in ("knowledge_error", "engine_error") or (name == "Problem" and module in _OF_KNOWLEDGE) else 2
        for code in _codes(call.args[0], function):
            yield Raised(code, _words(call.args[2], function), _words(call.args[3], function), exit_code)


def _codes(node: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Return the constant texts that ``node`` may be; a name is followed to its assignments in ``function``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _codes(node.body, function) + _codes(node.orelse, function)
    if isinstance(node, ast.BoolOp):
        return [code for value in node.values for code in _codes(value, function)]
    if isinstance(node, ast.Name):
        return [code for value in _assigned(node.id, function) for code in _codes(value, function)]
    return []


def _assigned(name: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield what is assigned to ``name`` in ``function``, alone or in a tuple; what refers to the name itself is left out."""
    for node in (n for n in ast.walk(function) if isinstance(n, ast.Assign)):
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for part, value in pairs:
                own = isinstance(part, ast.Name) and part.id == name
                if own and not any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value)):
                    yield value


def _words(node: ast.expr, function: ast.FunctionDef) -> str:
    """Return the text of ``node`` with … for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _words(node.left, function) + _words(node.right, function)
    if isinstance(node, ast.IfExp):
        return " / ".join((_words(node.body, function), _words(node.orelse, function)))
    if isinstance(node, ast.BoolOp):
        return _words(node.values[-1], function)
    if isinstance(node, ast.Name):
        return " / ".join(dict.fromkeys(_words(value, function) for value in _assigned(node.id, function))) or "…"
    return "…"
