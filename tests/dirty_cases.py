"""Make a case dirty, the same way for the same seed: ill-typed literals, missing and doubled things, words that nobody knows."""

from collections.abc import Sequence
from random import Random

from mtus.reasoner.graph import Literal, Triple
from mtus.reasoner.namespaces import MTUS, TYPE, XSD

_ILL_TYPED = ("abc", "", "2015-02-30", "0x1F", "-", "1.5.2")
# Engines read these differently; the loader refuses them all.
_ARGUABLE = ("1e3", " 5", "NaN", "5.0", "007", "2015-08-18T10:00:00", "٣")
_DATATYPES = ("integer", "decimal", "date", "boolean", "string", "double", "int", "gYear")


def dirty(triples: Sequence[Triple], seed: int, *, arguable: bool = True) -> list[Triple]:
    """Return ``triples`` with a few flaws; about two cases in five are left as they are.

    Without ``arguable`` the flaws are those that all engines read alike.
    """
    rng = Random(f"dirt {seed}")
    found = list(triples)
    if rng.random() < 0.4:
        return found
    for _ in range(rng.choice((1, 1, 2, 4))):
        flaw = rng.choice(_FLAWS)
        (_plainly_ill_typed if flaw is _ill_typed and not arguable else flaw)(found, rng)
    return found


def _ill_typed(triples: list[Triple], rng: Random) -> None:
    number = rng.choice([n for n, (_, _, o) in enumerate(triples) if isinstance(o, Literal)])
    subject, predicate, value = triples[number]
    assert isinstance(value, Literal)
    datatype = rng.choice((value.datatype, value.datatype, XSD + rng.choice(_DATATYPES)))
    triples[number] = (subject, predicate, Literal(rng.choice((value.value, *_ILL_TYPED, *_ARGUABLE)), datatype))


def _plainly_ill_typed(triples: list[Triple], rng: Random) -> None:
    """The same for a number or a date whose datatype stays; no engine reads what is no number as one."""
    typed = [n for n, (_, _, o) in enumerate(triples) if isinstance(o, Literal) and o.datatype in (XSD + "integer", XSD + "decimal")]
    if typed:
        subject, predicate, value = triples[number := rng.choice(typed)]
        assert isinstance(value, Literal)
        triples[number] = (subject, predicate, Literal(rng.choice(_ILL_TYPED), value.datatype))


def _missing_triple(triples: list[Triple], rng: Random) -> None:
    number = rng.choice([n for n, (_, p, o) in enumerate(triples) if (p, o) != (TYPE, MTUS + "Case")])
    del triples[number]


def _missing_thing(triples: list[Triple], rng: Random) -> None:
    thing = rng.choice(sorted({s for s, p, o in triples if p != MTUS + "hasRequest" and o != MTUS + "Case"}))
    triples[:] = [t for t in triples if t[0] != thing or t[2] == MTUS + "Case"]


def _doubled(triples: list[Triple], rng: Random) -> None:
    """Give a thing a second value, or the same triple twice."""
    subject, predicate, value = rng.choice(triples)
    others = [o for _, p, o in triples if p == predicate]
    triples.append((subject, predicate, rng.choice([value, *others])))


def _unknown_word(triples: list[Triple], rng: Random) -> None:
    number = rng.randrange(1, len(triples))
    subject, predicate, value = triples[number]
    if rng.random() < 0.5:
        triples[number] = (subject, predicate + "s", value)
    elif isinstance(value, str):
        triples[number] = (subject, predicate, value + "x")


def _other_type(triples: list[Triple], rng: Random) -> None:
    types = [n for n, (_, p, _) in enumerate(triples) if p == TYPE and n]
    one, other = rng.choice(types), rng.choice(types)
    triples[one] = (*triples[one][:2], triples[other][2])


_FLAWS = (_ill_typed, _ill_typed, _missing_triple, _missing_thing, _doubled, _doubled, _unknown_word, _other_type)
