"""Stage 5: boxes over nodes that are written out (format.md 9.4). The first problem of a box is its only one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..cycles import in_cycles
from ..function import Function, Group
from ..grouping import group_exits
from ..node import Node
from ..opset import NEWEST
from ..shape_hash import shape_hashes
from ..structure import Structure
from ..tensor import shape_of
from ..wording import nearest, nearest_clause
from .findings import Findings
from .ops import known_function
from .references import call_above, reserved, reserved_message
from .shapes import known_shape
from .vocabulary import Vocabulary

#: So many boxes are followed through the graph at once.
_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class _Graph:
    """What the boxes stand in."""

    rows: Sequence[Node]
    structure: Structure
    functions: Mapping[str, Function]
    dtype: str | None


def judge_groups(
    rows: list[Node],
    groups: Sequence[Group],
    structure: Structure,
    functions: Mapping[str, Function],
    dtype: str | None,
    found: Findings,
) -> None:
    """Judge the ids of the boxes, then each box."""
    if not groups:
        return
    graph = _Graph(rows, structure, functions, dtype)
    _judge_ids(groups, graph, found)
    sound = set(range(len(groups)))
    for check in (*_OF_MEMBERS, *(_OF_PATHS if _is_ordered(structure) else ())):
        if not found.truncated:
            sound -= set(check(groups, sound, graph, found))


def _is_ordered(structure: Structure) -> bool:
    """Whether every node stands after its operands: of paths in another order nothing is said."""
    return all(operand < node for node, operands in enumerate(structure.operands) for operand in operands)


def _judge_ids(groups: Sequence[Group], graph: _Graph, found: Findings) -> None:
    taken = dict.fromkeys(graph.structure.index, "a node")
    calls = reserved(graph.rows)
    for k, group in enumerate(groups):
        name, at = group["id"], ("groups", k, "id")
        if name in taken:
            message = f"{name}: the id is that of {taken[name]} already: give the group another id"
            found.add("id.duplicate", at, message, node=name)
        elif call := call_above(name, calls):
            found.add("id.reserved", at, reserved_message(name, call), node=name)
        taken[name] = "another group"


def _dangling(groups: Sequence[Group], _: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    index = graph.structure.index
    for k, group in enumerate(groups):
        for field in ("nodes", "inputs"):
            for j, name in enumerate(group.get(field, ())):
                if name not in index and not found.truncated:
                    known = nearest(name, index)
                    message = f"{group['id']} names {name}, but no node has that id{nearest_clause(known)}"
                    found.add("ref.dangling", ("groups", k, field, j), message, node=group["id"], nearest=known)
                    yield k


def _leaves(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    for k in sorted(sound):
        who = groups[k]["id"]
        for j, name in enumerate(groups[k]["nodes"]):
            op = graph.structure.ops[graph.structure.index[name]]
            if op in ("input", "param"):
                message = f"{who} holds {name}, an {op} node: a box is around gates, so leave it out"
                found.add("group.leaf", ("groups", k, "nodes", j), message, node=who)
                yield k


def _overlaps(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    owner: dict[str, int] = {}
    for k in sorted(sound):
        for j, name in enumerate(groups[k]["nodes"]):
            first = owner.setdefault(name, k)
            who = groups[k]["id"]
            if first != k:
                message = f"{who} holds {name}, which {groups[first]['id']} holds already: leave it to one of them"
            elif groups[k]["nodes"].index(name) != j:
                message = f"{who} lists {name} twice: keep one"
            else:
                continue
            found.add("group.overlap", ("groups", k, "nodes", j), message, node=who)
            yield k


def _not_convex(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    suspicious = _suspicious(groups, sound, graph.structure)
    for k in _left_and_entered(groups, suspicious, graph.structure):
        who = groups[k]["id"]
        left, back = _way_back({graph.structure.index[name] for name in groups[k]["nodes"]}, graph.structure)
        message = f"a path leaves {who} to {left} and comes back to {back}: take {left} in, or {back} out"
        found.add("group.not_convex", ("groups", k, "nodes"), message, node=who)
        yield k
        if found.truncated:
            return


def _suspicious(groups: Sequence[Group], sound: set[int], structure: Structure) -> list[int]:
    """The boxes that lie on cycles once each box is one node: no other can be left and entered again."""
    count = len(structure.ids)
    owner = list(range(count))
    for k in sound:
        for name in groups[k]["nodes"]:
            owner[structure.index[name]] = count + k
    collapsed: list[set[int]] = [set() for _ in range(count + len(groups))]
    for node, operands in enumerate(structure.operands):
        collapsed[owner[node]].update(owner[operand] for operand in operands if owner[operand] != owner[node])
    cyclic = in_cycles([list(taken) for taken in collapsed])
    return [k for k in sorted(sound) if count + k in cyclic]


def _left_and_entered(groups: Sequence[Group], suspicious: list[int], structure: Structure) -> list[int]:
    """The boxes that a path leaves and enters again, so many at a time as one number has bits."""
    broken: list[int] = []
    for start in range(0, len(suspicious), _AT_ONCE):
        batch = suspicious[start : start + _AT_ONCE]
        own = [0] * len(structure.ids)
        for j, k in enumerate(batch):
            for name in groups[k]["nodes"]:
                own[structure.index[name]] = 1 << j
        entered = _entered(own, structure)
        broken += [k for j, k in enumerate(batch) if entered >> j & 1]
    return broken


def _entered(own: list[int], structure: Structure) -> int:
    """The boxes that are entered again, as bits; ``own`` has the bit of each node's box."""
    #: For each node the boxes that a path to it has left.
    left: list[int] = []
    entered = 0
    for mine, operands in zip(own, structure.operands, strict=True):
        gone = 0
        for operand in operands:
            gone |= left[operand] | (own[operand] if own[operand] != mine else 0)
        entered |= gone & mine
        left.append(gone)
    return entered


