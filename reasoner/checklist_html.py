"""A checklist as one self-contained HTML page to print or to fill in on paper, made from its FHIR Questionnaire."""

from collections.abc import Iterator
from html import escape

from mtus.reasoner.checklist_fhir import Resource, to_questionnaire
from mtus.reasoner.checklist_model import CHOICE, DAY, YES_NO, Checklist
from mtus.reasoner.knowledge import Knowledge

_STYLE = """
body { font: 11pt/1.4 sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
section { margin: .5rem 0 .5rem 1rem; }
main > section { margin-left: 0; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.2rem; border-bottom: 1px solid #999; }
h3, h4, h5, h6 { font-size: 1rem; margin: .6rem 0 .2rem; }
p { margin: .2rem 0; }
.note { color: #555; font-size: .85em; }
.line { display: inline-block; min-width: 9rem; border-bottom: 1px solid #333; }
.box { display: inline-block; width: .8em; height: .8em; border: 1px solid #333; margin: 0 .3em 0 .8em; }
.required::after { content: " *"; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid-page; } main > section { break-inside: auto; } }
""".strip()
_LEGEND = (
    "yes: a document on file says that it is so. no: a document says that it is not so. Tick neither where no document speaks of it. "
    "*: without it the request is not supported, where it is asked at all. [not verified]: general knowledge of the guideline."
)
_MOST_BOXES = 30


def to_html(checklist: Checklist, knowledge: Knowledge) -> str:
    """Return ``checklist`` as an HTML page; nothing in it is loaded from elsewhere."""
    resource = to_questionnaire(checklist, knowledge)
    body = "\n".join(line for item in resource["item"] for line in _item(item, 2))
    title = escape(resource["title"])
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n'
        f"<body>\n<main>\n<h1>{title}</h1>\n<p>{escape(resource['description'])} {escape(resource['purpose'])}</p>\n"
        f'<p class="note">{escape(_LEGEND)}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _item(item: Resource, level: int) -> Iterator[str]:
    if item["type"] == "display":
        yield f'<p class="note">{escape(item["text"])}</p>'
        return
    if item["type"] == "group":
        heading = f"h{min(level, 6)}"
        yield f"<section>\n<{heading}>{escape(item['text'])}</{heading}>"
        for inner in item["item"]:
            yield from _item(inner, level + 1)
        yield "</section>"
        return
    required = ' class="required"' if item.get("required") else ""
    yield f"<p><span{required}>{escape(item['prefix'])} {escape(item['text'])}</span>{_blank(item)}</p>"
    for inner in item["item"]:
        yield from _item(inner, level + 1)


def _blank(item: Resource) -> str:
    options = [option["valueCoding"]["display"] for option in item.get("answerOption", ())]
    if item["type"] == YES_NO:
        options = ["yes", "no"]
    if options and len(options) <= _MOST_BOXES:
        return "".join(f'<span class="box"></span>{escape(option)}' for option in options)
    hint = " year-month-day" if item["type"] == DAY else f" one of {len(options)}" if item["type"] == CHOICE else ""
    return f' <span class="line"></span><span class="note">{hint}</span>'
