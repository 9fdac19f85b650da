"""Which assets are run next, and together."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def next_group(
    todo: Iterable[K], group_of: Callable[[K], Hashable], can_go_with: Callable[[K, set[K]], bool]
) -> set[K]:
    """Of what is left, the most that can be run at once, and need nothing else that is left.

    group_of: the same for those that could share a run at all. can_go_with: can one be run once what it needs is, with
    these others? What cannot is taken out until all that are left can. Of groups of one size it is the first.
    """
    groups: dict[Hashable, set[K]] = {}
    for key in todo:
        groups.setdefault(group_of(key), set()).add(key)
    best: set[K] = set()
    for ready in groups.values():
        while unready := {key for key in ready if not can_go_with(key, ready)}:
            ready -= unready
        best = max(best, ready, key=len)
    return best
