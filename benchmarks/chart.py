"""The picture: for each operation a bar for each server, as long as its share of the fastest."""

from collections.abc import Sequence
from html import escape

from benchmarks.contestants import Contestant
from benchmarks.measuring import Measurements
from benchmarks.operations import Operation
from benchmarks.tables import median

_COLORS = ("#0969da", "#8ab8f0", "#bf8700", "#8250df", "#1a7f37", "#8c959f")
_WIDTH, _LABELS, _BARS = 880, 290, 520
_BAR, _GAP, _TOP = 13, 16, 64
_STYLE = "text{font:12px sans-serif;fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#d0d7de}}"


def draw_chart(operations: Sequence[Operation], contestants: Sequence[Contestant], measured: Measurements) -> str:
    """Draw the chart as SVG: requests a second beside each bar."""
    group = _BAR * len(contestants) + _GAP
    height = _TOP + group * len(operations)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<style>{_STYLE}</style>",
        "<title>Requests a second of each server at each operation</title>",
        *_legend(contestants),
    ]
    for place, operation in enumerate(operations):
        parts += _group(operation, contestants, measured, _TOP + group * place)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(contestants: Sequence[Contestant]) -> list[str]:
    parts: list[str] = []
    for place, contestant in enumerate(contestants):
        x, y = 10 + place % 3 * 280, 10 + place // 3 * 22
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{_COLORS[place % len(_COLORS)]}"/>')
        parts.append(f'<text x="{x + 18}" y="{y + 11}">{escape(contestant.title)}</text>')
    return parts


def _group(operation: Operation, contestants: Sequence[Contestant], measured: Measurements, top: int) -> list[str]:
    rates = [
        median(rounds).requests_per_second if (rounds := measured.get((one.name, operation.title))) else 0.0
        for one in contestants
    ]
    fastest = max(*rates, 1.0)
    middle = top + _BAR * len(contestants) / 2 + 4
    parts = [f'<text x="{_LABELS - 10}" y="{middle:.0f}" text-anchor="end">{escape(operation.title)}</text>']
    for place, rate in enumerate(rates):
        y, width = top + _BAR * place, max(rate / fastest * _BARS, 1)
        color = _COLORS[place % len(_COLORS)]
        parts.append(f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" fill="{color}"/>')
        told = f"{rate:,.0f}" if rate else "cannot"
        parts.append(f'<text x="{_LABELS + width + 6:.1f}" y="{y + 10}" font-size="10">{told}</text>')
    return parts