def _way_back(members: set[int], structure: Structure) -> tuple[str, str]:
    """The node behind the box from which a path comes back, and the member that it comes back to."""
    #: For each node that a path from the box has reached, the first node outside on that path.
    left: dict[int, int] = {}
    for node in range(min(members), max(members) + 1):
        for operand in structure.operands[node]:
            if node in members:
                if operand in left:
                    return structure.ids[left[operand]], structure.ids[node]
            elif operand in members:
                left.setdefault(node, node)
            elif operand in left:
                left.setdefault(node, left[operand])
    raise AssertionError("a box that is entered again has a way back")


def _exits(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    judged = sorted(sound)
    exits = group_exits([groups[k] for k in judged], graph.structure)
    for k, positions in zip(judged, exits, strict=True):
        if len(positions) != 1:
            who = groups[k]["id"]
            names = ", ".join(graph.structure.ids[position] for position in positions[:4]) or "none"
            message = f"one member of {who} must be used outside, here {names}: draw the box around one result"
            found.add("group.exit", ("groups", k, "nodes"), message, node=who)
            yield k


def _inputs(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    judged = sorted(sound)
    exits = group_exits([groups[k] for k in judged], graph.structure)
    for k, (position,) in zip(judged, exits, strict=True):
        group = groups[k]
        if _names_no_function(k, group, graph, found) or _judge_inputs(k, group, graph, found):
            yield k
        else:
            _judge_local(k, group, position, graph, found)


def _names_no_function(k: int, group: Group, graph: _Graph, found: Findings) -> bool:
    """Whether the group names a function that the document does not have."""
    return "fn" in group and not known_function(group["fn"], ("groups", k, "fn"), group["id"], graph.functions, found)


def _judge_inputs(k: int, group: Group, graph: _Graph, found: Findings) -> bool:
    if "inputs" not in group:
        return False
    who, stated = group["id"], group["inputs"]
    read = _entering(group, graph)
    wires = {name for name in read if graph.structure.ops[graph.structure.index[name]] != "const"}
    listed = f"the wires that enter {who} are {', '.join(sorted(wires)) or 'none'}"
    if "fn" in group:
        params = graph.functions[group["fn"]]["params"]
        if len(stated) == len(params) and wires <= set(stated) <= read:
            return False
        mend = f"list one for each of the {len(params)} parameters of {group['fn']}, in their order"
    else:
        if len(stated) == len(set(stated)) and set(stated) == wires:
            return False
        mend = "list each once, and no constant or tuple"
    found.add("group.inputs", ("groups", k, "inputs"), f"{listed}: {mend}", node=who)
    return True


def _entering(group: Group, graph: _Graph) -> set[str]:
    """The wires outside that members read; a tuple is no wire."""
    structure, vocabulary = graph.structure, Vocabulary(NEWEST, graph.functions)
    members = {structure.index[name] for name in group["nodes"]}
    read = {operand for node in members for operand in structure.operands[node]} - members
    return {structure.ids[operand] for operand in read if not vocabulary.is_tuple(graph.rows[operand])}


def _judge_local(k: int, group: Group, position: int, graph: _Graph, found: Findings) -> None:
    local, inputs, who = group.get("local", []), group.get("inputs", []), group["id"]
    if "local" in group and len(local) != len(inputs):
        message = f"{who}: local has {len(local)} entries for {len(inputs)} inputs: write null for what is open"
        found.add("annotation.length", ("groups", k, "local"), message, node=who)
        return
    shape, name = known_shape(graph.rows[position]), graph.structure.ids[position]
    for j, raw in enumerate(local):
        if raw is not None and shape is not None and shape_of(raw) != shape:
            message = f"{who}: local {j} has the shape {list(shape_of(raw))}, but {name} has the shape {list(shape)}"
            found.add("shape.mismatch", ("groups", k, "local", j), f"{message}: mend one of them", node=who)


def _spelt_out(groups: Sequence[Group], sound: set[int], graph: _Graph, found: Findings) -> Iterator[int]:
    """Compare each box with what a call of its function would be; only where everything else is sound."""
    named = [k for k in sorted(sound) if "fn" in groups[k]]
    if not named or found.any:
        return
    # No id of a document begins with a space.
    calls = [Node(id=f" {k}", op=f"fn:{groups[k].get('fn')}", inputs=list(groups[k].get("inputs", ()))) for k in named]
    hashes = shape_hashes([*graph.rows, *calls], graph.functions, graph.dtype)
    exits = group_exits([groups[k] for k in named], graph.structure)
    for k, call, (position,) in zip(named, calls, exits, strict=True):
        if hashes[graph.structure.ids[position]] != hashes[call["id"]]:
            who, name = groups[k]["id"], groups[k].get("fn")
            message = f"the members of {who} are not what {name} is, written out: mend one of them, or leave fn out"
            found.add("group.function", ("groups", k, "fn"), message, node=who)
            yield k


_Check = Callable[[Sequence[Group], set[int], _Graph, Findings], Iterator[int]]

#: The checks in the order in which a box is reported; each is told the boxes that are sound so far.
_OF_MEMBERS: tuple[_Check, ...] = (_dangling, _leaves, _overlaps)
_OF_PATHS: tuple[_Check, ...] = (_not_convex, _exits, _inputs, _spelt_out)
