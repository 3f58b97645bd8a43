"""The reference of the rules about decisions, from shapes/lint."""

from pathlib import Path

from generators.markdown import page, table
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint_rules import decision_rules, is_about_file
from mtus.reasoner.namespaces import MTUS, SH, local_name

_INTRO = """What `mtus lint` holds decisions and files against. Statements are in our own words. *Confidence* says how sure we are that the
provision says this, and that it asks for the rule; what is not *confirmed* is not verified. See [trust](../explanation/trust.md) and
[how to lint a decision](../how-to/lint-a-decision.md)."""
_WEIGHTS = {"Violation": "against the provision", "Warning": "a question"}


def rule_pages(_root: Path) -> dict[str, str]:
    """Return the page about the rules."""
    rules = decision_rules(load_knowledge())
    head = ("Rule", "About", "It is required that", "A finding is", "Confidence", "Vague words read as", "What to do")
    rows = [_rule(rule, rules) for rule in rules.requirements]
    provisions = [
        (p.id, p.instrument, p.statement, local_name(p.confidence), p.source, p.not_encoded_because or "yes")
        for p in rules.guidelines.provisions.values()
    ]
    return {
        "decision-rules.md": page(
            "Rules about decisions",
            _INTRO,
            "## Rules\n\n" + table(head, rows),
            "## Provisions on decisions\n\n"
            + table(("Provision", "Instrument", "What it says, in our words", "Confidence", "Source", "Checked, or why not"), provisions),
        )
    }


def _rule(rule: Criterion, rules: Knowledge) -> tuple[str, ...]:
    about = "the file" if is_about_file(rule.iri, rules) else "a decision"
    reading = f"“{rule.interpretation.words}”: {rule.interpretation.label}" if rule.interpretation else ""
    remedy = rules.shapes.text(rule.iri, MTUS + "remedy") or ""
    return (local_name(rule.iri), about, rule.requirement, _weight(rule, rules), local_name(rule.confidence), reading, remedy)


def _weight(rule: Criterion, rules: Knowledge) -> str:
    """Return how much a finding weighs: the severity of the holds shapes of the rule or of its parts."""
    criteria = rules.guidelines.criteria
    shapes = [rule.holds] if rule.holds else [criteria[part].holds for part in _parts(rule, rules)]
    nodes = [node for shape in shapes if shape for node in (shape, *rules.shapes.nodes(shape, SH + "property"))]
    weights = {local_name(weight) for node in nodes for weight in rules.shapes.nodes(node, SH + "severity")}
    return next((told for weight, told in _WEIGHTS.items() if weight in weights), "")


def _parts(rule: Criterion, rules: Knowledge) -> list[str]:
    direct = [*rule.all_of, *rule.any_of, *rule.none_of]
    return [iri for part in direct for iri in (part, *_parts(rules.guidelines.criteria[part], rules))]
