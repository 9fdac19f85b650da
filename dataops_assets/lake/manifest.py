"""The manifest of an attempt: what was asked, what came, and how to recognise it again."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


class BadManifest(ValueError):
    """A manifest that cannot be read or written; the message names the object and the field."""


@dataclass(frozen=True)
class StoredFile:
    """One data object.

    path: in the lake. name: as the source called it. bytes, sha256, crc32c: of the object as stored; crc32c as Cloud
    Storage writes it, None in manifests of before there was one. rows, columns: as counted and seen.
    """

    path: str
    name: str
    format: str
    compression: str | None
    bytes: int
    sha256: str
    rows: int
    columns: Mapping[str, str]
    crc32c: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One committed attempt.

    started_at, committed_at: UTC, ISO 8601 to the microsecond. source, parameters: what was asked, without secrets.
    content_sha256: hash over the files; equal if the source said the same. same_as: the attempt that holds the data,
    if they were the same and not stored again. watermark: where an incremental extraction goes on. follows: the attempt
    from whose watermark this one went on; None if it read everything, "" in manifests of before it was noted.
    """

    table: str
    partition: str | None
    attempt: str
    started_at: str
    committed_at: str
    files: Sequence[StoredFile]
    rows: int
    columns: Mapping[str, str]
    content_sha256: str
    source: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: str | None = None
    watermark: Any = None
    follows: str | None = None
    run_id: str = ""
    code_version: str = ""
    format_version: int = FORMAT

    def to_json(self, indent: int | None = 1) -> bytes:
        """The manifest as an object's content, or with an indent of None as a line of one; raises BadManifest if the
        source described itself in other than JSON.
        """
        try:
            # ASCII, since a column of a JSON source may be named by half of a surrogate pair, which UTF-8 cannot hold.
            return json.dumps(asdict(self), indent=indent, ensure_ascii=True, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise BadManifest(
                f"raw/{self.table} {self.partition or ''}: source, parameters and watermark of an extraction must be "
                f"JSON values: {error}"
            ) from error

    @classmethod
    def from_json(cls, content: bytes, name: str) -> "Manifest":
        """Read an object's content; raises BadManifest, naming it."""
        try:
            record = json.loads(content)
        except ValueError as error:
            raise BadManifest(f"{name} is not a manifest: {error}") from error
        if not isinstance(record, dict):
            raise BadManifest(f"{name} is not a manifest: a JSON object is expected")
        version = record.get("format_version")
        if version != FORMAT:
            raise BadManifest(f"{name}: manifest of format {version!r}; this version reads format {FORMAT}")
        unknown = record.get("watermark") is not None and record.get("partition") is None
        record = {"follows": "" if unknown else None, **record}
        _require(record, _MANIFEST, name)
        for number, file in enumerate(record["files"]):
            _require({"crc32c": None, **file} if isinstance(file, dict) else file, _FILE, f"{name}: files[{number}]")
        return cls(**{**record, "files": [StoredFile(**file) for file in record["files"]]})


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _text_or_none(value: Any) -> bool:
    return value is None or _text(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _columns(value: Any) -> bool:
    return _mapping(value) and all(_text(kind) for kind in value.values())


def _sha256(value: Any) -> bool:
    return _text(value) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _moment(value: Any) -> bool:
    return _text(value) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value, re.ASCII) is not None


_Shape = Mapping[str, Callable[[Any], bool]]
_FILE: _Shape = {
    "path": _text,
    "name": _text,
    "format": _text,
    "compression": _text_or_none,
    "bytes": _count,
    "sha256": _sha256,
    "rows": _count,
    "columns": _columns,
    "crc32c": lambda value: value is None or _text(value),
}
_MANIFEST: _Shape = {
    "table": _text,
    "partition": _text_or_none,
    "attempt": _moment,
    "started_at": _moment,
    "committed_at": _moment,
    "files": lambda value: isinstance(value, list),
    "rows": _count,
    "columns": _columns,
    "content_sha256": _sha256,
    "source": _mapping,
    "parameters": _mapping,
    "same_as": lambda value: value is None or _moment(value),
    "watermark": lambda value: True,
    "follows": lambda value: value in (None, "") or _moment(value),
    "run_id": _text,
    "code_version": _text,
    "format_version": _count,
}


def _require(record: Any, shape: _Shape, where: str) -> None:
    if not isinstance(record, dict):
        raise BadManifest(f"{where}: a JSON object is expected, not {record!r}")
    for name, allowed in shape.items():
        if name not in record:
            raise BadManifest(f"{where}: {name} is missing")
        if not allowed(record[name]):
            raise BadManifest(f"{where}: {name} cannot be {record[name]!r}")
    if unknown := sorted(record.keys() - shape.keys()):
        raise BadManifest(f"{where}: {', '.join(unknown)} unknown to manifests of format {FORMAT}")
