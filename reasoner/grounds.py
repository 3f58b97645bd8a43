"""What an assessment rests on: through its parts where it is composed of others, and in words where a letter says it."""

from collections.abc import Iterable

from mtus.reasoner.describe import day
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Assessment, Source, UsedFact

_OPPOSITE = {"met": "contradicted", "contradicted": "met"}


def where(sources: Iterable[Source]) -> str:
    """Return sources in words: ``progress note, 18 August 2015 (plan)``."""
    found = tuple(sources)
    told = "; ".join(", ".join(part for part in (s.label, day(s.date)) if part) for s in found)
    places = "; ".join(dict.fromkeys(s.place for s in found if s.place))
    return told + (f" ({places})" if places else "")


def fact_in_words(fact: UsedFact) -> str:
    """Return a fact with where it stands."""
    return f"{fact.label} — {where(fact.stated_in)}" if fact.stated_in else fact.label


def decisive(a: Assessment) -> tuple[Assessment, ...]:
    """Return the assessments that give ``a`` its status: itself, or where it is composed of others, those of them that do."""
    components = [part for part in a.parts if part.relation in ("all of", "any of", "none of")]
    if not components:
        return (a,)
    status = local_name(a.status)
    found: list[Assessment] = []
    for part in components:
        wanted = _OPPOSITE.get(status, status) if part.relation == "none of" else status
        if local_name(part.status) == wanted:
            found += decisive(part)
    return tuple(found)


def facts_of(a: Assessment) -> tuple[UsedFact, ...]:
    """Return the facts that give ``a`` its status, those of its components included, each once."""
    found = {(fact.about, fact.predicate, fact.value): fact for part in decisive(a) for fact in part.facts}
    return tuple(found.values())


def open_condition(a: Assessment) -> Assessment | None:
    """Return the precondition of ``a`` where all that is open about ``a`` may be whether that holds."""
    found = (part for part in a.parts if part.relation == "precondition")
    open_as = ("undocumented", "conflicting") if local_name(a.status) == "undocumented" else ("conflicting",)
    return next((part for part in found if local_name(part.status) in open_as), None)


def requirement_in_words(a: Assessment) -> str:
    """Return what ``a``, which is met, asks for as a sentence; where an exception applies, it need not be so."""
    excepted = any(part.relation == "exception" and local_name(part.status) == "met" for part in a.parts)
    return f"Unless an exception applies: {a.requirement}." if excepted else f"{a.requirement[:1].upper()}{a.requirement[1:]}."


def below_what_is_met(a: Assessment) -> list[str]:
    """Return what has to be said of ``a``, which is met: a reading of vague words that matters, and an exception that applies."""
    lines = []
    if a.reading and a.reading.other_status not in ("", a.status):
        lines.append(f"“{a.reading.words}” is read as: {a.reading.label}.")
    for part in a.parts:
        if part.relation == "exception" and local_name(part.status) == "met":
            told = "; ".join(fact_in_words(fact) for fact in facts_of(part))
            lines.append(f"An exception applies: {part.requirement}" + (f" ({told})." if told else "."))
    return lines
