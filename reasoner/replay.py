"""Compute a stored determination again, and say whether the same comes out."""

from dataclasses import dataclass, replace

from mtus.reasoner.assess import Assessed
from mtus.reasoner.case_graphs import case_graphs, graph_names
from mtus.reasoner.difference import Difference, ValueChange, difference
from mtus.reasoner.errors import stored_error
from mtus.reasoner.graph import Triple, from_quads
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.receipt import was_made_with
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.stored import Stored, unnamed
from mtus.reasoner.trace import Determination
from mtus.reasoner.written import quads_of


@dataclass(frozen=True)
class Replayed:
    """A stored determination computed again: what comes out now, and how it differs from what was stored."""

    determination: Determination
    difference: Difference

    @property
    def is_identical(self) -> bool:
        """Whether the same came out, to the last value."""
        return not self.difference


def replay(stored: Stored, knowledge: Knowledge, name: str, case: bytes | None = None, case_name: str = "case", *,
           settings: Settings = DEFAULT) -> Replayed:  # fmt: skip
    """Compute ``stored`` again, from the facts in it, or from the ``case`` where one is given.

    ``name`` and ``case_name`` are what errors call the two files. Raises :class:`StoredError` where there are no facts, and
    :class:`CaseError` where they make no case.
    """
    if case is None:
        if not stored.facts:
            raise stored_error("facts-missing", name, "The file does not hold the facts of the case.",
                             "Name the case with --case, or store the determination with `mtus determine --format json`.")  # fmt: skip
        found, assessed = determine_with_facts(stored.facts.encode(), name=f"{name}, facts", syntax="n-quads", knowledge=knowledge,
                                               settings=settings)  # fmt: skip
    else:
        found, assessed = determine_with_facts(case, name=case_name, knowledge=knowledge, settings=settings)
    before = stored.determination
    if not stored.facts:
        # what was left out on purpose is no difference
        found = replace(found, stated_facts="")
    told = difference(before, found)
    return Replayed(found, replace(told, others=(*told.others, *_beside(stored, found, assessed, knowledge))))


def refuse_altered(stored: Stored, knowledge: Knowledge, name: str, settings: Settings = DEFAULT) -> str:
    """Raise :class:`StoredError` where ``stored`` is not what the reasoner determined; ``name`` is what errors call the file.

    That can be said only where it was made with this knowledge and release, and holds its facts; otherwise return why not.
    """
    if not stored.facts:
        return f"{name} does not hold the facts of the case, so it was not determined again."
    if not was_made_with(stored.determination.receipt, knowledge):
        return f"{name} was made with other knowledge or another release, so it was not determined again; see `mtus replay`."
    if not replay(stored, knowledge, name, settings=settings).is_identical:
        raise stored_error("determination-altered", name, "The reasoner does not determine this from the facts in it: it was changed.",
                         "Determine the case again; `mtus replay` shows what was changed.")  # fmt: skip
    return ""


def _beside(stored: Stored, found: Determination, assessed: Assessed, knowledge: Knowledge) -> tuple[ValueChange, ...]:
    """Return the conclusions and the rows of the report that only the file holds, or only the reasoner gives."""
    if stored.inferences is None and stored.report is None:
        return ()
    graphs = case_graphs(found, assessed, knowledge).graphs
    _, inferences, report, _, _ = graph_names(found.case, found.id)
    changes: list[ValueChange] = []
    for what, held, name in (("inferences", stored.inferences, inferences), ("report", stored.report, report)):
        if held is not None:
            drawn = frozenset(unnamed(from_quads(quads_of({name: graphs[name]})), found))
            changes += [ValueChange(f"{what}: {_told(t)}", "stored", "") for t in sorted(held - drawn, key=str)]
            changes += [ValueChange(f"{what}: {_told(t)}", "", "drawn") for t in sorted(drawn - held, key=str)]
    return tuple(changes)


def _told(triple: Triple) -> str:
    subject, predicate, value = triple
    return f"{subject} {predicate} {value if isinstance(value, str) else value.value}"
