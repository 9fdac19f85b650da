"""What messages ask for is started once, however they are delivered, and whoever dies in between."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.automation.message_sensors import HEAR
from dataops_assets.automation.release_verification import NAME as VERIFY
from dataops_assets.build import Project
from dataops_assets.channels import Channels
from dataops_assets.environment import SettingsError
from dataops_assets.messages.asked import Mark
from dataops_assets.messages.message import Message, PartitionMessage, ReleaseMessage, decoded, encoded
from dataops_assets.messages.pubsub import PubSubSubscription
from dataops_assets_tests.messages.scene import DEAD, ONE, SUBSCRIPTION, TOPIC, TWO, Rows, pubsub
from dataops_assets_tests.place import Scripted, daily, jsonl, source
from dataops_assets_tests.standins.pubsub import PubSubServer
from dataops_assets_tests.support import make_project

CHANNELS = Channels(TOPIC, SUBSCRIPTION, DEAD, {"production/theirs": "t", "production/list": "whole"}, deliveries=4)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


class Killed(BaseException):
    """The process ends here."""


def told(partition: str = ONE, sequence: int = 1, table: str = "production/theirs", **more: Any) -> PartitionMessage:
    """What an upstream team tells."""
    about: dict[str, Any] = {
        "form": 1,
        "id": f"m{next(_numbers)}",
        "event": "published",
        "data_version": "v",
        "rows": 1,
        "at": NOON + timedelta(minutes=sequence),
    }
    return PartitionMessage(table=table, partition=partition, sequence=sequence, **about | more)


@dataclass
class Ears:
    """A project that hears, a Dagster instance, and what a daemon would do."""

    project: Project
    instance: dg.DagsterInstance
    server: PubSubServer
    cursor: str | None = None
    asked: list[dg.RunRequest] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.repository = self.project.definitions().get_repository_def()

    def say(self, *messages: Message | bytes) -> None:
        """Publish to the topic that the subscription is of."""
        from google.cloud import pubsub_v1

        client = pubsub_v1.PublisherClient()
        for message in messages:
            body = message if isinstance(message, bytes) else encoded(message).encode()
            client.publish(TOPIC, body).result()
        client.transport.close()

    def evaluate(self) -> Any:
        """A tick, of which nothing is on record."""
        with dg.build_sensor_context(
            self.instance, cursor=self.cursor, repository_def=self.repository, sensor_name=HEAR
        ) as context:
            context.log.warning = self.logged.append  # type: ignore[method-assign]
            return self.repository.get_sensor_def(HEAR).evaluate_tick(context)

    def tick(self) -> list[dg.RunRequest]:
        """A tick, and what the daemon makes of it: runs on record, none twice with a key, and the cursor."""
        return self.record(self.evaluate())

    def record(self, tick: Any) -> list[dg.RunRequest]:
        new = []
        for request in tick.run_requests or ():
            known = self.instance.get_runs(dg.RunsFilter(tags={"dagster/run_key": request.run_key or ""}))
            if not known:
                job = self.repository.get_job(request.job_name or "")
                tags = {**request.tags, "dagster/run_key": request.run_key or ""}
                self.instance.create_run_for_job(job, tags=tags, run_config=request.run_config)
                new.append(request)
        self.asked += new
        self.cursor = tick.cursor
        return new

    @property
    def left(self) -> int:
        """Messages that are not acknowledged."""
        return len(self.server.waiting[SUBSCRIPTION]) + len(self.server.pulled[SUBSCRIPTION])

    @property
    def dead(self) -> list[str]:
        """Why each message was put away."""
        return [each.attributes["dead_letter_reason"] for each in self.server.published.get(DEAD, [])]


def what(requests: Sequence[dg.RunRequest]) -> list[tuple[str | None, str]]:
    """Of each: job, and partitions."""
    found = []
    for each in requests:
        first = each.tags.get("dagster/asset_partition_range_start")
        span = f"{first}..{each.tags['dagster/asset_partition_range_end']}" if first else each.partition_key or ""
        found.append((each.job_name, span))
    return found


def hearing(home: Path, server: PubSubServer, instance: dg.DagsterInstance, **more: Any) -> Ears:
    scripted = Scripted()
    for key in (ONE, TWO, ""):
        scripted.answer(key, jsonl({"day": key or ONE, "id": 1}))
    sources = [source(Rows, scripted, partition=daily()), source(Rows, scripted, name="whole", partition=None)]
    project = make_project(home, *sources, channels=CHANNELS, **more)
    return Ears(project, instance, server)


@pytest.fixture
def at(tmp_path: Path, server: PubSubServer) -> Iterator[Ears]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield hearing(tmp_path, server, instance)


def test_a_partition_that_is_there_is_loaded(at: Ears) -> None:
    """Acknowledged is the message when the run is on record, and not before."""
    message = told()
    at.say(message)
    [request] = at.tick()
    assert (request.run_key, what([request])) == (message.id, [("t_load", ONE)])
    assert at.left == 1
    assert at.tick() == []
    assert at.left == 0
    ran = at.repository.get_job("t_load").execute_in_process(instance=at.instance, partition_key=ONE)
    assert ran.success
    assert at.project.storage.warehouse.query("select count(*) as n from staging.raw_t").to_pylist() == [{"n": 1}]


def test_many_are_one_run(at: Ears) -> None:
    """Adjacent partitions, whatever the order of their messages; a table without partitions by itself."""
    at.say(told("2024-01-05"), told(TWO), told(ONE), told("", table="production/list"), told("", 2, "production/list"))
    expected = [("t_load", f"{ONE}..{TWO}"), ("t_load", "2024-01-05"), ("whole_load", "")]
    assert sorted(what(at.tick())) == sorted(expected)
    assert at.tick() == []
    assert at.left == 0


def test_what_asks_for_nothing_is_acknowledged(at: Ears) -> None:
    release = ReleaseMessage(form=1, id="r", event="deployed", image="i", environment="elsewhere", at=NOON)
    at.say(told(event="held"), told(event="released"), release)
    assert at.tick() == []
    assert (at.left, at.dead) == (0, [])
    at.say(told(event="rolled_back"))
    assert what(at.tick()) == [("t_load", ONE)]


def test_a_release_that_was_deployed_here_is_verified(at: Ears) -> None:
    release = ReleaseMessage(form=1, id="r1", event="deployed", image="app@sha256:1", environment="local", at=NOON)
    at.say(release, release)
    [request] = at.tick()
    assert (request.run_key, request.job_name) == ("r1", VERIFY)
    ran = [
        at.repository.get_job(VERIFY).execute_in_process(instance=at.instance, run_config=request.run_config)
        for _ in range(2)  # as after a crash
    ]
    assert all(each.success for each in ran)
    assert at.tick() == []
    [row] = at.project.storage.warehouse.query("select event, body from staging._messages").to_pylist()
    answer = decoded(row["body"].encode())
    assert isinstance(answer, ReleaseMessage)
    assert (answer.event, answer.image, answer.environment) == ("verified", "app@sha256:1", "local")


POISON = [
    (b"\xff\x00", "it cannot be read"),
    (b"{}", "it cannot be read"),
    (b"[1]", "it cannot be read"),
    (b'{"form": 2}', "it has the form 2, and form 1 is known here"),
    (b'{"form": 1, "about": "weather"}', "it is no message of form 1"),
    (b'{"form": 1, "about": "partition", "id": "x"}', "it is no message of form 1"),
    (told(table="production/their"), "is none of DATAOPS_MESSAGES_TABLES; did you mean production/theirs?"),
    (told("2024-13-01"), "source 't': partition key '2024-13-01' is not of the form"),
    (told("1999-01-01"), "source 't': partition '1999-01-01' is not between"),
    (told(""), "production/theirs has no partition, and source 't' is read by date"),
]


def test_what_nobody_can_act_upon_is_put_away_with_the_reason(at: Ears) -> None:
    """It holds nothing else up, and comes as it was sent."""
    at.say(*(message for message, _ in POISON), told(TWO))
    assert what(at.tick()) == [("t_load", TWO)]
    assert len(at.dead) == len(POISON)
    for (_, reason), said in zip(POISON, at.dead, strict=True):
        assert reason in said
    assert [each.data for each in at.server.published[DEAD]][:2] == [b"\xff\x00", b"{}"]
    assert sum("is put into" in line for line in at.logged) == len(POISON)
    at.tick()
    assert at.left == 0


def test_a_partition_that_is_not_over(tmp_path: Path, server: PubSubServer) -> None:
    from dataops_assets.model import Daily

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    with dg.DagsterInstance.ephemeral() as instance:
        days = source(Rows, Scripted(), partition=Daily(start="2024-01-01", column="day", keep_days=3))
        channels = Channels("", SUBSCRIPTION, DEAD, {"production/theirs": "t"})
        at = Ears(make_project(tmp_path, days, channels=channels), instance, server)
        at.say(told(today), told(ONE))
        assert at.tick() == []
        assert f"partition {today} is not over before" in at.dead[0]
        assert f"partition {ONE} is older than what is kept" in at.dead[1]


def test_what_is_delivered_too_often_is_put_away(at: Ears) -> None:
    """Dagster starts no run of it, whatever it is: others are not held up for ever."""
    at.say(told())
    for _ in range(CHANNELS.deliveries):
        assert at.dead == []
        tick = at.evaluate()
        assert tick.run_requests
        at.cursor = tick.cursor
    at.tick()
    assert at.dead == ["was delivered 4 times, and no run of it came on record"]
    assert at.left == 0


def test_a_dead_letter_topic_that_is_not_there(at: Ears) -> None:
    del at.server.topics[DEAD]
    at.say(b"{}", told())
    assert what(at.tick()) == [("t_load", ONE)]
    assert at.left == 2
    assert "cannot be put away: projects/p1/topics/dead: 404 Resource not found" in at.logged[-1]
    at.tick()
    assert at.left == 1


def test_a_subscription_that_is_not_there(at: Ears) -> None:
    del at.server.subscriptions[SUBSCRIPTION]
    tick = at.evaluate()
    assert "messages cannot be heard: projects/p1/subscriptions/heard: 404" in tick.skip_message


def test_a_source_that_does_not_exist(tmp_path: Path) -> None:
    channels = Channels("", SUBSCRIPTION, DEAD, {"production/theirs": "whol"})
    project = make_project(tmp_path, source(Rows, Scripted(), name="whole", partition=None), channels=channels)
    with pytest.raises(SettingsError, match=r"production/theirs=whol: there is no source 'whol'; did you mean whole\?"):
        project.definitions()


STEPS = ["pull", "acknowledge", "again"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_between_any_two_steps_starts_no_second_run(
    at: Ears, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    at.say(told(ONE), told(ONE, 2), b"{}", told("2024-01-05"))
    original = getattr(PubSubSubscription, step)

    def killed(*args: Any) -> Any:
        if after:
            original(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PubSubSubscription, step, killed)
        with pytest.raises(Killed):
            at.tick()
        at.server.pass_deadlines()
    at.tick()
    with monkeypatch.context() as patch:  # the runs are on record, and nobody knows
        patch.setattr(PubSubSubscription, step, killed)
        with pytest.raises(Killed):
            at.tick()
        at.server.pass_deadlines()
    at.tick()
    at.server.pass_deadlines()
    at.tick()
    assert sorted(what(at.asked)) == [("t_load", ONE), ("t_load", "2024-01-05")]
    assert at.left == 0
    assert at.dead


def test_a_crash_after_the_tick_and_before_its_run(at: Ears) -> None:
    """The tick is not on record: it is as if it had not been. One that is, Dagster brings to its end."""
    at.say(told())
    at.evaluate()
    assert what(at.tick()) == [("t_load", ONE)]
    assert at.tick() == []
    assert at.left == 0


def test_a_ledger_that_was_made_anew_counts_from_the_beginning(at: Ears) -> None:
    at.say(told(sequence=7))
    at.tick()
    at.tick()
    at.say(told(sequence=1, at=NOON + timedelta(days=1)))
    assert what(at.tick()) == [("t_load", ONE)]


MESSAGES = st.lists(st.tuples(st.sampled_from([ONE, TWO, "2024-01-05"]), st.integers(1, 4)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    with pubsub() as server, dg.DagsterInstance.ephemeral() as instance:
        yield hearing(tmp_path_factory.mktemp("ears"), server, instance)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(MESSAGES, st.integers(0, 2**32))
def test_in_whatever_order_and_however_often(ears: Ears, wanted: list[tuple[str, int]], seed: int) -> None:
    """Of all deliveries, redelivered, doubled and shuffled, with ticks that die: each message is heard by a run, no run
    hears only what an earlier one has heard, and in the end nothing is left.
    """
    chance, later = random.Random(seed), 10 * next(_numbers)  # after all that an earlier example told
    messages = {(key, sequence): told(key, later + sequence) for key, sequence in wanted}
    stream = [messages[each] for each in wanted for _ in range(chance.choice((1, 1, 2)))]
    chance.shuffle(stream)
    marks: dict[str, Mark] = {}
    while stream or ears.left:
        ears.say(*(stream.pop() for _ in range(min(len(stream), chance.randint(0, 3)))))
        chance.shuffle(ears.server.waiting[SUBSCRIPTION])
        if chance.random() < 0.2:
            ears.evaluate()  # and dies
        for request in ears.tick():
            found = [mark for key, value in request.tags.items() if (mark := Mark.read(key, value))]
            assert any(mark.key not in marks or not marks[mark.key].covers(mark) for mark in found)
            marks |= {mark.key: mark for mark in found}
        if chance.random() < 0.3:
            ears.server.pass_deadlines()
    for message in messages.values():
        mark = Mark.of(message)
        assert marks[mark.key].covers(mark)
    assert ears.dead == []
    assert json.loads(ears.cursor or "{}") == {}
