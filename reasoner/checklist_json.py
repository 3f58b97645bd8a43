"""A checklist as JSON: the same content as the text, with a place for every answer, so that the filled file is what is read back."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from mtus.reasoner.checklist_model import NUMBER, WHOLE, YES_NO, Checklist


def to_dict(checklist: Checklist) -> dict[str, Any]:
    """Return ``checklist`` as plain JSON data: keys in camel case, nothing that is empty, and ``answers`` with all open (null)."""
    data: dict[str, Any] = _plain(checklist)
    return {"checklist": data.pop("id"), **data, "answers": dict.fromkeys((q.link_id for q in checklist.questions), None)}


def to_json(checklist: Checklist) -> str:
    """Return ``checklist`` as JSON text."""
    return json.dumps(to_dict(checklist), ensure_ascii=False, indent=2) + "\n"


def in_json(kind: str, text: str) -> bool | int | float | str:
    """Return the answer ``text`` to a question of ``kind`` as JSON has it."""
    if kind == YES_NO:
        return text == "true"
    if kind == WHOLE:
        return int(text)
    return float(text) if kind == NUMBER else text


def _plain(node: Any) -> Any:
    if is_dataclass(node):
        pairs = ((_camel(field.name), getattr(node, field.name)) for field in fields(node))
        return {key: _plain(value) for key, value in pairs if value not in ("", (), None)}
    return [_plain(item) for item in node] if isinstance(node, tuple) else node


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
