"""Charts as SVG, drawn on the server: horizontal bars, stacked where a row has several values.

They need no script and no style sheet, so they print, and stand in a page with a strict policy. The numbers stand beside the bars.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

# Colours that people with the common forms of colour blindness tell apart (Okabe and Ito); the text stands on none of them.
_COLOURS: Final = ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#999999", "#009e73", "#cc79a7")
_WIDTH: Final = 900
_LABELS: Final = 300
_NUMBERS: Final = 60
_ROW: Final = 26
_LONGEST_LABEL: Final = 42
_MOST_ROWS: Final = 40
_FONT: Final = 'font-family="system-ui, sans-serif" font-size="13"'


def bar_chart(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return a chart of ``series`` (name, and one number for each of ``labels``); at most forty rows are drawn, and it says so."""
    shown = labels[:_MOST_ROWS]
    totals = [sum(max(values[i], 0.0) for _, values in series) for i in range(len(shown))]
    scale = (_WIDTH - _LABELS - _NUMBERS) / (max(totals, default=0.0) or 1.0)
    legend = _legend(series) if len(series) > 1 else []
    top = 30 + (24 * ((len(series) + 3) // 4) if legend else 0)
    bars = [line for i, label in enumerate(shown) for line in _row(label, [v[i] for _, v in series], totals[i], scale, top + i * _ROW)]
    height = top + len(shown) * _ROW + (24 if len(labels) > len(shown) else 4)
    if len(labels) > len(shown):
        bars.append(_text(0, height - 8, f"{len(labels) - len(shown)} more rows are in the table.", "start"))
    told = "; ".join(f"{label}: {_number(total)}" for label, total in zip(shown, totals, strict=True))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}>',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(told)}</desc>",
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="0" y="16" font-weight="bold" fill="#111111">{escape(title)}</text>',
            *legend,
            *bars,
            "</svg>\n",
        )
    )


def _row(label: str, values: list[float], total: float, scale: float, y: int) -> list[str]:
    short = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
    lines = [_text(_LABELS - 8, y + 16, short, "end")]
    x = float(_LABELS)
    for number, value in enumerate(values):
        width = max(value, 0.0) * scale
        if width > 0:
            colour = _COLOURS[number % len(_COLOURS)]
            lines.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 8}" fill="{colour}"/>')
        x += width
    lines.append(_text(round(x) + 6, y + 16, _number(total), "start"))
    return lines


def _legend(series: Sequence[tuple[str, Sequence[float]]]) -> list[str]:
    lines = []
    for number, (name, _) in enumerate(series):
        x, y = (number % 4) * 225, 28 + 24 * (number // 4)
        lines.append(f'<rect x="{x}" y="{y}" width="14" height="14" fill="{_COLOURS[number % len(_COLOURS)]}"/>')
        lines.append(_text(x + 20, y + 12, name.replace("_", " "), "start"))
    return lines


def _text(x: int, y: int, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#111111">{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:g}" if value != round(value) else f"{round(value)}"
