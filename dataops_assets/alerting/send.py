"""Sending one message: to a log, a webhook, a mail server or Pub/Sub. At least once, always under the same id."""

import json
import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from dataops_assets.alerting.book import Message
from dataops_assets.alerting.routes import Log, PubSub, Receiver, Smtp, Webhook
from dataops_assets.outbox.pubsub import publisher
from dataops_assets.outbox.sending import SECONDS, Undelivered
from dataops_assets.sources.secrets import Redactor

AGAIN = "(sent again: it may have arrived before)"

Say = Callable[[int, str], None]
"""Takes a level of `logging`, and a line."""


@dataclass(frozen=True)
class Send:
    """Sends messages. credentials: gives those of Google's clients; without it they are the environment's."""

    credentials: Callable[[], Any] = lambda: None

    def __call__(self, receiver: Receiver, message: Message, again: bool, say: Say) -> None:
        """Send a message; raises Undelivered. again: it may have arrived before. say: the log."""
        match receiver:
            case Log():
                lines = " | ".join(message.text.splitlines())
                say(_level(message), f"{lines} {AGAIN}" if again else lines)
            case Webhook():
                _post(receiver, message, again)
            case Smtp():
                _mail(receiver, message, again, say)
            case PubSub():
                _publish(receiver, message, again, self.credentials)


def _level(message: Message) -> int:
    if message.kind == "resolved":
        return logging.INFO
    return logging.ERROR if _severity(message) == "stop" else logging.WARNING


def _severity(message: Message) -> str:
    """The gravest that it tells of."""
    found = [alert["severity"] for alert in json.loads(message.alerts)]
    return "stop" if "stop" in found else next(iter(found), "")


def _secret(variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise Undelivered(f"the environment variable {variable} is not set", down=True)
    return value


def _post(to: Webhook, message: Message, again: bool) -> None:
    import httpx

    url = _secret(to.url_env)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    host = parts.hostname
    if not host or parts.scheme not in ("http", "https"):
        raise Undelivered(f"the environment variable {to.url_env} has no address such as https://…", down=True)
    # The path and the query are the secret; the host may be named.
    hide = Redactor(part for part in (parts.path.strip("/"), parts.query, parts.password) if part)
    text = f"{message.text}\n{AGAIN}" if again else message.text
    try:
        answer = httpx.post(
            url,
            json={"text": _escaped(text)},
            headers={"Idempotency-Key": message.id},
            timeout=SECONDS,
            follow_redirects=False,
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
        raise Undelivered(f"{host} cannot be reached: {hide(str(error))}", down=True) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        words = hide(str(error)) or type(error).__name__
        raise Undelivered(f"{host} did not answer: {words}", down=True, uncertain=True) from None
    if not answer.is_success:
        down = answer.status_code in (401, 403, 404, 408, 410, 429) or answer.status_code >= 500
        words = hide(" ".join(answer.text[:200].split()))
        raise Undelivered(f"{host} answers {answer.status_code} {words}".rstrip(), down=down)


def _escaped(text: str) -> str:
    """As Slack wants it: else a value in the data could call the whole channel.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mail(to: Smtp, message: Message, again: bool, say: Say) -> None:
    mail = EmailMessage()
    mail["Subject"] = f"{message.subject} {AGAIN}" if again else message.subject
    mail["From"], mail["To"] = to.sender, ", ".join(to.recipients)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{to.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.text}\n" + (f"\n{AGAIN}\n" if again else ""))
    user, password = (_secret(name) if name else "" for name in (to.user_env, to.password_env))
    hide = Redactor([password])
    refused: Mapping[str, tuple[int, bytes]] | None = None
    handed_over = False
    try:
        with _mail_server(to) as server:
            if to.encryption == "starttls":
                server.starttls(context=ssl.create_default_context())
            if user:
                server.login(user, password)
            handed_over = True
            refused = server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        if refused is None:  # else it has it, and has not taken its leave
            raise _undelivered(to, error, handed_over, hide) from None
    if later := [each for each, (code, _) in (refused or {}).items() if code < 500]:  # the others get it again as well
        raise Undelivered(f"{to.host} does not take it for {', '.join(later)} yet", down=False, uncertain=True)
    if refused:  # for good: the others would only get it again and again
        say(logging.WARNING, f"{to.host} refuses {', '.join(refused)}; message {message.id} went to the others")


def _mail_server(to: Smtp) -> smtplib.SMTP:
    if to.encryption == "tls":
        return smtplib.SMTP_SSL(to.host, to.port, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(to.host, to.port, timeout=SECONDS)


def _undelivered(to: Smtp, error: Exception, handed_over: bool, hide: Redactor) -> Undelivered:
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            down = not isinstance(error, smtplib.SMTPDataError)
            return Undelivered(f"{to.host} answers {code} {hide(words)}", down=down)
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            return Undelivered(f"{to.host} refuses {', '.join(recipients)}", down=False)
        case _:
            return Undelivered(hide(f"{to.host}:{to.port}: {error}"), down=True, uncertain=handed_over)


def _publish(to: PubSub, message: Message, again: bool, credentials: Callable[[], Any]) -> None:
    body = {
        "id": message.id,
        "kind": message.kind,
        "created_at": message.created_at.isoformat(),
        "subject": message.subject,
        "text": message.text,
        "alerts": json.loads(message.alerts),
    }
    attributes = {"id": message.id, "kind": message.kind, "severity": _severity(message), "again": str(again).lower()}
    data = json.dumps(body, ensure_ascii=False).encode()
    with publisher(to.topic, credentials) as publish:
        publish(data, attributes)
