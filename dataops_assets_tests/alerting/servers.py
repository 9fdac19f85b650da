"""Real servers in the test's own process: a webhook's, and a mail server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword


class Hook:
    """A webhook. answers: what the next requests are answered, the last one for good. got: bodies and headers.
    meanwhile: is done when a request is there, before it is answered.
    """

    def __init__(self, port: int = 0) -> None:
        self.answers: list[tuple[int, str]] = [(200, "ok")]
        self.got: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.meanwhile: Callable[[], object] = lambda: None
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((json.loads(body), {name.lower(): value for name, value in self.headers.items()}))
                hook.meanwhile()
                status, text = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port

    @property
    def texts(self) -> list[str]:
        return [body["text"] for body, _ in self.got]

    @property
    def ids(self) -> list[str]:
        return [headers["idempotency-key"] for _, headers in self.got]


@contextmanager
def hook(port: int = 0) -> Iterator[Hook]:
    made = Hook(port)
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


class Mailbox:
    """What a mail server was handed. refuse: an answer to the data instead. refused: answers to recipients.
    quits_badly: it does not take its leave.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuse = ""
        self.refused: dict[str, str] = {}
        self.quits_badly = False

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self.refused:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return self.refused.get(address, "250 OK")

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Envelope) -> str:
        return "421 too busy to say goodbye" if self.quits_badly else "221 Bye"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 Message accepted"


@contextmanager
def mail_server(user: str = "", password: str = "", **options: Any) -> Iterator[tuple[Mailbox, int]]:
    """A mail server and its port; with a user it asks for a login."""

    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        good = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    box = Mailbox()
    more = {"authenticator": login, "auth_required": True} if user else {}
    controller = Controller(box, hostname="127.0.0.1", port=0, **more, **options)
    # aiosmtpd finds out whether it runs by asking the port that was given, and knows no other.
    controller.port = _free_port()
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
