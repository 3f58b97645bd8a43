"""Every case file below shapes/ is determined, and its status, answer and grounds are those that its expected file names.

A case file is called ``<what-is-special>__<status>.ttl``: the status of the one criterion that the case is about. Beside it stands
``<same>.expected.json``. Where a shape broke, the expected file names it with its focus and value, so that a case cannot fail for
another reason than the one that it was written for; ``given`` is the kind of reason that the criterion itself gives for the answer.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from mtus.reasoner.assess import Statuses
from mtus.reasoner.graph import Literal
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.rows import Row

SHAPES: Final = Path(__file__).parent.parent / "shapes"
STATUSES: Final = {status.value for status in Status}
EXPECTED: Final = ".expected.json"


@dataclass(frozen=True)
class CaseFile:
    """A case file and what it expects."""

    path: Path
    expected: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """The folder of the topic, such as ``massage-therapy``."""
        return self.path.parent.parent.name

    @property
    def name(self) -> str:
        """Topic and file name, as pytest shows them."""
        return f"{self.topic}/{self.path.stem}"

    @property
    def status(self) -> str:
        """The status in the file name."""
        return self.path.stem.rsplit("__", 1)[-1]


def case_folders() -> list[Path]:
    return sorted(folder for folder in SHAPES.glob("*/*/cases") if folder.is_dir())


@cache
def case_files() -> tuple[CaseFile, ...]:
    """Return all case files that have an expected file, by topic and name."""
    found = []
    for path in sorted(p for folder in case_folders() for p in folder.glob("*.ttl")):
        expected = path.with_name(path.stem + EXPECTED)
        if expected.exists():
            found.append(CaseFile(path, json.loads(expected.read_text(encoding="utf-8"))))
    return tuple(found)


@cache
def facts_of(path: Path) -> Facts:
    return load_case(path.read_bytes(), load_knowledge(), name=path.name)


def criterion_of(case: CaseFile, knowledge: Knowledge) -> Criterion:
    """Return the criterion that ``case`` is about."""
    return next(c for c in knowledge.guidelines.criteria.values() if local_name(c.iri) == case.expected["criterion"])


def request_of(case: CaseFile, facts: Facts) -> str:
    """Return the IRI of the request that ``case`` is about."""
    return next(s for s, p, _ in facts.stated if p == MTUS + "requestsTreatment" and local_name(s) == case.expected["request"])


def observed(criterion: Criterion, request: str, statuses: Statuses, rows: Iterable[Row], knowledge: Knowledge) -> dict[str, Any]:
    """Return what became of ``criterion``: status, statuses of its parts, and what broke, in the form of an expected file."""
    status = statuses.read[criterion.iri, request]
    found: dict[str, Any] = {"criterion": local_name(criterion.iri), "request": local_name(request), "status": status.value}
    if criterion.alternative:
        found["otherReading"] = statuses.alternative[criterion.iri, request].value
    if criterion.parts:
        found["parts"] = {local_name(iri): statuses.read[iri, request].value for iri in criterion.parts}
    broken = {Status.UNDOCUMENTED: criterion.on_file, Status.CONTRADICTED: criterion.holds}.get(status)
    failing = [row for row in rows if row.node_shape == broken and row.focus == request] if broken else []
    if failing:
        found["broken"] = [_row(row) for row in failing]
    provision = knowledge.provision_of(criterion)
    found["page" if provision.page else "instrument"] = provision.page or provision.instrument
    return found


def _row(row: Row) -> dict[str, str]:
    value = {"value": row.value.value} if isinstance(row.value, Literal) else {}
    return {"shape": row.source_shape, "focus": local_name(row.focus), **value}


def outcome(case: CaseFile, knowledge: Knowledge) -> dict[str, Any]:
    """Determine ``case`` and return what came out, in the form of its expected file."""
    determination, assessed = determine_with_facts(case.path.read_bytes(), name=case.path.name, knowledge=knowledge)
    request = request_of(case, assessed.facts)
    determined = next(r for r in determination.requests if r.request == request)
    criterion = criterion_of(case, knowledge)
    found = observed(criterion, request, assessed.statuses, assessed.rows, knowledge)
    answer: dict[str, Any] = {
        "answer": local_name(determined.answer),
        "reasons": sorted({local_name(reason.kind) for reason in determined.reasons}),
    }
    if local_name(criterion.role) != "part" and criterion.iri not in {assessment.criterion for assessment in determined.criteria}:
        answer["listed"] = False
    given = [local_name(reason.kind) for reason in determined.reasons if reason.about == criterion.iri]
    if given:
        answer["given"] = given[0]
    recommending = sorted(local_name(r.about) for r in determined.reasons if local_name(r.kind) in ("recommended", "not-recommended"))
    if recommending:
        answer["provisions"] = recommending
    if determined.suggestion:
        answer["suggested"] = determined.suggestion.supported
    return found | answer


@pytest.mark.parametrize("case", case_files(), ids=lambda case: case.name)
def test_case(case: CaseFile) -> None:
    found = outcome(case, load_knowledge())
    differing = [key for key in sorted({*found, *case.expected}) if found.get(key) != case.expected.get(key)]
    told = "\n".join(f"  {key}: expected {case.expected.get(key)!r}, found {found.get(key)!r}" for key in differing)
    note = next(o.value for _, p, o in facts_of(case.path).stated if p == MTUS + "note" and isinstance(o, Literal))
    assert not differing, f"{case.name} ({note})\n{told}"
    assert found["status"] == case.status, f"{case.path.name} is named for the status {case.status}, which is {found['status']}"


def test_there_are_cases() -> None:
    assert len(case_files()) > 300


def test_names_and_orphans() -> None:
    problems = []
    for folder in case_folders():
        names = {p.name for p in folder.iterdir()}
        for name in sorted(names):
            stem = name.removesuffix(EXPECTED).removesuffix(".ttl")
            if stem.rsplit("__", 1)[-1] not in STATUSES or "__" not in stem:
                problems.append(f"{folder.parent.name}/{name}: the name has to end in __ and one of {sorted(STATUSES)}")
            partner = stem + (".ttl" if name.endswith(EXPECTED) else EXPECTED)
            if partner not in names:
                problems.append(f"{folder.parent.name}/{name}: {partner} is missing")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("topic", sorted({case.topic for case in case_files()}))
def test_cases_are_labelled_synthetic_and_say_what_is_special(topic: str) -> None:
    for case in (c for c in case_files() if c.topic == topic):
        facts = facts_of(case.path)
        said = {p: o for s, p, o in facts.stated if s == facts.case}
        note = said.get(MTUS + "note")
        assert said.get(MTUS + "synthetic") == Literal("true", "http://www.w3.org/2001/XMLSchema#boolean"), case.name
        assert isinstance(note, Literal), case.name
        assert 20 < len(note.value) < 200, case.name
        assert "\n" not in note.value, case.name


def test_no_two_cases_state_the_same_facts() -> None:
    seen: dict[tuple[frozenset[tuple[str, str, str]], str], str] = {}
    for case in case_files():
        facts = facts_of(case.path)
        stated = frozenset(
            (local_name(s), p, o.value if isinstance(o, Literal) else local_name(o)) for s, p, o in facts.stated if p != MTUS + "note"
        )
        key = (stated, case.expected["criterion"])
        assert key not in seen, f"{case.name} states the same facts about the same criterion as {seen[key]}"
        seen[key] = case.name
