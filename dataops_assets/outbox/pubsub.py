"""Publishing to a topic of Pub/Sub."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dataops_assets.outbox.sending import SECONDS, Undelivered
from dataops_assets.settings import SettingsError

Publish = Callable[..., None]
"""Takes the content and the attributes of a message, and `in_line`, within which messages arrive in order."""

EMULATOR = "PUBSUB_EMULATOR_HOST"


def client_credentials(what: str, credentials: Callable[[], Any]) -> Any:
    """Those that a client is made with. what: topic or subscription, for errors; raises Undelivered."""
    try:
        return None if os.environ.get(EMULATOR) else credentials()
    except SettingsError as error:
        raise Undelivered(f"{what}: {error}", down=True) from None


@contextmanager
def explained(what: str) -> Iterator[None]:
    """What Google's client raises in the block is raised as Undelivered."""
    try:
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import pubsub_v1  # noqa: F401  # is it there?
    except ImportError:
        raise Undelivered("google-cloud-pubsub is missing: pip install 'dataops_assets[gcp]'", down=True) from None
    try:
        yield
    except (exceptions.NotFound, exceptions.Forbidden, exceptions.Unauthenticated, GoogleAuthError) as error:
        raise Undelivered(f"{what}: {error}", down=True) from None
    except exceptions.InvalidArgument as error:
        raise Undelivered(f"{what}: {error}", down=False) from None
    except (exceptions.GoogleAPICallError, exceptions.RetryError, TimeoutError) as error:
        raise Undelivered(f"{what}: {error or 'no answer'}", down=True, uncertain=True) from None


@contextmanager
def publisher(topic: str, credentials: Callable[[], Any]) -> Iterator[Publish]:
    """Publishes to a topic ("projects/…/topics/…") within the block; both raise Undelivered.

    credentials: gives those of Google's clients, or None for the environment's.
    """
    with explained(topic):
        from google.api_core.retry import Retry
        from google.cloud import pubsub_v1

        known = client_credentials(topic, credentials)
        options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
        client = pubsub_v1.PublisherClient(publisher_options=options, credentials=known)

    def publish(data: bytes, attributes: Mapping[str, str], in_line: str = "") -> None:
        with explained(topic):
            retry = Retry(timeout=SECONDS)
            try:
                sent = client.publish(topic, data, in_line, retry=retry, timeout=SECONDS, **attributes)
                sent.result(timeout=2 * SECONDS)
            except BaseException:
                if in_line:
                    client.resume_publish(topic, in_line)
                raise

    try:
        yield publish
    finally:
        client.transport.close()
