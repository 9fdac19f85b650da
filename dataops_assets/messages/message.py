"""A message, as it is JSON on a topic: its form has a number, and a JSON schema."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

FORM = 1
"""The number of the form that is written, and read. Fields may be added to a form; nothing else about it changes."""

_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]

PartitionEvent = Literal["published", "held", "rolled_back", "released"]
ReleaseEvent = Literal["deployed", "verified", "refused"]


class PartitionMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="about", tag="partition"):
    """What happened to a partition of a published table.

    form: of the message. id: the same however often it is sent, and another one for anything else that happens.
    event: "published": readers see `data_version`, with so many rows; "held": something else was to be published, and
    readers see what they saw before, for this reason; "rolled_back": an earlier version stands again; "released": it
    may be replaced again. table: asset key. partition: key, empty for a table without partitions. sequence: of what
    happened to the partition, the place of this: of two messages the one with the higher number is the later one.
    data_version: empty if nothing stands. at: when, with its time zone. code_version: of the project that wrote it.
    """

    form: Literal[1]
    id: _Short
    event: PartitionEvent
    table: _Short
    partition: Annotated[str, msgspec.Meta(max_length=200)]
    sequence: Annotated[int, msgspec.Meta(ge=0)]
    data_version: str
    rows: Annotated[int, msgspec.Meta(ge=0)]
    at: _Moment
    reason: str = ""
    code_version: str = ""
    run_id: str = ""

    @property
    def line(self) -> str:
        """Messages of one line arrive in their order."""
        return self.table


class ReleaseMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="about", tag="release"):
    """What happened to a release of the project.

    event: "deployed": it is to be verified where it was deployed; "verified": that was done, and everything adds up;
    "refused": something does not. image: with its digest. environment: where. at: when, with its time zone.
    """

    form: Literal[1]
    id: _Short
    event: ReleaseEvent
    image: _Short
    environment: _Short
    at: _Moment
    reason: str = ""
    code_version: str = ""

    @property
    def line(self) -> str:
        """Messages of one line arrive in their order."""
        return "release"


Message = PartitionMessage | ReleaseMessage


class Unusable(ValueError):
    """A message that nobody can act upon, however often it comes. The words say what is wrong with it."""


def encoded(message: Message) -> str:
    """As JSON."""
    return msgspec.json.encode(message).decode()


def decoded(body: bytes) -> Message:
    """The message of these bytes; fields that are not known are passed over. Raises Unusable."""
    try:
        form = msgspec.json.decode(body, type=_Form).form
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"it cannot be read: {error}") from None
    if form != FORM:
        raise Unusable(f"it has the form {form!r}, and form {FORM} is known here: deploy a version that knows it")
    try:
        return msgspec.json.decode(body, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"it is no message of form {FORM}: {error}") from None


def json_schema() -> dict[str, Any]:
    """The JSON schema of messages, for those who write them elsewhere."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(Message)


class _Form(msgspec.Struct):
    form: Any
