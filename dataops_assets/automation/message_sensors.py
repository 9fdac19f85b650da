"""The sensor `tell_messages` tells a topic what happened in production; `hear_messages` starts what messages ask for.

A message is acknowledged once a run of it is on record, which is seen by a tag of the run, and not before: whoever dies
in between is delivered the same message again, and finds the run. So it is with one that comes twice, and with one that
is older than what a run has heard of the same partition.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from dataops_assets.automation.jobs import AssetJob, run_request
from dataops_assets.automation.looks import cursor_of, ended, log_of, rests
from dataops_assets.automation.release_verification import NAME as VERIFY
from dataops_assets.automation.release_verification import config_of
from dataops_assets.channels import Channels
from dataops_assets.layers.catalog import Catalog
from dataops_assets.messages.asked import Asked, Load, Mark, Nothing, Verification, newest
from dataops_assets.messages.delivery import Delivery
from dataops_assets.messages.inbox import Reader, park
from dataops_assets.messages.post import Post, credentials_of, tell
from dataops_assets.messages.transport import subscribed
from dataops_assets.model.partitions import UNPARTITIONED, contiguous
from dataops_assets.model.tables import Source
from dataops_assets.nearest import suggestion
from dataops_assets.outbox.sending import Undelivered
from dataops_assets.settings import Settings, SettingsError
from dataops_assets.warehouse.storage import Storage

TELL, HEAR = "tell_messages", "hear_messages"
_SECONDS = 60
_HEARD_EVERY = 30
_AT_LEAST_EVERY = timedelta(minutes=10)
"""What was decided on the command line, or written by another instance, ends no run here."""

Found = Sequence[tuple[Delivery, Asked]]


def tell_sensor(settings: Settings, storage: Callable[[], Storage]) -> dg.SensorDefinition:
    """On from the beginning: it starts no run."""

    @dg.sensor(
        name=TELL,
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the topic of DATAOPS_MESSAGES_TOPIC what was published, held and rolled back.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        now = datetime.now(UTC)
        # Before the look: a run that ends during it is looked at by the next tick.
        known = {"ended": ended(context.instance), "topic": settings.channels.topic}
        if due := rests(context.cursor, known, now, _AT_LEAST_EVERY):
            return dg.SkipReason(f"no run has ended since the last look; the next one is at {due}")
        report = tell(Post.of(settings, storage().warehouse), now)
        if errors := [row.error for row in report.waiting if row.error]:
            context.log.warning(f"{len(report.waiting)} messages wait for {settings.channels.topic}: {errors[-1]}")
        later = min([now + _AT_LEAST_EVERY, *(row.due_at(now) for row in report.waiting)])
        context.update_cursor(cursor_of(known, later))
        return dg.SkipReason(f"{len(report.sent)} messages sent, {len(report.waiting)} wait")

    return sensor


def tables_heard(catalog: Catalog, channels: Channels) -> dict[str, Source]:
    """By the asset key of somebody else's table, the source that reads it; raises SettingsError."""
    for table, name in channels.tables.items():
        if name not in catalog.staged:
            raise SettingsError(
                f"DATAOPS_MESSAGES_TABLES: {table}={name}: there is no source {name!r}; "
                f"{suggestion(name, catalog.staged)}"
            )
    return {table: catalog.staged[name].source for table, name in channels.tables.items()}


