"""Determine a folder of cases and hold each against the human decision beside it: one row for each request, nothing left out.

Each folder below the one that is given is an entry: a case file ``case.*`` with ``human-decision.json`` beside it, or an
``entry.json`` that names both by their paths from there. What the measures say of the rows is in
:mod:`mtus.reasoner.concordance_summary`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mtus.reasoner.compare import Comparison, check_words, compare, read_decision_file
from mtus.reasoner.determine import ReasonKind
from mtus.reasoner.errors import MtusError, Problem, case_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import read_case_file
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.strict_json import parse_json
from mtus.reasoner.trace import Determination, RequestDetermination

DECISION: Final = "human-decision.json"
ENTRY: Final = "entry.json"
_ENTRY_KEYS: Final = ("case", "decision", "note")
# The kinds of reason that say that the guideline speaks, or may speak, where our knowledge does not reach; and that it is silent.
_NOT_COVERED: Final = {ReasonKind.EDITION_NOT_ENCODED.iri, ReasonKind.SECTION_NOT_ENCODED.iri, ReasonKind.NO_PROVISION.iri}


@dataclass(frozen=True)
class Row:
    """One request of one entry.

    ``gap`` is the kind of reason for which our knowledge gives no answer, and empty where it does; ``comparison`` is None where
    there is no human decision. ``trace`` is the determination with this request alone, kept where there is something to look into:
    where the two do not agree, and where there is a gap.
    """

    entry: str
    stage: str
    request: str
    label: str
    gap: str
    known_in_part: bool
    comparison: Comparison | None
    trace: Determination | None

    @property
    def stands(self) -> bool:
        """Whether there is a human decision that was not set aside later."""
        return self.comparison is not None and not self.comparison.human.set_aside

    @property
    def counts(self) -> bool:
        """Whether the measures of agreement count the request: it is covered, and there is a human decision that stands."""
        return self.stands and not self.gap


@dataclass(frozen=True)
class Failure:
    """An entry that could not be used, with what is wrong; ``exit_code`` says who can mend it (see :mod:`mtus.reasoner.errors`)."""

    entry: str
    problems: tuple[Problem, ...]
    exit_code: int


@dataclass(frozen=True)
class Concordance:
    """All rows and failures, in the order of the names of the entries, and how many entries there are."""

    entries: int
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


def concordance(folder: Path, knowledge: Knowledge, watch: Callable[[list[Path]], Iterable[Path]] = iter) -> Concordance:
    """Return the concordance of the entries in ``folder``; ``watch`` may wrap them, to show how far the work is.

    An entry that cannot be used is a failure among the others. Raises :class:`CaseError` where there is no such folder, or none
    in it.
    """
    rows: list[Row] = []
    failures: list[Failure] = []
    entries = entries_of(folder)
    for entry in watch(entries):
        try:
            rows += _rows(entry, knowledge)
        except MtusError as error:
            failures.append(Failure(entry.name, error.problems, error.exit_code))
    return Concordance(len(entries), tuple(rows), tuple(failures))


def entries_of(folder: Path) -> list[Path]:
    """Return the folders below ``folder``, by name; those whose names begin with a dot or an underscore are no entries."""
    try:
        found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    except OSError as error:
        raise case_error("no-folder", str(folder), f"The folder cannot be read: {error.strerror}.", "Name a folder of cases.") from error
    if not found:
        raise case_error("no-cases", str(folder), "No folder is in it, so there is no case to compare.",
                         f"Put each case into a folder of its own, with {DECISION} beside it.")  # fmt: skip
    return found


def _rows(entry: Path, knowledge: Knowledge) -> list[Row]:
    case, decision = _files(entry)
    file = read_decision_file(decision)
    determination = determine(read_case_file(case), name=f"{entry.name}/{case.name}", knowledge=knowledge)
    check_words(determination, file, f"{entry.name}/{decision.name}", knowledge)
    if file.case not in ("", determination.case):
        raise case_error("decision-file", f"{entry.name}/{decision.name}#/case",
                         f"The decisions are about {file.case}, and the case is {determination.case}.",
                         "Put each decision beside its case.")  # fmt: skip
    compared = {comparison.request: comparison for comparison in compare(determination, file.decisions)}
    by_iri = {request.request: request for request in determination.requests}
    rows = []
    for request in determination.requests:
        gap, comparison = _gap(request, by_iri), compared.get(request.request)
        is_plain = not gap and (comparison is None or comparison.agrees)
        trace = None if is_plain else replace(determination, requests=(request,))
        rows.append(Row(entry.name, determination.stage, request.request, request.label, gap, file.known_in_part, comparison, trace))
    return rows


def _gap(request: RequestDetermination, by_iri: Mapping[str, RequestDetermination]) -> str:
    """Return the kind of reason for which our knowledge does not reach; a request that waits for its primary shares its gap."""
    for reason in request.reasons:
        if reason.kind in _NOT_COVERED:
            return local_name(reason.kind)
        if reason.kind == ReasonKind.PRIMARY_OPEN.iri and (gap := _gap(by_iri[reason.about], by_iri)):
            return gap
    return ""


def _files(entry: Path) -> tuple[Path, Path]:
    """Return the case file and the decision file of ``entry``."""
    named = entry / ENTRY
    if named.is_file():
        return _named(entry, named)
    cases = sorted(path for path in entry.glob("case.*") if path.is_file())
    if len(cases) != 1:
        told = ", ".join(path.name for path in cases)
        why = f"It has several case files: {told}." if cases else "It has no case file."
        raise case_error("entry", entry.name, why, f"Keep one file case.*, or name case and decision in {ENTRY}.")
    if not (entry / DECISION).is_file():
        raise case_error("entry", entry.name, "There is no human decision beside the case.", f"Write it down in {DECISION}.")
    return cases[0], entry / DECISION


def _named(entry: Path, path: Path) -> tuple[Path, Path]:
    where = f"{entry.name}/{ENTRY}"
    try:
        document = parse_json(path.read_text("utf-8-sig"), where, plain_numbers=True)
    except (OSError, UnicodeDecodeError) as error:
        raise case_error("entry", where, "It cannot be read as text.", "Write it as JSON in UTF-8.") from error
    known = isinstance(document, dict) and set(document) <= set(_ENTRY_KEYS)
    names = [document.get(key) for key in _ENTRY_KEYS[:2]] if known else []
    if not names or not all(isinstance(name, str) and name for name in names):
        raise case_error("entry", where, "It does not name a case and a decision.",
                         f"Write an object with the keys {', '.join(_ENTRY_KEYS)}; the first two are paths from this folder.")  # fmt: skip
    return entry / names[0], entry / names[1]
