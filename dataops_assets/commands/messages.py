"""`dataops messages`: what other systems are told; with --send, what a tick of the daemon's sensor does."""

import json
import re
import uuid
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import fitting, say
from dataops_assets.commands.shared import Unusable, out
from dataops_assets.messages.message import FORM, Message, PartitionMessage, ReleaseMessage, decoded, json_schema
from dataops_assets.messages.post import Outgoing, Post, Report, announce, peek, tell

COLUMNS = ["since (UTC)", "event", "about", "partition", "rows", "sent (UTC)"]
_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")


def messages(options: Namespace) -> int:
    """Returns 0; with --send and --deployed 1 if a message could not be sent, and waits for the next time."""
    if options.schema:
        print(json.dumps(json_schema(), indent=1, ensure_ascii=False))  # noqa: T201
        return 0
    loaded = load_project()
    channels, warehouse, now = loaded.settings.channels, loaded.storage.warehouse, datetime.now(UTC)
    sends = options.send or options.deployed
    if sends and not channels.topic:
        raise Unusable("DATAOPS_MESSAGES_TOPIC names no topic, and so there is nobody to be told; see docs/messages.md")
    if options.deployed:
        message = _deployed(loaded, options.deployed, now)
        # A pipeline that is run once more, since the topic could not be reached, tells it once.
        if not any(_same(decoded(row.body.encode()), message) for row in peek(warehouse, 0, now).waiting):
            announce(warehouse, message, now)
    report = tell(Post.of(loaded.settings, warehouse), now) if sends else peek(warehouse, options.last, now)
    code = 1 if sends and report.waiting else 0
    if options.format == "json":
        print(json.dumps(_record(report, channels.topic), indent=1, ensure_ascii=False))  # noqa: T201
        return code
    if report.sent:
        say("sent" if sends else "sent last", style="bold")
        _table(report.sent)
    if report.waiting:
        say("not sent yet", style="bold")
        _table(report.waiting)
        for error in dict.fromkeys(row.error for row in report.waiting if row.error):
            say(error, 4, style="red")
    if not report.sent and not report.waiting:
        out.print(loaded.emptiness or "there is nothing to tell")
    if not channels.topic:
        say("nobody is told: DATAOPS_MESSAGES_TOPIC names no topic (docs/messages.md)")
    return code


def _deployed(loaded: Project, image: str, now: datetime) -> ReleaseMessage:
    if not _DIGEST.fullmatch(image):
        raise Unusable(f"--deployed {image!r}: an image with its digest, such as NAME@sha256:…; a tag may be moved")
    environment, version = loaded.settings.channels.environment, loaded.settings.code_version
    return ReleaseMessage(
        form=FORM,
        id=uuid.uuid4().hex,
        event="deployed",
        image=image,
        environment=environment,
        at=now,
        code_version=version,
    )


def _same(waiting: Message, message: ReleaseMessage) -> bool:
    return (
        isinstance(waiting, ReleaseMessage)
        and msgspec.structs.replace(waiting, id=message.id, at=message.at) == message
    )


def _table(rows: Sequence[Outgoing]) -> None:
    fitting(COLUMNS, [_row(row) for row in rows], right=["rows"], least=[["partition"], ["rows"]])


def _row(row: Outgoing) -> list[str]:
    message = decoded(row.body.encode())
    of_partition = isinstance(message, PartitionMessage)
    return [
        f"{message.at:%Y-%m-%d %H:%M:%S}",
        message.event,
        message.table if of_partition else message.image,
        message.partition if of_partition else message.environment,
        f"{message.rows:,}" if of_partition else "",
        f"{row.sent_at:%Y-%m-%d %H:%M:%S}" if row.sent_at else "",
    ]


def _record(report: Report, topic: str) -> dict[str, object]:
    """As JSON has it."""
    return {
        "topic": topic,
        "sent": [_of(row) for row in report.sent],
        "unsent": [_of(row) for row in report.waiting],
    }


def _of(row: Outgoing) -> dict[str, Any]:
    return {
        "message": json.loads(row.body),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "tries": row.tries,
        "error": row.error,
    }
