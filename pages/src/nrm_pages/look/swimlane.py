"""Draws hand-offs: one lane for each organisation, time from left to right, an arrow per hand-off.

Only numbers are computed here; the template draws them. The table beside it says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LANE: Final = 64  # height of a lane
LEFT: Final = 16  # room before the first step
STEP_MIN: Final = 72  # least distance of two steps
WIDTH: Final = 720
TOP: Final = 28  # room for a lane's name above its line
MARK: Final = 11  # radius of a step's number
HEAD: Final = 10  # length of an arrowhead


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hand-off: from lane to lane (places in the list of lanes), whether custody moved."""

    source: int
    target: int
    moved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """Where a step is drawn."""

    number: int
    x: int
    y1: int
    y2: int
    mark: int
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that the drawing needs, in its own units."""

    width: int
    height: int
    lanes: tuple[tuple[str, int], ...]
    holds: tuple[tuple[int, int, int], ...]
    arrows: tuple[Arrow, ...]


def lay_out(lanes: Sequence[str], steps: Sequence[Step], start: int = 0) -> Chart:
    """Lay out hand-offs in the order in which they happened; `start` is the first lane to hold.

    An arrow ends before the line it points at, its number stands in the middle, and names stand
    above their lines: nothing covers a word.
    """
    gap = max(STEP_MIN, (WIDTH - 2 * LEFT) // (len(steps) + 1))
    width = LEFT * 2 + gap * (len(steps) + 1)
    lines = [TOP + LANE * place for place in range(len(lanes))]
    arrows: list[Arrow] = []
    holds: list[tuple[int, int, int]] = []
    holder, since = start, LEFT
    for number, step in enumerate(steps, 1):
        x = LEFT + gap * number
        y1, y2 = lines[step.source], lines[step.target]
        if step.moved:
            holds.append((since, x, lines[holder]))
            holder, since = step.target, x
        # Clear of the thick line of the lane it points at, and of its own number.
        end = y2 - (HEAD if y2 > y1 else -HEAD)
        middle = y1 + (LANE // 2 if y2 > y1 else -LANE // 2)
        arrows.append(Arrow(number=number, x=x, y1=y1, y2=end, mark=middle, moved=step.moved))
    holds.append((since, width - LEFT, lines[holder]))
    return Chart(
        width=width,
        height=lines[-1] + TOP if lines else TOP,
        lanes=tuple(zip(lanes, lines, strict=True)),
        holds=tuple(holds),
        arrows=tuple(arrows),
    )
