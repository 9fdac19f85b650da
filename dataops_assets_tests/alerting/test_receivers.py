"""What arrives at a webhook, a mail server and Pub/Sub; what is said of one that cannot be reached; no secret in it."""

import datetime as dt
import json
import logging
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.alerting.book import Message
from dataops_assets.alerting.routes import PubSub, Receiver, Smtp, Webhook
from dataops_assets.alerting.send import Send, Undelivered
from dataops_assets.settings import SettingsError
from dataops_assets_tests.alerting.servers import hook, mail_server

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MESSAGE = Message("4f2a", NOON, "one", "alert", "[stop] staged/t", "[stop] staged/t\n<!channel> & more", "[]")
AGAIN = "(sent again: it may have arrived before)"
SECRET = "T0SECRET/B0SECRET/xyzzySECRET"


def sent(receiver: Receiver, message: Message = MESSAGE, again: bool = False) -> Undelivered | None:
    try:
        Send()(receiver, message, again, lambda level, line: None)
    except Undelivered as error:
        return error
    return None


def test_a_webhook_gets_text_in_which_nothing_calls_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as there:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{there.port}/services/{SECRET}")
        assert sent(Webhook("HOOK")) is None
        assert sent(Webhook("HOOK"), again=True) is None
    assert [body for body, _ in there.got] == [
        {"text": "[stop] staged/t\n&lt;!channel&gt; &amp; more"},
        {"text": f"[stop] staged/t\n&lt;!channel&gt; &amp; more\n{AGAIN}"},
    ]
    assert there.ids == ["4f2a", "4f2a"]


@pytest.mark.parametrize(
    ("status", "down"), [(400, False), (413, False), (302, False), (401, True), (404, True), (429, True), (503, True)]
)
def test_a_webhook_that_refuses(monkeypatch: pytest.MonkeyPatch, status: int, down: bool) -> None:
    with hook() as there:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{there.port}/services/{SECRET}")
        there.answers = [(status, f"no_service at /services/{SECRET}")]
        error = sent(Webhook("HOOK"))
    assert error
    assert (error.down, error.uncertain) == (down, False)
    assert str(error).startswith(f"127.0.0.1 answers {status} no_service at ")
    assert "SECRET" not in str(error)


def test_no_secret_of_a_webhook_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with hook() as there, caplog.at_level(logging.DEBUG):
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{there.port}/services/{SECRET}?token=SECRETtoken")
        assert sent(Webhook("HOOK")) is None
    assert "HTTP Request" in caplog.text
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize("value", ["", "hooks.slack.com/SECRET", "ftp://SECRET.example.com/", "http://[SECRET"])
def test_a_webhook_without_an_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOOK", value)
    error = sent(Webhook("HOOK"))
    assert error
    assert error.down
    assert str(error).startswith("the environment variable HOOK ")
    assert "SECRET" not in str(error)


def test_servers_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as gone:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{gone.port}/{SECRET}")
    for receiver in (Webhook("HOOK"), Smtp("127.0.0.1", "a@example.com", ("b@example.com",), gone.port)):
        error = sent(receiver)
        assert error
        assert (error.down, error.uncertain) == (True, False)
        assert "127.0.0.1" in str(error)
        assert "SECRET" not in str(error)


def test_a_mail() -> None:
    with mail_server() as (box, port):
        to = Smtp("127.0.0.1", "dataops@example.com", ("a@example.com", "b@example.com"), port, encryption="none")
        assert sent(to) is None
        assert sent(to, again=True) is None
    first, second = box.mails
    assert dict(first) | {"Message-ID": "<4f2a@example.com>"} == dict(first)
    assert (first["From"], first["To"]) == ("dataops@example.com", "a@example.com, b@example.com")
    assert (first["Subject"], first["Date"]) == ("[stop] staged/t", "Sun, 01 Mar 2026 12:00:00 +0000")
    assert first.get_payload() == "[stop] staged/t\r\n<!channel> & more\r\n"
    assert (second["Message-ID"], second["Subject"]) == ("<4f2a@example.com>", f"[stop] staged/t {AGAIN}")


def test_a_mail_that_is_refused_and_others_that_are_not() -> None:
    with mail_server() as (box, port):
        box.refuse = "554 looks like spam"
        error = sent(Smtp("127.0.0.1", "a@example.com", ("b@example.com",), port, encryption="none"))
    assert error
    assert (error.down, str(error)) == (False, "127.0.0.1 answers 554 looks like spam")