def hear_sensor(
    tables: Mapping[str, Source], jobs: Mapping[str, AssetJob], verify: dg.JobDefinition, settings: Settings
) -> dg.SensorDefinition:
    """Stopped until somebody starts it. jobs: that load a source, by its name. Raises SettingsError."""
    channels, credentials = settings.channels, credentials_of(settings)
    reader = Reader(tables, channels.environment)

    @dg.sensor(
        name=HEAR,
        jobs=[*jobs.values(), verify],
        minimum_interval_seconds=_HEARD_EVERY,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=(
            "Starts what messages of DATAOPS_MESSAGES_SUBSCRIPTION ask for: the load of a partition that is there, the "
            "verification of a release."
        ),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        say, now = log_of(context), datetime.now(UTC)
        before: Mapping[str, int] = json.loads(context.cursor or "{}")
        try:
            with subscribed(channels.subscription, credentials) as subscription:
                mail = reader.fetch(subscription, now)
                heard = _heard(context.instance, [asked for _, asked in mail.asked])
                done = [each for each, asked in mail.asked if _is_done(asked, heard)]
                open_ = [(each, asked) for each, asked in mail.asked if not _is_done(asked, heard)]
                tried = {each.transport_id: _deliveries(each, before) for each, _ in open_}
                often = [each for each, _ in open_ if tried[each.transport_id] > channels.deliveries]
                left = [(each, asked) for each, asked in open_ if each not in often]
                requests = _requests(left, settings.partitions_per_run)
                words = f"was delivered {channels.deliveries} times, and no run of it came on record"
                poison = [*mail.poison, *((each, words) for each in often)]
                subscription.acknowledge(done)
                parked = park(
                    subscription,
                    channels.dead_letter,
                    poison,
                    credentials,
                    lambda line: say(logging.WARNING, line),
                )
                subscription.again([each for each, _ in left])
        except Undelivered as error:
            context.log.warning(f"messages cannot be heard: {error}")
            return dg.SensorResult(skip_reason=f"messages cannot be heard: {error}", cursor=context.cursor)
        waits = {each.transport_id: tried[each.transport_id] for each, _ in left}
        said = f"{len(done)} messages acknowledged, {parked} put away, {len(left)} wait for a run"
        cursor = json.dumps(waits)
        if not requests:
            return dg.SensorResult(skip_reason=said, cursor=cursor)
        context.log.info(said)
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return sensor


def _deliveries(delivery: Delivery, before: Mapping[str, int]) -> int:
    """How often it was delivered: as the transport counts, or as this sensor does where that does not."""
    return max(delivery.deliveries, before.get(delivery.transport_id, 0) + 1)


def _heard(instance: dg.DagsterInstance, asked: Iterable[Asked]) -> dict[str, list[Mark]]:
    """The marks of runs that are on record, by their keys, of those that these messages have."""
    keys = sorted({Mark.of(each.message).key for each in asked})
    found = instance.get_run_tags(keys) if keys else []
    return {key: [mark for value in values if (mark := Mark.read(key, value))] for key, values in found}


def _is_done(asked: Asked, heard: Mapping[str, Sequence[Mark]]) -> bool:
    if isinstance(asked, Nothing):
        return True
    mark = Mark.of(asked.message)
    return any(each.covers(mark) for each in heard.get(mark.key, ()))


def _requests(found: Found, partitions_per_run: int) -> list[dg.RunRequest]:
    """A run for adjacent partitions of a source, and for each verification, with the marks of what it hears."""
    loads = [asked for _, asked in found if isinstance(asked, Load)]
    requests: list[dg.RunRequest] = []
    for name in dict.fromkeys(load.source.name for load in loads):
        mine = [load for load in loads if load.source.name == name]
        marks: dict[str, list[Mark]] = {}
        for load in mine:
            key = load.partition.key if load.partition else UNPARTITIONED
            marks.setdefault(key, []).append(Mark.of(load.message))
        chunks = [
            run[start : start + partitions_per_run]
            for run in contiguous(sorted({load.partition for load in mine if load.partition}))
            for start in range(0, len(run), partitions_per_run)
        ]
        for chunk in chunks or [[]]:
            of_run = [mark for key in [p.key for p in chunk] or [UNPARTITIONED] for mark in marks[key]]
            tags = _tags(of_run)
            requests.append(run_request(_run_key(tags), chunk, job=f"{name}_load", tags=tags))
    for verification in {each.message.id: each for _, each in found if isinstance(each, Verification)}.values():
        tags, config = _tags([Mark.of(verification.message)]), config_of(verification.message)
        requests.append(dg.RunRequest(verification.message.id, run_config=config, tags=tags, job_name=VERIFY))
    return requests


def _tags(marks: Iterable[Mark]) -> dict[str, str]:
    """A tag for each key: of several messages about the same, of the newest, which covers the others."""
    by_key: dict[str, list[Mark]] = {}
    for mark in marks:
        by_key.setdefault(mark.key, []).append(mark)
    return {key: newest(each).value for key, each in by_key.items()}


def _run_key(tags: Mapping[str, str]) -> str:
    """The id of the message, or of several a digest of theirs: Dagster starts no second run with it."""
    ids = [mark.id for key, value in sorted(tags.items()) if (mark := Mark.read(key, value))]
    return ids[0] if len(ids) == 1 else hashlib.blake2b("\0".join(ids).encode(), digest_size=16).hexdigest()
