"""What boxes over nodes are to the graph around them (format.md 9.4)."""

from collections.abc import Sequence

from .function import Group
from .structure import Structure


def owners(groups: Sequence[Group], structure: Structure) -> list[int]:
    """The group of each node, -1 where it is in none."""
    found = [-1] * len(structure.ids)
    for k, group in enumerate(groups):
        for name in group["nodes"]:
            found[structure.index[name]] = k
    return found


def group_exits(groups: Sequence[Group], structure: Structure) -> list[list[int]]:
    """For each group, its members that are used outside of it or are outputs, in the order of the document."""
    if not groups:
        return []
    owner = owners(groups, structure)
    exits = {position for position in structure.outputs if owner[position] >= 0}
    for node, operands in enumerate(structure.operands):
        exits.update(operand for operand in operands if owner[operand] not in (-1, owner[node]))
    found: list[list[int]] = [[] for _ in groups]
    for position in sorted(exits):
        found[owner[position]].append(position)
    return found
