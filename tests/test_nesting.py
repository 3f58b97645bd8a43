"""Depth is counted before anything is parsed: right, and in time that grows with the length alone."""

import time
from contextlib import suppress

import pytest

from mtus.reasoner.errors import CaseError
from mtus.reasoner.nesting import refuse_json_depth, refuse_xml_depth
from mtus.reasoner.settings import Settings

LIMIT = Settings(max_depth=3)


@pytest.mark.parametrize(
    "text", [b"", b"[[[1]]]", b"[[[]],[[]],{}]", b'["[[[[[["]', b'["\\"[[[["]', b'{"a":{"b":[]}}', b"]]]][[[", b'"[[[[[']
)
def test_json_within_the_limit(text: bytes) -> None:
    refuse_json_depth(text, "x", LIMIT)


@pytest.mark.parametrize("text", [b"[[[[", b'{"a":[{"b":[]}]}', b'["\\\\",[[["', b'"a"[[[[', b'["]]]]",[[[1]]]]'])
def test_json_beyond_the_limit(text: bytes) -> None:
    with pytest.raises(CaseError, match=r"json-depth at x: .* 3 levels"):
        refuse_json_depth(text, "x", LIMIT)


@pytest.mark.parametrize(
    "text",
    [b"<a><b><c/></b><b><c></c></b></a>", b"<a><!-- <b><b><b><b> --></a>", b"<a><![CDATA[<b><b><b><b>]]></a>", b"<a x='<b><b><b><b>'/>",
     b"<?xml <b><b><b> ?><a/>", b"<a/><a/><a/><a/><a/>", b'<a x="/"><b y=">"/></a>'],
)  # fmt: skip
def test_xml_within_the_limit(text: bytes) -> None:
    refuse_xml_depth(text, "x", LIMIT)


@pytest.mark.parametrize(
    "text",
    [b"<a>\n<b><c><d>", b"<a>\n<!-- </a></a> --><b><c><d/></c>".replace(b"<d/>", b"<d>"), b"<a>\n<b x='/>'><c y='</a>'><d>",
     b"<a>\n<![CDATA[</a></a>]]><b><c><d>", b"<a>\n<b / ><c><d>"],
)  # fmt: skip
def test_xml_beyond_the_limit(text: bytes) -> None:
    with pytest.raises(CaseError, match=r"xml-depth at x, line 2: .* 3 levels"):
        refuse_xml_depth(text, "x", LIMIT)


@pytest.mark.parametrize("piece", [b'<a "', b"<!--", b"<![CDATA[", b"<?", b"<", b'"', b'\\"', b"<a '\"", b"<a/>", b"[]"])
def test_time_grows_with_the_length_alone(piece: bytes) -> None:
    text = piece * (2_000_000 // len(piece))
    started = time.perf_counter()
    for refuse in (refuse_json_depth, refuse_xml_depth):
        with suppress(CaseError):
            refuse(text, "x", Settings())
    assert time.perf_counter() - started < 5
