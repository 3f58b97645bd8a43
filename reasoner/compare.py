"""Hold a determination against what a human reviewer decided: outcome, kind of reason and page, request by request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mtus.reasoner.determine import ReasonKind
from mtus.reasoner.errors import CaseError, Problem, case_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.strict_json import parse_json
from mtus.reasoner.trace import Determination, RequestDetermination

_DECISION_KEYS: Final = ("disposition", "reasonKind", "pages", "reliedOn", "item", "reason", "section", "date", "setAside", "note")
_FILE_KEYS: Final = ("case", "source", "knownInPart", "note", "requests")


@dataclass(frozen=True)
class HumanDecision:
    """What a human reviewer decided about one request, and the provisions relied on.

    ``reason_kind`` is empty where the decision is not known to give one, and so are ``pages`` and ``relied_on``. ``reason`` is what
    decided it, in words. ``set_aside`` says why the decision was set aside later, and is empty where it stands.
    """

    disposition: str
    reason_kind: str
    pages: tuple[str, ...]
    relied_on: tuple[str, ...]
    reason: str = ""
    set_aside: str = ""


@dataclass(frozen=True)
class DecisionFile:
    """The human decisions of one case, by local name of the request; ``case`` is its IRI, empty where the file does not say."""

    case: str
    known_in_part: bool
    decisions: dict[str, HumanDecision]


@dataclass(frozen=True)
class Comparison:
    """One request: the human decision beside ours. ``unnamed`` are our reasons that the human letter does not name."""

    request: str
    label: str
    human: HumanDecision
    disposition: str
    reason_kinds: tuple[str, ...]
    pages: tuple[str, ...]
    found: tuple[str, ...]
    missed: tuple[str, ...]
    unnamed: tuple[str, ...]

    @property
    def outcome_agrees(self) -> bool:
        """Whether the outcome is the same."""
        return self.human.disposition == self.disposition

    @property
    def reason_agrees(self) -> bool:
        """Whether the human kind of reason is our leading one."""
        return self.human.reason_kind == next(iter(self.reason_kinds), "")

    @property
    def citation_agrees(self) -> bool:
        """Whether every page and provision of the human decision is found here too."""
        return set(self.human.pages) <= set(self.pages) and not self.missed

    @property
    def agrees(self) -> bool:
        """Whether outcome, kind of reason, pages and provisions of the human decision are all found in ours."""
        return self.outcome_agrees and self.reason_agrees and self.citation_agrees


def read_decisions(path: Path) -> dict[str, HumanDecision]:
    """Read the human decisions at ``path``, by local name of the request; see :func:`read_decision_file`."""
    return read_decision_file(path).decisions


def read_decision_file(path: Path) -> DecisionFile:
    """Read the file with human decisions at ``path`` (see examples/imr-2015/human-decision.json).

    Raises :class:`CaseError` where it cannot be read, is no JSON, or has not the form of human decisions; a key that nothing reads is
    refused, since a misspelt one would be passed over.
    """
    try:
        document = parse_json(path.read_text("utf-8-sig"), str(path), plain_numbers=True)
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "It is not valid JSON: it is not UTF-8.") from error
    except CaseError as error:
        raise CaseError(tuple(Problem("decision-file", p.where, p.why, p.remedy) for p in error.problems)) from error
    try:
        _known(document, _FILE_KEYS)
        decisions = {name: _decision(entry) for name, entry in document["requests"].items()}
        case, in_part = document.get("case", ""), document.get("knownInPart", False)
        if not (isinstance(case, str) and isinstance(in_part, bool)):
            raise TypeError
        return DecisionFile(case, in_part, decisions)
    except KeyError as error:
        raise _unreadable(path, f"It has no {error.args[0]!r} where it is expected.") from error
    except LookupError as error:
        raise _unreadable(path, str(error)) from error
    except (TypeError, AttributeError) as error:
        raise _unreadable(path, "It has not the form of human decisions: an object of requests by their names.") from error


def _decision(entry: dict[str, Any]) -> HumanDecision:
    _known(entry, _DECISION_KEYS)
    disposition, kind, pages, relied_on = (entry[key] for key in ("disposition", "reasonKind", "pages", "reliedOn"))
    reason, set_aside = entry.get("reason", ""), entry.get("setAside", "")
    words = (disposition, kind, reason, set_aside)
    if not (isinstance(pages, list) and isinstance(relied_on, list) and all(isinstance(word, str) for word in words)):
        raise TypeError
    return HumanDecision(disposition, kind, tuple(map(str, pages)), tuple(map(str, relied_on)), reason, set_aside)


def _known(entry: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(entry, dict):
        raise TypeError
    unknown = [key for key in entry if key not in keys]
    if unknown:
        raise LookupError(f"Nothing reads the key '{unknown[0]}'; the keys are: {', '.join(keys)}.")


def _unreadable(path: Path, why: str) -> CaseError:
    return case_error("decision-file", str(path), why, "`examples/imr-2015/human-decision.json` in the repository shows the form.")


def check_words(determination: Determination, file: DecisionFile, where: str, knowledge: Knowledge) -> None:
    """Raise :class:`CaseError` where decisions use words that nothing here means, which would count as disagreement.

    An outcome has to be a word of the stage, and a kind of reason and a provision have to be known. ``where`` is what errors call
    the file.
    """
    guidelines = knowledge.guidelines
    outcomes = outcomes_at(determination.stage, knowledge)
    kinds, provisions = [kind.value for kind in ReasonKind], {provision.id for provision in guidelines.provisions.values()}
    problems = []

    def complain(place: str, why: str, remedy: str) -> None:
        problems.append(Problem("decision-file", f"{where}{place}", why, remedy))

    for name, human in file.decisions.items():
        place = f"#/requests/{name}"
        if human.disposition not in outcomes:
            complain(place, f"'{human.disposition[:60]}' is no outcome at this stage.", f"The outcomes are: {', '.join(outcomes)}.")
        if human.reason_kind not in ("", *kinds):
            complain(
                place, f"'{human.reason_kind[:60]}' is no kind of reason.", f"The kinds are: {', '.join(kinds)}; empty where none is known."
            )
        unknown = [provision for provision in human.relied_on if provision not in provisions]
        if unknown:
            complain(
                place, f"No provision is called {', '.join(unknown)[:60]}.", "`mtus provisions` lists them; cite pages where none fits."
            )
    if problems:
        raise CaseError(tuple(problems))


def outcomes_at(stage: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the outcomes (local names) that the procedure knows at ``stage`` (an IRI), in the order of the knowledge."""
    rules = (rule for rule in knowledge.guidelines.dispositions if rule.stage == stage)
    return tuple(dict.fromkeys(local_name(rule.disposition) for rule in rules))


