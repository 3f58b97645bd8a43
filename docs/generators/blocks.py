"""The generated blocks inside pages that people write: the answer of 2015, the comparison, counts, and what we are sure of."""

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from generators.markdown import table
from mtus.reasoner.compare import Comparison, compare, read_decisions
from mtus.reasoner.determine import PRECEDENCE
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.tables import provision_rows
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination

_BLOCK = re.compile(r"(?P<start><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end of generated part -->)", re.DOTALL)
_CUT = "[…]"


def fill_blocks(text: str, root: Path) -> str:
    """Return ``text`` with every generated block as it is now."""
    return _BLOCK.sub(lambda match: f"{match['start']}{BLOCKS[match['name']](root).strip()}\n{match['end']}", text)


@lru_cache(maxsize=2)
def _case_of_2015(root: Path) -> Determination:
    path = root / "examples" / "imr-2015" / "case.json"
    return determine(path.read_bytes(), name=path.name)


def short_answer(root: Path) -> str:
    """Return the letter for the case of 2015 without its lesser parts; every line of it stands in the full letter."""
    knowledge = load_knowledge()
    full = _case_of_2015(root)
    short = to_letter(replace(full, requests=tuple(_shortened(r) for r in full.requests)), knowledge)
    present = {line.strip() for line in to_letter(full, knowledge).splitlines()}
    # the list of documents ends at the first empty line
    text = re.sub(r"^Documents searched.*?\n\n", f"{_CUT}\n\n", short.split("Review by a physician")[0], flags=re.DOTALL | re.MULTILINE)
    lines: list[str] = []
    for line in map(str.rstrip, text.splitlines()):
        if line and line != _CUT and line.strip() not in present:
            raise ValueError(f"not a line of the letter: {line}")
        if line or (lines and lines[-1]):
            lines.append(line)
    body = "\n".join(lines).rstrip()
    return f"```text\n{body}\n\n{_CUT}\n```"


def _shortened(r: RequestDetermination) -> RequestDetermination:
    relied = tuple(reason for reason in r.reasons if reason.relied_on)
    grounds = {reason.about for reason in relied}
    kept = tuple(_bare(a) for a in r.criteria if a.criterion in grounds and local_name(a.status) == "contradicted")
    return replace(r, reasons=relied, criteria=kept, recommended_by=())


def _bare(a: Assessment) -> Assessment:
    return replace(a, parts=(), sought=(), reading=None)


def comparison(root: Path) -> str:
    """Return the human decisions of 2015 beside ours, as `mtus compare` gives them."""
    found = compare(_case_of_2015(root), read_decisions(root / "examples" / "imr-2015" / "human-decision.json"))
    head = (
        "Request",
        "Outcome: human / here",
        "Reason: human / here",
        "Pages: human / here",
        "Provisions the human relied on, found here",
        "Found here, not named there",
        "Agrees",
    )
    rows = [
        (
            c.label, f"{c.human.disposition} / {c.disposition}", f"{c.human.reason_kind} / {', '.join(c.reason_kinds)}",
            f"{', '.join(c.human.pages)} / {', '.join(c.pages)}", _relied(c), ", ".join(c.unnamed) or "none", "yes" if c.agrees else "no",
        )
        for c in found
    ]  # fmt: skip
    return table(head, rows)


def _relied(c: Comparison) -> str:
    return ", ".join(c.found) + (f"; missed: {', '.join(c.missed)}" if c.missed else "")


def coverage(_root: Path) -> str:
    """Return how many provisions and criteria there are, by section."""
    knowledge = load_knowledge()
    rows = provision_rows(knowledge, None)
    guidelines = knowledge.guidelines
    result = []
    for section in guidelines.sections.values():
        own = [row for row in rows if row["topic"] == local_name(section.iri)]
        if own:
            criteria = sum(int(row["criteria"]) for row in own)
            encoded = sum(row["encoded"] == "yes" for row in own)
            result.append((section.label, section.page, len(own), encoded, len(own) - encoded, criteria))
    total = tuple(sum(int(row[i]) for row in result) for i in range(2, 6))
    cells = [tuple(str(value) for value in row) for row in result]
    cells.append(("**All**", "", *(f"**{value}**" for value in total)))
    head = ("Section of the edition of 2009", "Pages", "Provisions", "Encoded", "Not encoded, with the reason", "Criteria")
    return table(head, cells)


