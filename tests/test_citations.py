"""From shape to criterion to provision to section to edition without a gap, and every provision of the encoded sections is there."""

import re
from collections.abc import Iterator

import pytest
from mutation import nodes_of, shapes_of
from test_cases import SHAPES

from mtus.reasoner.guideline import Provision
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.namespaces import GUIDELINE, MTUS, local_name

KNOWLEDGE = load_knowledge()
GUIDELINES = KNOWLEDGE.guidelines
EDITION = GUIDELINE + "chronic-pain-2009/edition"


def numbered(prefix: str, first: int, last: int, width: int = 1) -> list[str]:
    return [f"{prefix}-{n:0{width}d}" for n in range(first, last + 1)]


# The provisions of the sections as the table of the domain lists them.
EXPECTED = {
    "general-rules": numbered("G", 1, 15, 2),
    "massage-therapy": numbered("MAS", 1, 5),
    "physical-medicine": numbered("PM", 1, 10),
    "manual-therapy-and-manipulation": numbered("MAN", 1, 13),
    "epidural-steroid-injections": [
        f"ESI-{n}" for n in ("0", "1a", "1b", "2", "3", "4", "5", "6", "7a", "7b", "7c", "8a", "8b", "9", "10", "11", "12")
    ],
    "tens": numbered("TEN", 0, 11),
    "trigger-point-injections": numbered("TPI", 0, 8),
}


def split_off(identifier: str) -> str:
    """Return the provision of the table that ``identifier`` belongs to: TPI-8a is the second half of TPI-8."""
    section = next((s for s in EXPECTED if EXPECTED[s][0].split("-")[0] == identifier.split("-", maxsplit=1)[0]), "")
    return identifier if identifier in EXPECTED.get(section, ()) else identifier.rstrip("abcdef")


@pytest.mark.parametrize("section", sorted(EXPECTED))
def test_every_provision_of_the_section_is_there(section: str) -> None:
    found = {p.id for p in GUIDELINES.provisions.values() if local_name(p.section) == section}
    assert set(EXPECTED[section]) <= found
    assert {split_off(p) for p in found} <= set(EXPECTED[section])


def test_every_encoded_section_is_expected() -> None:
    encoded = {local_name(s.iri) for s in GUIDELINES.sections.values() if s.is_encoded and s.edition == EDITION}
    assert encoded == set(EXPECTED)


def test_every_provision_is_encoded_or_takes_a_stance_or_says_why_not() -> None:
    encoded = {c.provision for c in GUIDELINES.criteria.values()}

    def gaps() -> Iterator[str]:
        for p in GUIDELINES.provisions.values():
            works = p.iri in encoded or local_name(p.stance) in ("recommends", "does-not-recommend")
            if not works and len(p.not_encoded_because) < 20:
                yield f"{p.id} is neither encoded nor takes a stance, and does not say why"
            if works and p.not_encoded_because:
                yield f"{p.id} works and says why it does not"

    assert not list(gaps())


def pages(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def test_pages_lie_in_the_section() -> None:
    def gaps() -> Iterator[str]:
        for p in GUIDELINES.provisions.values():
            if p.instrument:  # its page, where it has one, is one of the instrument
                continue
            if not re.fullmatch(r"\d+(-\d+)?", p.page):
                yield f"{p.id}: {p.page!r} is no page"
                continue
            first, last = pages(GUIDELINES.sections[p.section].page)
            low, high = pages(p.page)
            if not first <= low <= high <= last:
                yield f"{p.id}: page {p.page} does not lie in {first}-{last}"

    assert not list(gaps())


def test_every_criterion_leads_to_an_edition_in_force_for_some_time() -> None:
    for criterion in GUIDELINES.criteria.values():
        provision = GUIDELINES.provisions[criterion.provision]
        section = GUIDELINES.sections[provision.section]
        edition = GUIDELINES.editions[section.edition]
        assert section.is_encoded, criterion.iri
        assert edition.is_encoded, criterion.iri
        assert provision.edition == section.edition, criterion.iri
        assert edition.effective_from < (edition.effective_to or edition.effective_from.max), criterion.iri
        assert KNOWLEDGE.citation(provision), criterion.iri


def test_a_criterion_is_named_after_its_provision() -> None:
    def base(provision: Provision) -> str:
        return re.sub(r"[a-z]$", "", provision.id)

    wrong = [
        local_name(c.iri)
        for c in GUIDELINES.criteria.values()
        if not re.match(rf"{base(GUIDELINES.provisions[c.provision])}[a-z]?\.", local_name(c.iri))
    ]
    assert not wrong


def test_every_shape_of_a_guideline_belongs_to_one_criterion() -> None:
    owners: dict[str, list[str]] = {}
    for criterion in GUIDELINES.criteria.values():
        for shape in shapes_of(criterion):
            owners.setdefault(shape, []).append(criterion.iri)
    assert all(len(found) == 1 for found in owners.values())
    targeted = {iri for iri in KNOWLEDGE.shape_model.targeted if iri.startswith(GUIDELINE)}
    assert targeted == set(owners)


def test_every_property_shape_is_used() -> None:
    used = {node for c in GUIDELINES.criteria.values() for shape in shapes_of(c) for node in nodes_of(KNOWLEDGE.shapes, shape)}
    used |= {node for c in GUIDELINES.criteria.values() for node in KNOWLEDGE.shapes.nodes(c.holds, MTUS + "reads")}
    named = {iri for iri in KNOWLEDGE.shape_model.all if iri.startswith(GUIDELINE)}
    assert named <= used, f"no criterion uses {sorted(local_name(i) for i in named - used)}"


def test_a_topic_says_only_what_its_section_says() -> None:
    """The folder of a topic is called as its section, and encodes only provisions of it."""
    for folder in (p.parent for p in SHAPES.glob("*/*/provisions.ttl")):
        names = {
            name
            for path in folder.glob("*.ttl")
            for name in re.findall(r"^cp:([\w.-]+) a mtus:(?:Criterion|Provision)", path.read_text("utf-8"), re.M)
        }
        provisions = {name.split(".")[0] for name in names if "." not in name}
        assert {split_off(p) for p in provisions} == set(EXPECTED[folder.name]), folder.name
        sections = {local_name(KNOWLEDGE.provision_of(c).section) for c in GUIDELINES.criteria.values() if local_name(c.iri) in names}
        assert sections <= {folder.name}, folder.name
