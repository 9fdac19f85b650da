"""Messages that were sent long ago go; what waits, and what keeps one from being sent twice, stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dataops_assets.messages.post import OUTBOX, TARGET, Outgoing
from dataops_assets.retention import Retention
from dataops_assets_tests.pruning.scene import Scene


@pytest.mark.usefixtures("each_backend")
def test_sent_messages(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    warehouse, keeps = scene.at.project.storage.warehouse, Retention(messages_days=31)
    assert scene.look(keeps).messages == {"_messages": 0, "_alerts": 0}
    long_ago = datetime.now(UTC) - timedelta(days=40)
    rows = [Outgoing(f"m{n}", long_ago, place=n, line="l", event="published", body="{}") for n in range(1, 6)]
    sent = [replace(row, sent_at=long_ago if row.place != 2 else scene.now) for row in rows if row.place != 3]
    with warehouse.session() as session, session.swapping(TARGET) as swap:
        OUTBOX.ensure(session, swap, warehouse.staging)
        OUTBOX.append(session, swap, warehouse.staging, [*sent, rows[2]])
    assert scene.look(keeps).messages["_messages"] == 2
    scene.prune(keeps)
    with warehouse.session() as session, session.reading():
        left = OUTBOX.newest(session, warehouse.staging, 10)
        assert [row.id for row in left] == ["m5", "m3", "m2"], "the newest, by which the next are numbered, stays"
        assert OUTBOX.highest(session, warehouse.staging, "place") == 5
    assert scene.look(keeps).is_empty