def compare(determination: Determination, decisions: dict[str, HumanDecision]) -> tuple[Comparison, ...]:
    """Return one comparison for each request that has a human decision, in the order of the determination.

    Raises :class:`CaseError` where a decision is about no request of the case, or there is none.
    """
    by_iri = {request.request: request for request in determination.requests}
    names = [local_name(iri) for iri in by_iri]
    unknown = [name for name in decisions if name not in names]
    if unknown or not decisions:
        why = f"The case has no request {', '.join(unknown)}." if unknown else "There is no decision to compare with."
        raise case_error("decision-file", determination.label, why, f"Name the decisions after the requests: {', '.join(names)}.")
    return tuple(_compare(by_iri[iri], decisions[name], by_iri) for iri, name in zip(by_iri, names, strict=True) if name in decisions)


def _compare(request: RequestDetermination, human: HumanDecision, by_iri: dict[str, RequestDetermination]) -> Comparison:
    cited = {reason.citation.id: reason.citation for reason in request.reasons if reason.citation}
    # A request that falls with another falls by the pages of that one.
    primaries = [by_iri[reason.about] for reason in request.reasons if reason.about in by_iri]
    through = [reason.citation for primary in primaries for reason in primary.reasons if reason.citation]
    pages = {citation.page for citation in (*cited.values(), *through) if citation.page}
    return Comparison(
        request=request.request,
        label=request.label,
        human=human,
        disposition=local_name(request.disposition),
        reason_kinds=tuple(dict.fromkeys(local_name(reason.kind) for reason in request.reasons)),
        pages=tuple(sorted(pages, key=lambda page: (len(page), page))),
        found=tuple(name for name in human.relied_on if name in cited),
        missed=tuple(name for name in human.relied_on if name not in cited),
        unnamed=tuple(name for name in cited if name not in human.relied_on),
    )
