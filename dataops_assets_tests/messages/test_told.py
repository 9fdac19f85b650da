"""What a topic is told: each publication, rollback and refusal once, in order, whenever a process dies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataops_assets.ledger.entry import Cause, Decision, Entry
from dataops_assets.messages import news, post
from dataops_assets.messages.message import PartitionMessage
from dataops_assets.messages.news import event_of
from dataops_assets.outbox.table import Outbox
from dataops_assets_tests.messages.scene import ONE, TOPIC, TWO, Scene
from dataops_assets_tests.standins.pubsub import PubSubServer

HOUR = timedelta(hours=1)


class Killed(BaseException):
    """The process ends here."""


def kill(*_: object) -> None:
    raise Killed


def test_what_happens_to_a_partition_is_told_in_its_order(at: Scene) -> None:
    at.tell()
    at.publish(ONE, 1, 2)
    at.publish(ONE, 1, 2, 3)
    at.publish_again(ONE)  # as it stands: nothing new
    at.hold(ONE)
    at.hold(ONE)
    at.roll_back(ONE)
    at.release(ONE)
    at.publish_again(ONE)
    report = at.tell()
    events = ["published", "published", "held", "rolled_back", "released", "published"]
    # The first look has found an empty ledger, so this one tells what stands, and not how that came about.
    assert [each.event for each in report.sent] == events[-1:]
    at.publish(TWO, 1)
    at.publish(TWO, 1, 2)
    at.hold(TWO)
    at.hold(TWO)
    at.roll_back(TWO)
    at.release(TWO)
    at.publish_again(TWO)
    assert at.tell().sent
    assert at.events[1:] == [(event, TWO) for event in events]
    messages = [each for each in at.told if isinstance(each, PartitionMessage)][1:]
    assert [each.rows for each in messages] == [1, 2, 2, 1, 1, 2]
    assert [each.sequence for each in messages] == sorted({each.sequence for each in messages})
    assert len({each.id for each in messages}) == len(messages)
    assert [each.reason for each in messages] == ["", "", "staged/t failed", "wrong prices", "wrong prices", ""]
    assert {(each.table, each.form) for each in messages} == {("production/made", 1)}
    assert not at.tell().sent
    sent = at.server.published[TOPIC]
    assert {each.ordering_key for each in sent} == {"production/made"}
    assert [each.attributes["event"] for each in sent[1:]] == events
    assert [each.attributes["id"] for each in sent] == [each.id for each in at.told]


def test_the_first_look_tells_what_stands(at: Scene) -> None:
    """So what was published after the topic was named, and before anybody looked, is told."""
    at.stand(ONE, 1)
    at.stand(ONE, 2)
    at.stand(TWO, 1)
    at.hold(TWO)
    warehouse = at.place.project.storage.warehouse
    with warehouse.session() as session, session.swapping(post.TARGET) as swap:  # one that began to look, and died
        news.ensure(session, swap, warehouse.staging)
    at.tell()
    assert sorted(at.events) == [("held", TWO), ("published", ONE), ("published", TWO)]


CRASHES: dict[str, tuple[Any, str]] = {
    "before it was written": (Outbox, "append"),
    "between writing and sending": (post, "_sent"),
    "between sending and marking": (post, "_marked"),
}


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_loses_nothing(at: Scene, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Each arrives at least once, under one id, and in order; one that may have arrived before says so."""
    at.stand(ONE, 1)
    at.tell()
    at.stand(TWO, 1)
    at.stand(TWO, 2)
    with monkeypatch.context() as patch:
        patch.setattr(*CRASHES[where], kill)
        with pytest.raises(Killed):
            at.tell()
    assert not at.tell(timedelta(seconds=1)).sent or where == "before it was written"  # somebody may be sending it
    at.stand(ONE, 2)
    at.tell(HOUR)
    ids = list(dict.fromkeys(each.id for each in at.told))
    assert len(ids) == 4
    arrived = [(each.event, each.rows) for each in at.told if isinstance(each, PartitionMessage)]
    twice = where == "between sending and marking"
    assert arrived[-3:] == [("published", 1), ("published", 2), ("published", 2)]
    assert len(arrived) == (6 if twice else 4)
    again = [each.attributes["again"] for each in at.server.published[TOPIC]]
    assert again.count("true") == (0 if where == "before it was written" else 2)
    assert not at.unsent()


def test_a_topic_that_cannot_be_reached(at: Scene) -> None:
    """Nothing fails, the messages wait, and arrive in order when it is there."""
    at.topic = "projects/p1/topics/gone"
    at.stand(ONE, 1)
    report = at.tell()
    assert not report.sent
    assert [(each.event, each.down) for each in report.waiting] == [("published", True)]
    assert "Resource not found (resource=gone)" in report.waiting[0].error
    at.stand(TWO, 1)
    at.topic = TOPIC
    assert not at.tell(timedelta(seconds=30)).sent, "it is not asked again at once"
    at.tell(HOUR)
    assert at.events == [("published", ONE), ("published", TWO)]


def test_what_follows_one_that_was_refused_waits_for_it(at: Scene) -> None:
    at.stand(ONE, 1)
    at.tell()
    at.stand(ONE, 2)
    at.stand(ONE, 3)
    at.server.refuse = 1
    report = at.tell()
    assert [(each.tries, bool(each.error)) for each in report.waiting] == [(1, True), (0, False)]
    at.tell(HOUR)
    assert [each.rows for each in at.told if isinstance(each, PartitionMessage)] == [1, 2, 3]


def test_two_that_look_at_the_same_time_tell_it_once(at: Scene) -> None:
    at.stand(ONE, 1)
    looks = []
    at.server.meanwhile = lambda _: looks.append(at.tell(timedelta(0)).sent)
    at.tell()
    assert looks == [[]]
    assert len(at.told) == 1


@pytest.mark.cloud
def test_on_each_backend(each_backend: str, tmp_path: Path, server: PubSubServer) -> None:
    at = Scene.of(tmp_path, server)
    at.publish(ONE, 1)
    at.tell()
    at.publish(ONE, 1, 2)
    at.hold(ONE)
    at.roll_back(ONE)
    at.tell()
    assert at.events == [(each, ONE) for each in ("published", "published", "held", "rolled_back")]
    assert not at.tell().waiting


ENTRIES = st.builds(
    Entry,
    asset=st.just("production/made"),
    partition=st.just(ONE),
    verdict=st.sampled_from(["passed", "held", "failed"]),
    version=st.sampled_from(["v1", "v2"]),
    cause=st.sampled_from([None, Cause("failed", "staged/t", ONE), Cause("not_approved", "production/made", ONE)]),
    decision=st.sampled_from(
        [None, Decision("rollback", "v1", "ann", "why", "2026"), Decision("approve", "v2", "a", "w", "1")]
    ),
    recorded_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)


@given(st.lists(ENTRIES, min_size=1, max_size=8))
def test_who_heard_all_messages_knows_what_stands(entries: list[Entry]) -> None:
    """Whatever the ledger says one after the other: the last message is of what it says last."""
    before, heard = None, None
    for entry in entries:
        event = event_of(entry, before)
        heard = entry if event else heard
        assert event or before is not None
        assert heard
        assert (heard.verdict == "passed") == (entry.verdict == "passed")
        if entry.verdict == "passed":
            assert heard.version == entry.version
        before = entry
