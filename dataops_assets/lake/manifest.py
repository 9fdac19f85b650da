"""The manifest of an attempt: what was asked, what came, and how to recognise it again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


class BadManifest(ValueError):
    """A manifest that cannot be read; the message names the object."""


@dataclass(frozen=True)
class StoredFile:
    """One data object. path: in the lake. bytes, sha256: of the object as stored. rows, columns: as counted and seen."""

    path: str
    name: str
    format: str
    compression: str | None
    bytes: int
    sha256: str
    rows: int
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """One committed attempt.

    started_at, committed_at: UTC, ISO 8601 to the microsecond. source, parameters: what was asked, without secrets.
    content_sha256: hash over the files; equal if the source said the same. same_as: the attempt that holds the data,
    if they were the same and not stored again. watermark: where an incremental extraction goes on.
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
    run_id: str = ""
    code_version: str = ""
    format_version: int = FORMAT

    def to_json(self) -> bytes:
        """The manifest as an object's content."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes, name: str) -> "Manifest":
        """Read an object's content; raises BadManifest, naming it."""
        try:
            record = json.loads(content)
            version = record.get("format_version")
            if version != FORMAT:
                raise BadManifest(f"{name}: manifest of format {version!r}; this version reads format {FORMAT}")
            files = [StoredFile(**file) for file in record.pop("files")]
            return cls(files=files, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, BadManifest):
                raise
            raise BadManifest(f"{name} is not a manifest: {error}") from error
