"""Small Markdown tables, and whether a goal holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that should not be larger than it is promised to be."""

    name: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether it is not."""
        return self.value <= self.limit

    def __str__(self) -> str:
        word = "holds " if self.holds else "MISSED"
        return f"{word}  {self.name}: {self.value:.1f}, goal ≤ {self.limit:g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows under their head, in columns that line up; figures to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    left = [not rows or not _is_figure(rows[0][column]) for column in range(len(head))]

    def shown(line: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if to_left else cell.rjust(width)
            for cell, width, to_left in zip(line, widths, left, strict=True)
        )
        return f"| {' | '.join(cells)} |"

    rule = (
        f"{'-' * width}-" if to_left else f"{'-' * width}:"
        for width, to_left in zip(widths, left, strict=True)
    )
    return "\n".join([shown(head), f"|-{'|-'.join(rule)}|", *(shown(row) for row in rows)])


def _is_figure(cell: str) -> bool:
    return cell.replace(".", "").replace(",", "").strip("+-–× %").isdigit()
