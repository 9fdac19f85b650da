"""No message is lost, whenever a process dies and whichever route is down; one that may have arrived says so."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dataops_assets.alerting import tick
from dataops_assets.alerting.routes import Webhook
from dataops_assets.outbox.table import Outbox
from dataops_assets_tests.alerting.scene import HOUR, LOG, WARNING, Scene, day, to
from dataops_assets_tests.alerting.servers import Hook, hook
from dataops_assets_tests.alerting.test_receivers import AGAIN

HOOK = to(Webhook("HOOK"), "hook")


class Killed(BaseException):
    """The process ends here."""


def point(monkeypatch: pytest.MonkeyPatch, there: Hook) -> None:
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{there.port}/services/SECRETpath")


def test_killed_between_sending_and_marking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent again, by whoever looks next, under the same id, and says so: at least once."""
    at = Scene(tmp_path, HOOK)
    with hook() as there:
        point(monkeypatch, there)
        at.fail(day(0))
        with monkeypatch.context() as patch:
            patch.setattr(tick, "_marked", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                at.tick()
        assert len(there.got) == 1
        at.tick()  # somebody else may be sending it just now
        assert len(there.got) == 1
        report = at.tick()
        assert [message.id for message in report.sent] == [there.ids[0]]
        at.tick(HOUR)
    assert there.ids == [there.ids[0]] * 2
    assert [AGAIN in text for text in there.texts] == [False, True]


CHILD = """
import sys
from pathlib import Path
from dataops_assets_tests.alerting.test_outbox import HOOK, Scene
Scene(Path(sys.argv[1]), HOOK).tick()
"""


@pytest.mark.slow
def test_killed_by_the_system_when_the_message_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Scene(tmp_path, HOOK)
    at.fail(day(0))
    with hook() as there:
        point(monkeypatch, there)
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])
        there.meanwhile = child.kill
        assert child.wait(120) == -signal.SIGKILL
        there.meanwhile = lambda: None
        at.tick(HOUR)
    assert there.ids == [there.ids[0]] * 2
    assert [AGAIN in text for text in there.texts] == [False, True]


def test_killed_between_writing_and_sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Scene(tmp_path, HOOK)
    with hook() as there:
        point(monkeypatch, there)
        at.fail(day(0))
        with monkeypatch.context() as patch:
            patch.setattr(tick, "_delivered", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                at.tick()
        at.tick(HOUR)
    assert len(there.got) == 1
    assert AGAIN in there.texts[0], "nobody knows that it was not sent"


def test_killed_before_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing was decided: the state is still what it is."""
    at = Scene(tmp_path)
    at.fail(day(0))
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "append", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            at.tick()
    assert len(at.told()) == 1
    assert AGAIN not in at.said[0][1]


def test_two_that_look_at_the_same_time_tell_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Scene(tmp_path, HOOK)
    with hook() as there:
        point(monkeypatch, there)
        at.fail(day(0))
        original = at.send

        def while_another_looks(*args: object) -> None:
            at.send = original
            assert not at.tick().sent
            original(*args)

        at.send = while_another_looks
        at.tick()
        at.tick(HOUR)
    assert len(there.got) == 1


def test_a_route_that_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again less and less often, fails nothing, holds no other route up, and is named after a while."""
    at = Scene(tmp_path, HOOK, LOG)
    with hook() as gone:
        point(monkeypatch, gone)
    at.fail(day(0))
    report = at.tick()
    assert [message.route for message in report.sent] == ["log"]
    waits = []
    for _ in range(4):
        assert [message.route for message in report.waiting] == ["hook"]
        assert report.next_look
        waits.append((report.next_look - at.now).total_seconds() / 60)
        report = at.tick(report.next_look - at.now)
    assert waits == [1, 2, 4, 8]
    at.fail(day(0), asset="transformed/made")
    assert [message.route for message in at.tick().sent] == ["log"]
    ((level, line),) = (each for each in at.said if "route" in each[1])
    assert level == WARNING
    assert line.startswith(
        "alerts: route 'hook': 2 messages wait since 2026-03-01 03:01 UTC: 127.0.0.1 cannot be reached: "
    )
    assert "SECRET" not in line
    at.succeed(day(0))
    with hook(gone.port) as back:
        report = at.tick(HOUR)
    assert [text.split(" of ")[0] for text in back.texts] == ["[stop] check id.ge"] * 2 + ["[resolved] check id.ge"]
    assert not any(AGAIN in text for text in back.texts), "it is known that they did not arrive"
    assert not report.waiting


def test_a_message_that_is_refused_holds_up_no_other_nor_their_reminders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Scene(tmp_path, HOOK)
    with hook() as there:
        point(monkeypatch, there)
        at.fail(day(0))
        at.fail(day(0), asset="transformed/made")
        there.answers = [(400, "invalid_payload"), (200, "ok"), (400, "invalid_payload")]
        assert len(at.tick().sent) == 1
        at.tick(HOUR)
        assert [line for _, line in at.said] == [
            "alerts: route 'hook': a message waits since 2026-03-01 03:01 UTC: 127.0.0.1 answers 400 invalid_payload"
        ]
        there.answers = [(400, "invalid_payload"), (200, "ok")]
        at.tick(24 * HOUR)
    assert "transformed/made 2024-01-01 still fails" in there.texts[-1]


def test_a_route_that_takes_long_leaves_the_rest_to_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "_SECONDS", 0.0)
    at = Scene(tmp_path)
    at.fail(day(0))
    at.fail(day(0), asset="transformed/made")
    report = at.tick()
    assert (len(report.sent), len(report.waiting)) == (1, 1)
    assert report.next_look
    assert report.next_look <= at.now
    assert len(at.told()) == 1
    assert AGAIN not in at.said[0][1]


def test_an_answer_that_does_not_come_may_have_been_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr("dataops_assets.alerting.send.SECONDS", 0.1)
    at = Scene(tmp_path, HOOK)
    at.fail(day(0))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{silent.getsockname()[1]}/x")
        report = at.tick()
    assert "did not answer" in report.waiting[0].error
    with hook() as there:
        point(monkeypatch, there)
        at.tick(HOUR)
    assert AGAIN in there.texts[0]


def test_whatever_a_sender_raises_the_message_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Scene(tmp_path)
    at.fail(day(0))
    at.send, sends = lambda *_: (_ for _ in ()).throw(UnicodeError("SECRET")), at.send
    report = at.tick()
    at.send = sends
    assert [message.error for message in report.waiting] == ["it cannot be sent: UnicodeError"]
    assert len(at.tick(HOUR).sent) == 1


def test_messages_of_a_route_that_is_gone_wait_and_wake_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK", raising=False)
    at = Scene(tmp_path, HOOK)
    at.fail(day(0))
    at.tick()
    at.routes = [LOG]
    report = at.tick()
    assert not report.waiting
    assert [message.route for message in at.peek().waiting] == ["hook"]
