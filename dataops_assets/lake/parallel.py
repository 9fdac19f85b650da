"""Several objects at a time: what a store takes is mostly waiting, for a disk's flush or for a network."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_BATCH, _BATCH_BYTES = 64, 32 << 20


def parallel_each(function: Callable[[T], Any], items: Iterable[T], threads: int) -> None:
    """Call it with every item, some at a time; raises the first error, after those that had begun have ended.

    Items are taken as they are needed, no more than twice as many as there are threads.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="parallel_each") as pool:
        begun: deque[Future[Any]] = deque()
        try:
            for item in items:
                if len(begun) == 2 * threads:
                    begun.popleft().result()
                begun.append(pool.submit(function, item))
            while begun:
                begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()


def parallel_map(function: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
    """The function of each item, in order; several at a time, but without the cost of threads where they gain nothing.

    Raises the first error.
    """
    if len(items) < 2 or threads < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(threads, thread_name_prefix="parallel_map") as pool:
        return list(pool.map(function, items))


def batched(items: Iterable[T], weigh: Callable[[T], int] = lambda item: 0) -> Iterator[list[T]]:
    """The items as they come, in lists of up to 64 that weigh up to 32 MiB, or of one."""
    batch: list[T] = []
    weight = 0
    for item in items:
        weight += weigh(item)
        if batch and (len(batch) == _BATCH or weight > _BATCH_BYTES):
            yield batch
            batch, weight = [], weigh(item)
        batch.append(item)
    if batch:
        yield batch
