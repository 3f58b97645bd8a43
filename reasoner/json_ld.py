"""JSON-LD that others wrote, made safe to read: no remote context, and nothing dropped silently.

A JSON-LD processor leaves out every key that its context does not know, every relative identifier that has no base, and every
null. For a case that would be a fact lost without a word. So the file is read inside a context and a base that give such keys and
identifiers a name, which the check of terms then refuses.
"""

import json
from typing import Any, Final

from mtus.reasoner.errors import case_error
from mtus.reasoner.namespaces import BASE
from mtus.reasoner.strict_json import Path, parse_json, pointer, too_deep, walk

# Terms of no ontology; their last part is the word that the context does not know, or the identifier that has no base.
UNKNOWN: Final = BASE + "unknown-in-context/"
RELATIVE: Final = BASE + "relative-identifier/"


def safe_json_ld(text: str, name: str) -> bytes:
    """Return the JSON-LD ``text`` in a form that can be parsed, with the base :data:`RELATIVE`, without fetching or losing anything.

    Raises :class:`CaseError` for broken JSON (line and column), and for nulls and a context at another place (JSON pointer).
    """
    document = parse_json(text, name, plain_numbers=True)
    for path, value in walk(document):
        if path is None:
            continue
        if isinstance(value, str) and _is_context(path):
            why = f"The file takes its context from {value[:100]}; nothing is ever fetched."
            remedy = "Write the context itself into the file; `mtus schema --context` prints ours."
            raise case_error("remote-context", f"{name}#{pointer(path)}", why, remedy)
        if value is None and not _is_in_context(path):
            raise case_error("json-shape", f"{name}#{pointer(path)}", "The value is null.", "Leave the key out where nothing is stated.")
    if isinstance(document, list):
        document = [_inside(item) for item in document]
    try:
        return json.dumps(_inside(document)).encode()
    except RecursionError as error:
        # what could just be read may be one level too deep to be written
        raise too_deep(name) from error


def _is_context(path: Path) -> bool:
    """Return whether a text at ``path`` names a context: alone, in a list of contexts, or to be imported."""
    if isinstance(path.step, int):
        return path.above is not None and path.above.step == "@context"
    return path.step in ("@context", "@import")


def _is_in_context(path: Path | None) -> bool:
    while path is not None:
        if path.step == "@context":
            return True
        path = path.above
    return False


def _inside(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    context = node.get("@context", [])
    own = [part for part in (context if isinstance(context, list) else [context]) if part is not None]
    return {"@context": [{"@vocab": UNKNOWN}, *own], **{key: value for key, value in node.items() if key != "@context"}}
