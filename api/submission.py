"""A determination in the form in which it is kept."""

from mtus.api.journal import Submission, compressed
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import to_json
from mtus.reasoner.trace import Determination


def submission_of(determination: Determination) -> Submission:
    """Return ``determination`` as it is kept."""
    receipt = determination.receipt
    return Submission(
        local_name(determination.id), determination.case, receipt.case_digest, receipt.knowledge_digest,
        tuple(request.request for request in determination.requests), compressed(to_json(determination).encode()),
    )  # fmt: skip
