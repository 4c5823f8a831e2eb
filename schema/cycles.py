"""Finding and naming cycles among rows whose order is wrong."""

from collections import deque
from collections.abc import Sequence


def in_cycles(operands: Sequence[Sequence[int]]) -> set[int]:
    """The nodes that no order can place: those on cycles and between them, or behind them."""
    waiting = [len(set(taken)) for taken in operands]
    takers: list[list[int]] = [[] for _ in operands]
    for node, taken in enumerate(operands):
        for operand in set(taken):
            takers[operand].append(node)
    ready = [node for node, count in enumerate(waiting) if not count]
    for node in ready:
        for taker in takers[node]:
            waiting[taker] -= 1
            if not waiting[taker]:
                ready.append(taker)
    return {node for node, count in enumerate(waiting) if count}


def way_down(operands: Sequence[Sequence[int]], start: int, goal: int, within: set[int]) -> list[int] | None:
    """A shortest way from a node to one that it depends on, operand by operand; None if there is none."""
    if start not in within or goal not in within:
        return None
    came_from = {start: start}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            return _trail(came_from, goal)
        for operand in operands[node]:
            if operand in within and operand not in came_from:
                came_from[operand] = node
                queue.append(operand)
    return None


def _trail(came_from: dict[int, int], goal: int) -> list[int]:
    trail = [goal]
    while came_from[trail[-1]] != trail[-1]:
        trail.append(came_from[trail[-1]])
    return trail[::-1]
