"""A project whose table `made` is published, rolled back and held, and a topic that is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Cause, Entry, sequences
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.messages.message import Message, decoded
from dataops_assets.messages.post import Outgoing, Post, Report, peek, tell
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets_tests.place import Place, Scripted, daily, jsonl, place, source
from dataops_assets_tests.standins.pubsub import PubSubServer

TOPIC, DEAD = "projects/p1/topics/told", "projects/p1/topics/dead"
SUBSCRIPTION, DEAD_READER = "projects/p1/subscriptions/heard", "projects/p1/subscriptions/dead"
ONE, TWO = "2024-01-01", "2024-01-02"
PUBLISHED = "production/made"
RUN, ANN = RunInfo("run"), Who("ann", "wrong prices")


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.", ge=0)


@contextmanager
def pubsub() -> Iterator[PubSubServer]:
    """Topics and subscriptions, made by the official clients."""
    from google.cloud import pubsub_v1

    with PubSubServer() as server:
        client, reader = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        for topic, subscription in ((TOPIC, SUBSCRIPTION), (DEAD, DEAD_READER)):
            client.create_topic(name=topic)
            reader.create_subscription(name=subscription, topic=topic)
        client.transport.close()
        reader.close()
        yield server


@dataclass
class Scene:
    """now: the clock of looks."""

    place: Place
    server: PubSubServer
    topic: str = TOPIC
    now: datetime = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

    @classmethod
    def of(cls, home: Path, server: PubSubServer) -> "Scene":
        sql = "select day, id from staged.t where day >= @window_start and day < @window_end"
        made = Derived("made", Rows, ["day", "id"], partition=daily(), publish=True, sql=sql)
        return cls(place(home, source(Rows, Scripted(), write="replace"), made), server)

    def publish(self, key: str, *ids: int) -> None:
        """Bring these rows of a day from the source to production."""
        extractor = self.place.project.catalog.staged["t"].source.extract
        assert isinstance(extractor, Scripted)
        extractor.answer(key, jsonl(*({"day": key, "id": each} for each in ids)))
        self.place.take("t", key)
        self.place.transform("made", key)
        self.publish_again(key)

    def publish_again(self, key: str) -> None:
        self.place.publish("made", key)

    def roll_back(self, key: str) -> None:
        project = self.place.project
        table = project.catalog.derived["made"]
        roll_back(project.storage, table, self.place.partitions(table, [key]), None, ANN, RUN)

    def release(self, key: str) -> None:
        project = self.place.project
        table = project.catalog.derived["made"]
        release(project.storage, table, self.place.partitions(table, [key]), ANN, RUN)

    def stand(self, key: str, rows: int) -> None:
        """Append an entry of the ledger, as a publication does: so many rows, which make the version."""
        self._write(Entry.passed(PUBLISHED, key, f"v{rows}", rows))

    def hold(self, key: str, began: str = "staged/t") -> None:
        """Append an entry of the ledger, as a publication that was refused does."""
        cause = Cause("failed", began, key)
        warehouse = self.place.project.storage.warehouse
        with warehouse.session() as session, session.reading():
            before = ledger.states(session, warehouse.staging, PUBLISHED, [key])
        self._write(Entry.refused(PUBLISHED, key, before.get(key), "held", f"{began} failed", cause))

    def _write(self, entry: Entry) -> None:
        warehouse = self.place.project.storage.warehouse
        with warehouse.session() as session, session.swapping(PUBLISHED) as swap:
            before = sequences(ledger.states(session, warehouse.staging, PUBLISHED))
            ledger.stage(session, [entry], before)
            ledger.ensure(session, swap, warehouse.staging)
            ledger.append(session, swap, warehouse.staging, [entry])

    def tell(self, later: timedelta = timedelta(minutes=1)) -> Report:
        """A look, a minute after the last one."""
        self.now += later
        return tell(Post(self.place.project.storage.warehouse, self.topic), self.now)

    def unsent(self) -> list[Outgoing]:
        """What waits, also that of which nobody knows yet."""
        return list(peek(self.place.project.storage.warehouse, 10, self.now).waiting)

    @property
    def told(self) -> list[Message]:
        """What arrived at the topic, with what arrived twice."""
        return [decoded(message.data) for message in self.server.published.get(TOPIC, [])]

    @property
    def events(self) -> list[tuple[str, str]]:
        """Of each: event, partition."""
        return [(each.event, getattr(each, "partition", "")) for each in self.told]
