"""Canonical names of blank nodes: ours are those of the library, for graphs of any kind."""

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtus.reasoner.rdfc import TooAlike, Written, canonical_names
from mtus.reasoner.written import canonical_statements

NODES = [f"_:n{number}" for number in range(7)]
ends = st.sampled_from([*NODES, "<urn:s>"])
triples = st.tuples(ends, st.sampled_from(["<urn:p>", "<urn:q>"]), st.one_of(ends, st.sampled_from(['"x"', '"x"@en', '" _:c14n0 ."'])))
graphs = st.lists(triples, min_size=1, max_size=14, unique=True)
# of two wheels, the spokes of each look alike from its hub
WHEELS = [(f"_:hub{wheel}", "<urn:p>", f"_:w{wheel}n{number}") for wheel in range(2) for number in range(6)]


def by_library(graph: list[Written]) -> list[str]:
    dataset = ox.Dataset(ox.parse("".join(f"{s} {p} {o} .\n" for s, p, o in graph), format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{q.subject} {q.predicate} {q.object}".replace("_:c14n", "_:own-c14n") for q in dataset)


@settings(max_examples=300, deadline=None)
@given(graphs)
def test_any_graph(graph: list[Written]) -> None:
    found = canonical_statements(graph, "own-")
    assert list(found) == sorted(line.replace('" _:own-c14n0 ."', '" _:c14n0 ."') for line in by_library(graph))


def test_what_looks_too_much_alike_is_left_to_the_library() -> None:
    with pytest.raises(TooAlike):
        canonical_names(WHEELS)
    assert list(canonical_statements(WHEELS, "own-")) == by_library(WHEELS)


def test_the_order_of_the_statements_does_not_matter() -> None:
    tree = [("<urn:s>", "<urn:p>", "_:a"), ("<urn:s>", "<urn:p>", "_:b"), ("_:a", "<urn:q>", "_:c"), ("_:b", "<urn:q>", "_:d"),
            ("_:c", "<urn:r>", '"1"'), ("_:d", "<urn:r>", '"2"')]  # fmt: skip
    names = canonical_names(tree)
    assert sorted(names.values()) == ["c14n0", "c14n1", "c14n2", "c14n3"]
    assert canonical_names(tree[::-1]) == names
