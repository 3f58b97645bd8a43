"""The reference of provisions and criteria, by section of the guideline."""

from pathlib import Path

from generators.blocks import coverage, editions, sections_not_encoded
from generators.markdown import page, table
from mtus.reasoner.guideline import Criterion, Section
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import local_name

_OWN_WORDS = "Statements are in our own words. *Confidence* says how sure we are of each; see [trust](../../explanation/trust.md)."


def guideline_pages(root: Path) -> dict[str, str]:
    """Return the index, and one page for each section with provisions."""
    knowledge = load_knowledge()
    pages = {}
    links = []
    for section in knowledge.guidelines.sections.values():
        if any(p.section == section.iri for p in knowledge.guidelines.provisions.values()):
            name = f"guideline/{local_name(section.edition.removesuffix('/edition'))}-{local_name(section.iri)}.md"
            pages[name] = _section(section, knowledge)
            links.append(f"- [{section.label}]({name.removeprefix('guideline/')}), p. {section.page}")
    index = page(
        "Provisions and criteria", _OWN_WORDS, "## Editions\n\n" + editions(root), "## Sections\n\n" + "\n".join(links),
        "## Counts\n\n" + coverage(root), "## Known and not encoded\n\n" + sections_not_encoded(root),
    )  # fmt: skip
    return {"guideline/index.md": index, **pages}


def _section(section: Section, knowledge: Knowledge) -> str:
    guidelines = knowledge.guidelines
    label = knowledge.vocabulary.label
    provisions = [p for p in guidelines.provisions.values() if p.section == section.iri]
    criteria = [c for c in guidelines.criteria.values() if guidelines.provisions[c.provision].section == section.iri]
    rows = [
        (
            p.id,
            p.page or p.instrument,
            label(p.kind),
            p.statement,
            local_name(p.confidence),
            p.source,
            _encoded(p.iri, p.not_encoded_because, criteria),
        )
        for p in provisions
    ]
    head = ("Provision", "Page or instrument", "Kind", "What it says, in our words", "Confidence", "Source", "Encoded")
    parts = ["## Provisions\n\n" + table(head, rows)]
    if criteria:
        parts.append("## Criteria\n\n" + table(
            ("Criterion", "It is required that", "Role", "Burden", "Missing facts", "Confidence", "Depends on", "Vague words read as"),
            [_criterion(c, knowledge) for c in criteria],
        ))  # fmt: skip
    return page(f"{section.label} (p. {section.page})", f"{guidelines.editions[section.edition].label}. {_OWN_WORDS}", *parts)


def _encoded(provision: str, because: str, criteria: list[Criterion]) -> str:
    own = [local_name(c.iri) for c in criteria if c.provision == provision]
    return ", ".join(own) or (f"no: {because}" if because else "by its stance alone")


def _criterion(c: Criterion, knowledge: Knowledge) -> tuple[str, ...]:
    label = knowledge.vocabulary.label
    named = [("only for", c.applies_to), ("only if", c.precondition), ("lifted by", c.exception)]
    lists = [("all of", c.all_of), ("any of", c.any_of), ("none of", c.none_of)]
    parts = [f"{relation} {local_name(iri)}" for relation, iri in named if iri]
    parts += [f"{relation} {', '.join(local_name(iri) for iri in iris)}" for relation, iris in lists if iris]
    reading = f"“{c.interpretation.words}”: {c.interpretation.label}" if c.interpretation else ""
    told = tuple(map(label, (c.role, c.burden, c.effect)))
    return (local_name(c.iri), c.requirement, *told, local_name(c.confidence), "; ".join(parts), reading)
