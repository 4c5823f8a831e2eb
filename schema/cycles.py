"""Finding and naming cycles among rows whose order is wrong."""

from collections import deque
from collections.abc import Iterator, Sequence


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


def cycles(operands: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Cycles that have no node in common, each from its first node on, until every cycle meets one of them."""
    left = [list(taken) for taken in operands]
    while within := in_cycles(left):
        # Every node that no order can place takes another such node: following them must come back.
        node, trail = min(within), dict[int, int]()
        while node not in trail:
            trail[node] = len(trail)
            node = next(operand for operand in left[node] if operand in within)
        cycle = [visited for visited, k in trail.items() if k >= trail[node]]
        first = cycle.index(min(cycle))
        yield cycle[first:] + cycle[:first]
        for node in cycle:
            left[node] = []


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