def confidence(_root: Path) -> str:
    """Return how sure we are of the provisions, by section."""
    knowledge = load_knowledge()
    rows = provision_rows(knowledge, None)
    levels = sorted(knowledge.guidelines.confidence_order, key=knowledge.guidelines.confidence_order.__getitem__)
    names = [local_name(level) for level in levels]
    counts = Counter((row["topic"], row["confidence"]) for row in rows)
    topics = list(dict.fromkeys(row["topic"] for row in rows))
    cells = [(topic, *(str(counts[topic, name]) for name in names)) for topic in topics]
    total = Counter(row["confidence"] for row in rows)
    cells.append(("**all**", *(f"**{total[name]}**" for name in names)))
    return table(("Section", *names), cells)


def sections_not_encoded(_root: Path) -> str:
    """Return the sections of the encoded editions that are known and not encoded, and the editions without provisions."""
    guidelines = load_knowledge().guidelines
    lines = [f"- Section “{s.label}” (p. {s.page}): {s.not_encoded_because}" for s in guidelines.sections.values() if not s.is_encoded]
    lines += [
        f"- Edition “{e.label}”: in force from {e.effective_from}; only its dates are known here."
        for e in guidelines.editions.values()
        if not e.is_encoded
    ]
    return "\n".join(lines)


def editions(_root: Path) -> str:
    """Return the editions with their dates and bases."""
    knowledge = load_knowledge()
    rows = [
        (e.label, e.effective_from.isoformat(), e.effective_to.isoformat() if e.effective_to else "open",
         ", ".join(knowledge.vocabulary.label(b) for b in e.selects_by), "yes" if e.is_encoded else "no", e.instrument)
        for e in knowledge.guidelines.editions.values()
    ]  # fmt: skip
    return table(("Edition", "From", "To", "Selected by", "Provisions encoded", "Adopted by"), rows)


def interpretations(_root: Path) -> str:
    """Return the named readings of vague words."""
    criteria = load_knowledge().guidelines.criteria.values()
    rows = [
        (
            local_name(c.iri),
            c.interpretation.words,
            c.interpretation.label,
            "; ".join(f"{k}: {v}" for k, v in c.interpretation.parameters),
            "yes" if c.alternative else "no",
        )
        for c in criteria
        if c.interpretation
    ]
    return table(("Criterion", "Words", "Read as", "Parameters", "Other reading encoded"), rows)


def precedence(_root: Path) -> str:
    """Return the order in which answers are looked for, from the code's own table."""
    rows = [(str(n), answer.value, rule.__name__.strip("_").replace("_", " ")) for n, (answer, rule) in enumerate(PRECEDENCE, 1)]
    rows.append((str(len(rows) + 1), "not-addressed", "nothing of the above"))
    return table(("Order", "Answer", "Rule in `reasoner/determine.py`"), rows)


def modules(root: Path) -> str:
    """Return the modules of the reasoner with the first sentence of their own words."""
    rows = []
    for path in sorted((root / "reasoner").glob("*.py")):
        told = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        if path.stem not in ("__init__", "__main__"):
            rows.append((f"`{path.stem}`", told.split("\n\n")[0]))
    return table(("Module", "In its own words"), rows)


BLOCKS: dict[str, Callable[[Path], str]] = {
    "answer-2015": short_answer,
    "comparison-2015": comparison,
    "coverage": coverage,
    "confidence": confidence,
    "editions": editions,
    "interpretations": interpretations,
    "precedence": precedence,
    "modules": modules,
}