def test_a_mail_that_one_recipient_does_not_get() -> None:
    """Not yet: it is sent again, to all. Not ever: the log has it."""
    lines: list[str] = []
    with mail_server() as (box, port):
        to = Smtp("127.0.0.1", "a@example.com", ("a@example.com", "b@example.com"), port, encryption="none")
        box.refused["b@example.com"] = "450 try later"
        error = sent(to)
        assert error
        assert (error.down, error.uncertain) == (False, True)
        assert str(error) == "127.0.0.1 does not take it for b@example.com yet"
        box.refused["b@example.com"] = "550 unknown"
        Send()(to, MESSAGE, False, lambda level, line: lines.append(line))
    assert lines == ["127.0.0.1 refuses b@example.com; message 4f2a went to the others"]
    assert len(box.mails) == 2


def test_a_mail_that_was_taken_by_a_server_that_then_breaks_off_is_sent() -> None:
    with mail_server() as (box, port):
        box.quits_badly = True
        to = Smtp("127.0.0.1", "a@example.com", ("b@example.com",), port, encryption="none")
        assert sent(to) is None
    assert len(box.mails) == 1


def test_a_mail_through_tls_from_the_first_byte_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with mail_server(ssl_context=tls(tmp_path, monkeypatch)) as (box, port):
        assert sent(Smtp("127.0.0.1", "a@example.com", ("b@example.com",), port, "tls")) is None
    assert len(box.mails) == 1


def test_a_login_goes_through_tls_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = tls(tmp_path, monkeypatch)
    monkeypatch.setenv("MAIL_USER", "otto")
    monkeypatch.setenv("MAIL_PASSWORD", "SECRET-pass")
    with mail_server("otto", "SECRET-pass", tls_context=server, require_starttls=True) as (box, port):
        to = Smtp("127.0.0.1", "a@example.com", ("b@example.com",), port, "starttls", "MAIL_USER", "MAIL_PASSWORD")
        assert sent(to) is None
        monkeypatch.setenv("MAIL_PASSWORD", "SECRET-wrong")
        error = sent(to)
        assert error
        assert error.down
        assert "535" in str(error)
        monkeypatch.delenv("MAIL_PASSWORD")
        assert "MAIL_PASSWORD is not set" in str(sent(to))
    assert len(box.mails) == 1
    assert "SECRET" not in f"{error} {to!r} {caplog.text}"


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = tls(tmp_path, monkeypatch)
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(tls_context=server) as (box, port):
        error = sent(Smtp("127.0.0.1", "a@example.com", ("b@example.com",), port))
    assert error
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert (error.uncertain, box.mails) == (False, [])


def tls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server on 127.0.0.1, which clients of this process trust."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(text + secret)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "server.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.slow
def test_pubsub() -> None:
    from google.cloud import pubsub_v1

    from dataops_assets_tests.standins.pubsub import PubSubServer

    with PubSubServer():
        topic, subscription = "projects/p/topics/alerts", "projects/p/subscriptions/s"
        pubsub_v1.PublisherClient().create_topic(name=topic)
        reader = pubsub_v1.SubscriberClient()
        reader.create_subscription(name=subscription, topic=topic)
        assert sent(PubSub(topic), replace(MESSAGE, alerts='[{"severity":"stop"}]'), again=True) is None
        (got,) = reader.pull(subscription=subscription, max_messages=5).received_messages
        missing = sent(PubSub("projects/p/topics/gone"))
    body: dict[str, Any] = json.loads(got.message.data)
    assert dict(got.message.attributes) == {"id": "4f2a", "kind": "alert", "severity": "stop", "again": "true"}
    assert (body["id"], body["alerts"], body["created_at"]) == ("4f2a", [{"severity": "stop"}], NOON.isoformat())
    assert missing
    assert missing.down
    assert "gone" in str(missing)


def test_pubsub_is_asked_by_whom_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)

    def credentials() -> None:
        raise SettingsError("there are no application default credentials")

    with pytest.raises(Undelivered, match="topics/alerts: there are no application default credentials") as refused:
        Send(credentials)(PubSub("projects/p/topics/alerts"), MESSAGE, False, lambda level, line: None)
    assert refused.value.down
