"""Syntax trees as drafts of nodes: an iterative walk, operands before the node, left to right."""

import ast
from collections.abc import Sequence

from .constants import NotALiteral, Value, all_integers, value_of
from .drafts import Draft
from .findings import Findings
from .form import Constant, Form, Gate, Refused, Wire
from .forms import form_of
from .literals import Literals
from .names import rule_of
from .reading import Place, Tree
from .source import Span

#: Ops whose wire is not of the document's dtype; a document states it.
_BOOLEAN = frozenset(
    {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_not"}
)


class Lowering:
    """Collects the drafts of all statements, and what each name stands for."""

    def __init__(self, findings: Findings, *, literals: Literals, share: bool) -> None:
        self.drafts: list[Draft] = []
        self.wires: dict[str, int] = {}
        self._findings = findings
        self._literals: Literals = literals
        self._shared: dict[object, int] | None = {} if share else None

    def statement(self, tree: Tree) -> int:
        """Add the nodes of one statement; its wire, as a place in the drafts."""
        place = self._expression(tree.expression, tree.place)
        draft = self.drafts[place]
        if tree.name is None:
            draft.stem = "out"
        elif tree.name.id in self.wires:
            span = tree.place.span(tree.name)
            self._findings.unsupported(span, f"{tree.name.id} is used before already; give this wire another name")
        else:
            self.wires[tree.name.id] = place
            draft.name = draft.name or tree.name.id
        return place

    def _expression(self, root: ast.expr, place: Place) -> int:
        pending: list[tuple[ast.expr, Form | None]] = [(root, None)]
        done: list[int] = []
        while pending:
            tree, form = pending.pop()
            if form is None:
                tree = _without_plus(tree)
                form = form_of(tree)
                pending.append((tree, form))
                pending.extend((operand, None) for operand in reversed(_operands(form)))
            else:
                first = len(done) - len(_operands(form))
                done[first:] = [self._wire(tree, form, done[first:], place)]
        return done[0]

    def _wire(self, tree: ast.expr, form: Form, operands: Sequence[int], place: Place) -> int:
        span = place.span(tree)
        match form:
            case Wire(name):
                return self._named(name, span)
            case Constant():
                return self._constant(form, span, place)
            case Gate():
                return self._gate(form, operands, span, place)
            case Refused():
                self._findings.add(form.code, span, form.message, form.nearest)
                return self._add(Draft("refused", span))

    def _named(self, name: str, span: Span) -> int:
        if name not in self.wires:
            self.wires[name] = self._add(Draft("input", span, name=name))
        return self.wires[name]

    def _constant(self, form: Constant, span: Span, place: Place) -> int:
        try:
            value = value_of(form.literal, place.written, self._literals)
        except NotALiteral as error:
            self._findings.unsupported(place.span(error.tree), str(error))
            return self._add(Draft("refused", span))
        whole = isinstance(value, list) and all_integers(value)
        return self._add(Draft("const", span, value=value, dtype=form.dtype or ("int64" if whole else None)))

    def _gate(self, form: Gate, operands: Sequence[int], span: Span, place: Place) -> int:
        rule = rule_of(form.op)
        arity = len(operands) if rule is None or rule.variadic else len(rule.operands)
        dtype = "bool" if form.op in _BOOLEAN else None
        first, rest = operands[:arity], operands[arity:]
        attrs = {name: self._attribute(literal, place) for name, literal in form.attributes}
        wire = self._add(Draft(form.op, span, tuple(first), dtype=dtype, attrs=attrs, written=form.written))
        for operand in rest:
            wire = self._add(Draft(form.op, span, (wire, operand), dtype=dtype, written=form.written))
        return wire

    def _attribute(self, literal: ast.expr, place: Place) -> Value:
        try:
            return value_of(literal, place.written, self._literals)
        except NotALiteral as error:
            self._findings.unsupported(place.span(error.tree), str(error))
            return 0

    def _add(self, draft: Draft) -> int:
        if self._shared is not None and draft.name is None:
            known = self._shared.setdefault(draft.key(), len(self.drafts))
            if known < len(self.drafts):
                return known
        self.drafts.append(draft)
        return len(self.drafts) - 1


def _operands(form: Form) -> Sequence[ast.expr]:
    return form.operands if isinstance(form, Gate | Refused) else ()


def _without_plus(tree: ast.expr) -> ast.expr:
    while isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.UAdd):
        tree = tree.operand
    return tree
