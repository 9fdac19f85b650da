"""A source that is told once its answer is kept: a queue, which sends again what nobody has acknowledged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dataops_assets.extract.extract import extract
from dataops_assets.lake.history import attempts
from dataops_assets.model import Contract, Integer, column
from dataops_assets.sources.base import DataFile, Extraction, PermanentSourceError, Request, TransientSourceError
from dataops_assets_tests.place import RUN, Place, jsonl, place, source


class Killed(BaseException):
    """What nothing catches, as nothing catches SIGKILL."""


class Things(Contract):
    """One row per message."""

    id: Integer = column("Number of the message.")


@dataclass
class Queue:
    """Messages wait until they are acknowledged, which a consumer does with what it was given.

    faults: what happens instead of the acknowledgements to come. broken: the answer ends with an error.
    """

    waiting: list[int] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    broken: bool = False

    def extract(self, request: Request) -> Extraction:
        given = list(self.waiting)

        def acknowledge() -> None:
            if self.faults:
                raise self.faults.pop()
            self.waiting = [message for message in self.waiting if message not in given]

        return Extraction({"kind": "queue"}, {}, self._files(given), on_committed=acknowledge)

    def _files(self, given: list[int]) -> Iterator[DataFile]:
        answer = jsonl(*({"id": message} for message in given))
        yield DataFile("part-00000.jsonl", "jsonl", None, iter([answer.content]), answer.rows, answer.columns)
        if self.broken:
            raise PermanentSourceError("t: the connection is gone")


@pytest.fixture
def queue() -> Queue:
    return Queue([1, 2])


@pytest.fixture
def at(tmp_path: Path, queue: Queue) -> Place:
    return place(tmp_path, source(Things, queue, partition=None, key=[], write="append"))


def ids(at: Place) -> list[int]:
    return [row["id"] for row in at.staged("t", "id")]


def test_a_queue_is_acknowledged_once_its_messages_are_kept(at: Place, queue: Queue) -> None:
    at.take("t")
    assert queue.waiting == []
    queue.waiting = [3]
    at.take("t")
    assert (ids(at), queue.waiting) == ([1, 2, 3], [])
    at.verify()


def test_killed_between_keeping_and_acknowledging(at: Place, queue: Queue) -> None:
    """The messages come again, with new ones, and each stands in the table once."""
    queue.faults.append(Killed())
    with pytest.raises(Killed):
        at.extract("t")
    assert queue.waiting == [1, 2]
    assert len(attempts(at.project.storage.staging, "t", None)) == 1
    queue.waiting.append(3)
    at.take("t")
    assert (ids(at), queue.waiting) == ([1, 2, 3], [])
    at.verify()


def test_an_answer_that_is_not_kept_is_not_acknowledged(at: Place, queue: Queue) -> None:
    queue.broken = True
    with pytest.raises(AssertionError, match="the connection is gone"):
        at.extract("t")
    assert queue.waiting == [1, 2]
    assert attempts(at.project.storage.staging, "t", None) == []


def test_an_acknowledgement_that_fails_is_said_and_loses_nothing(at: Place, queue: Queue) -> None:
    queue.faults.append(TransientSourceError("t: no answer"))
    table = at.project.catalog.staged["t"]
    [outcome] = extract(at.project.storage.staging, table.source, [None], RUN)
    assert outcome.refusal == ""
    [check] = outcome.checks
    assert check.passed
    assert (
        "the source could not be told that it is kept, and may send the same again: t: no answer" in check.description
    )
    assert len(attempts(at.project.storage.staging, "t", None)) == 1, "kept once, and not asked for again"
    at.take("t")
    assert (ids(at), queue.waiting) == ([1, 2], [])
