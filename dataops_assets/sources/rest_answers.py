"""An answer of a JSON API, taken apart: the records, byte for byte, and what stands around them."""

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from dataops_assets.sources import jsonlines
from dataops_assets.sources.base import PermanentSourceError, TransientSourceError

if TYPE_CHECKING:
    from dataops_assets.sources.http import Http

_SURROGATE = re.compile(rb"\\u[dD][89abAB]")
_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])


def fields_of(record: Any) -> dict[str, msgspec.Raw]:
    """The fields of a record, none of them decoded."""
    return _envelope.decode(record)


def read_answer(
    http: "Http", params: dict[str, Any], body: bytes, path: str | None
) -> tuple[msgspec.Raw, jsonlines.RecordPage]:
    """The envelope, and the records below `path` in it, which stay as they came.

    params: what was asked, for messages. Raises PermanentSourceError, or TransientSourceError for an answer cut off.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    ask = http.ask(params)
    try:
        if not body.isascii():
            body.decode()
        envelope = msgspec.Raw(body)
        array = _lookup(envelope, path)
        if array is None:
            raise PermanentSourceError(
                f"{ask} answers without the field {path!r} that should hold the records"
                f"{http.excerpt(body)}; check `records` of this source"
            )
        # The whole body has to be JSON, also behind the records.
        if path is not None:
            _envelope.decode(body)
        records = jsonlines.split(array)
        for record in records:
            if memoryview(record)[0] != ord("{"):
                raise PermanentSourceError(
                    f"{ask} answers a record that is no object{http.excerpt(bytes(record))}; check `records`"
                )
    except msgspec.ValidationError:
        raise PermanentSourceError(
            f"{ask} answers no list of records in {path or 'the body'!r}{http.excerpt(body)}; "
            "check `records` of this source"
        ) from None
    except RecursionError:
        raise PermanentSourceError(
            f"{ask} answers brackets within brackets, deeper than any warehouse can load"
            f"{http.excerpt(body)}; report it to whoever runs the source"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if _has_lone_surrogate(body):
            raise PermanentSourceError(
                f"{ask} answers a text that is no Unicode (half of a surrogate pair, such as \\ud800), which no "
                "warehouse can load; report it to whoever runs the source"
            ) from None
        if "truncated" in str(error):
            raise TransientSourceError(f"{ask} was cut off after {len(body):,} bytes") from None
        raise PermanentSourceError(
            f"{ask} answers no valid JSON ({http.redact(str(error))}){http.excerpt(body)}; "
            "check the URL, or report it to whoever runs the source"
        ) from None
    return envelope, jsonlines.RecordPage(array, records)


def _lookup(raw: msgspec.Raw, path: str | None) -> msgspec.Raw | None:
    for name in path.split(".") if path else ():
        found = _envelope.decode(raw).get(name)
        if found is None or bytes(found) == b"null":
            return None
        raw = found
    return raw


def value_at(envelope: msgspec.Raw, path: str) -> Any:
    """What stands in an answer at a dotted path; None if nothing does."""
    found = _lookup(envelope, path)
    return None if found is None else msgspec.json.decode(found)


def _has_lone_surrogate(body: bytes) -> bool:
    """Whether that is all that is wrong with a body; the decoder calls some of them truncated, others malformed."""
    if not _SURROGATE.search(body):
        return False
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False
