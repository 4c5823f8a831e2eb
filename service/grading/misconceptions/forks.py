"""Several branches meet at a wire, and they were not added."""

from functools import reduce
from itertools import combinations
from operator import add, mul
from typing import Any

from .declaration import Fork, Kind, misconception

#: With more branches, only single missing ones are tried.
MOST_BRANCHES = 10


@misconception("fork", Kind.FORK)
def last_write_wins(xp: Any, fork: Fork) -> Any:
    """The branch that comes last in the backward pass replaced the others.

    Why it is wrong: every branch carries part of the influence; none takes the place of another.
    In the numbers: the claim is what a gate sends before which none that reads the wire stands.
    Example: a + a with upstream 1; writing 1.
    Instead: add what comes back along every branch: 1 + 1 = 2.
    """
    return list(fork.last)


@misconception("fork", Kind.FORK)
def first_branch_only(xp: Any, fork: Fork) -> Any:
    """Only the branch that comes first in the backward pass was taken.

    Why it is wrong: the wire reaches the objective along the other branches too.
    In the numbers: the claim is what a gate sends after which none that reads the wire stands.
    Example: f = x·y + x, seen from x; writing 1 and leaving out y.
    Instead: add what comes back along every branch.
    """
    return list(fork.first)


@misconception("fork", Kind.FORK)
def missing_branches(xp: Any, fork: Fork) -> Any:
    """At least one branch was left out.

    Why it is wrong: a wire that several gates read influences the objective through each of them.
    In the numbers: the claim is the sum of some of the contributions.
    Example: x feeds three gates that send 1, 2 and 4; writing 5.
    Instead: add all of them: 7.
    """
    count = len(fork.sent)
    sizes = range(1, count) if count <= MOST_BRANCHES else [count - 1]
    return [reduce(add, chosen) for size in sizes for chosen in combinations(fork.sent, size)]


@misconception("fork", Kind.FORK)
def branches_averaged(xp: Any, fork: Fork) -> Any:
    """The branches were averaged.

    Why it is wrong: influences along different paths add up; a mean would make more paths count less.
    In the numbers: the claim is the sum divided by the number of branches.
    Example: branches 2 and 4; writing 3.
    Instead: add: 6.
    """
    return reduce(add, fork.sent) / xp.constant(len(fork.sent))


@misconception("fork", Kind.FORK)
def branches_multiplied(xp: Any, fork: Fork) -> Any:
    """The branches were multiplied.

    Why it is wrong: gradients multiply along one path and add where paths meet.
    In the numbers: the claim is the product of the contributions.
    Example: branches 2 and 4; writing 8.
    Instead: add: 6.
    """
    return reduce(mul, fork.sent)


@misconception("fork", Kind.FORK)
def branches_max(xp: Any, fork: Fork) -> Any:
    """The largest branch was taken.

    Why it is wrong: a router chooses; a fork does not.
    In the numbers: the claim is the largest of the contributions.
    Example: branches 2 and 4; writing 4.
    Instead: add: 6.
    """
    return reduce(xp.maximum, fork.sent)


@misconception("fork", Kind.FORK)
def double_counted(xp: Any, fork: Fork) -> Any:
    """One branch was counted twice.

    Why it is wrong: each branch brings its gradient once.
    In the numbers: the claim is the sum plus one of the contributions again.
    Example: branches 2 and 4; writing 8 or 10.
    Instead: go through the gates that read the wire, each once.
    """
    total = reduce(add, fork.sent)
    return [total + branch for branch in fork.sent]
