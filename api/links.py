"""Where the pages show the things that a trace names: provisions and criteria in the guideline browser, documents on the page itself."""

from mtus.reasoner.namespaces import GUIDELINE, local_name


def link_of_provision(iri: str) -> str:
    """Return the address of the section, provision or criterion ``iri``; empty for what stands in no guideline of ours."""
    edition, _, name = iri.removeprefix(GUIDELINE).partition("/")
    return f"/guideline/{edition}/{name}.html" if iri.startswith(GUIDELINE) and name and "/" not in name else ""


# A criterion stands on the page of its provision, to which its own address leads.
link_of_criterion = link_of_section = link_of_provision


def link_of_edition(iri: str) -> str:
    """Return the address of the page of the edition ``iri``."""
    return f"/guideline/{iri.removeprefix(GUIDELINE).partition('/')[0]}.html" if iri.startswith(GUIDELINE) else ""


def link_of_document(iri: str) -> str:
    """Return the place on the page at which the document ``iri`` is listed."""
    return f"#document-{local_name(iri)}"
