"""The three kinds of `mtus diff`: between editions, between stored determinations, between versions of the knowledge."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from mtus.reasoner.as_if import as_if_in_force, named_edition
from mtus.reasoner.difference import Difference, ReasonGiven, difference
from mtus.reasoner.errors import CaseError, stored_error
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.stored import Found, one_determination
from mtus.reasoner.trace import Determination


@dataclass(frozen=True)
class CaseDiff:
    """What differs for one case: the names of case, before and after; ``refused`` says which of the two refuses the case, and why."""

    case: str
    before: str
    after: str
    difference: Difference
    refused: tuple[str, str] = ("", "")

    @property
    def differs(self) -> bool:
        """Whether an answer or a criterion differs, or only one of the two refuses the case."""
        return bool(self.difference.answers or self.difference.criteria) or bool(self.refused[0]) is not bool(self.refused[1])


def between_editions(content: bytes, name: str, first: str, second: str, knowledge: Knowledge) -> CaseDiff:
    """Determine the case in ``content`` under two editions, each as if it were the one in force, and return what differs.

    Only answers, reasons and criteria are told. Sentences about which edition the dates select would not be true here.

    ``first`` and ``second`` name the editions (:func:`mtus.reasoner.as_if.named_edition`). Raises :class:`CaseError` where an edition is
    not known, and where the case is wrong.
    """
    editions = [named_edition(given, knowledge) for given in (first, second)]
    before, after = (determine(content, name=name, knowledge=as_if_in_force(edition, knowledge)) for edition in editions)
    told = difference(before, after)
    answers = tuple(
        replace(a, reasons_gone=_untold(a.reasons_gone, knowledge), reasons_come=_untold(a.reasons_come, knowledge)) for a in told.answers
    )
    return CaseDiff(name, editions[0].name, editions[1].name, Difference(answers, told.criteria))


def _untold(reasons: tuple[ReasonGiven, ...], knowledge: Knowledge) -> tuple[ReasonGiven, ...]:
    """Return ``reasons``, those about an edition without their words."""
    return tuple(replace(reason, text="") if reason.about in knowledge.guidelines.editions else reason for reason in reasons)


def between_determinations(old: Found, new: Found) -> CaseDiff:
    """Return how the stored determination in ``new`` differs from that in ``old``; raise :class:`StoredError` for two cases."""
    before, after = one_determination(old).determination, one_determination(new).determination
    if before.case != after.case:
        raise stored_error("different-cases", new.name, f"It is about {after.case}, and {old.name} about {before.case}.",
                         "Compare two determinations of one case.")  # fmt: skip
    return CaseDiff(local_name(before.case), old.name, new.name, difference(before, after))


def between_folders(old: Path, new: Path, cases: Iterable[tuple[bytes, str]] | None = None) -> list[CaseDiff]:
    """Determine ``cases`` (contents and names; the examples that ship, where None) under two folders of knowledge.

    Raises :class:`StoredError` where a folder holds no knowledge, :class:`KnowledgeError` where what it holds is wrong.
    """
    knowledge = [_knowledge(folder) for folder in (old, new)]
    return [_under_both(content, name, knowledge, (str(old), str(new))) for content, name in (cases or _examples())]


def _under_both(content: bytes, name: str, knowledge: list[Knowledge], names: tuple[str, str]) -> CaseDiff:
    found: list[Determination | None] = []
    refused = []
    for each in knowledge:
        try:
            found.append(determine(content, name=name, knowledge=each))
            refused.append("")
        except CaseError as error:
            found.append(None)
            refused.append(str(error.problems[0]))
    before, after = found
    told = difference(before, after) if before and after else Difference()
    return CaseDiff(name, *names, told, (refused[0], refused[1]))


def _knowledge(folder: Path) -> Knowledge:
    if not (folder / "ontology").is_dir() or not (folder / "shapes").is_dir():
        raise stored_error("no-knowledge-folder", str(folder), "There are no folders ontology/ and shapes/ in it.",
                         "Name two folders of knowledge, such as two checkouts, or two stored determinations.")  # fmt: skip
    return load_knowledge(folder.resolve())


def _examples() -> list[tuple[bytes, str]]:
    """Return the cases that ship with the project."""
    folder = Path(str(files("mtus.examples")))
    paths = [*sorted(folder.glob("*/case.json")), *sorted(folder.glob("*/variants/*.json"))]
    return [(path.read_bytes(), path.relative_to(folder).as_posix()) for path in paths if path.parent.name != "skeletons"]
