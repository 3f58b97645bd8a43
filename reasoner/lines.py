"""Text for people, line by line: wrapped at one width, indented, with bullets; styles go through a function."""

from collections.abc import Callable
from textwrap import fill
from typing import TypeAlias

WIDTH = 100
# How a style is put around a text: a name such as "contradicted" or "heading", and the text.
Style: TypeAlias = Callable[[str, str], str]


def plain(_: str, text: str) -> str:
    """Return ``text`` without any style."""
    return text


class Lines:
    """Lines that are being written."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._lines: list[str] = []

    def line(self, text: str = "", indent: int = 0, bullet: str = "") -> None:
        """Write ``text``, wrapped; its first line starts with ``bullet``, and all are indented by so many spaces."""
        start = " " * indent + bullet
        self._lines.append(
            fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False, break_on_hyphens=False)
        )

    def text(self) -> str:
        """Return all that was written."""
        return "\n".join(self._lines).rstrip() + "\n"
