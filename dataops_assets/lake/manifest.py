"""The manifest of an attempt: what was asked, what came, and how to recognise it again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any

import msgspec

from dataops_assets.lake.paths import BadPath, checked

FORMAT = 1

Count = Annotated[int, msgspec.Meta(ge=0)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Moment = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")]
"""UTC, ISO 8601 to the microsecond."""


class BadManifest(ValueError):
    """A manifest that cannot be read or written; the message names the object and the field."""


@dataclass(frozen=True)
class StoredFile:
    """One data object.

    path: in the lake. name: as the source called it. bytes, sha256, crc32c: of the object as stored; crc32c as Cloud
    Storage writes it, None in manifests of before there was one. rows, columns: as counted and seen. source_version: by
    which the source tells its versions of a file apart (modification time in nanoseconds, generation of a bucket's
    object); None if it has none, and in manifests of before it was noted. broken: how many rows are lines that are no
    record, as far as the source has looked; 0 in manifests of before it was noted.
    """

    path: str
    name: str
    format: str
    compression: str | None
    bytes: Count
    sha256: Sha256
    rows: Count
    columns: Mapping[str, str]
    crc32c: str | None = None
    source_version: str | None = None
    broken: Count = 0


@dataclass(frozen=True)
class Manifest:
    """One committed attempt.

    started_at, committed_at: UTC, ISO 8601 to the microsecond. source, parameters: what was asked, without secrets.
    content_sha256: hash over the files; equal if the source said the same. same_as: the attempt that holds the data,
    if they were the same and not stored again. watermark: where an incremental extraction goes on. follows: the attempt
    from whose watermark this one went on; None if it read everything, "" in manifests of before it was noted. erased:
    how many rows were taken out since they were about people who were erased; said where there were any.
    """

    table: str
    partition: str | None
    attempt: Moment
    started_at: Moment
    committed_at: Moment
    files: Sequence[StoredFile]
    rows: Count
    columns: Mapping[str, str]
    content_sha256: Sha256
    source: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: Moment | None = None
    watermark: Any = None
    follows: str | None = None
    run_id: str = ""
    code_version: str = ""
    format_version: int = FORMAT
    erased: Count = 0

    def to_json(self, indent: int | None = 1) -> bytes:
        """The manifest as an object's content, or with an indent of None as a line of one; raises BadManifest if the
        source described itself in other than JSON.
        """
        record = asdict(self)
        if not self.erased:
            del record["erased"]
        try:
            # ASCII, since a column of a JSON source may be named by half of a surrogate pair, which UTF-8 cannot hold.
            return json.dumps(record, indent=indent, ensure_ascii=True, allow_nan=False).encode()
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
        record = {"follows": "" if unknown else None, "erased": 0, **record}
        _check_fields(record, cls, name)
        for number, file in enumerate(record["files"] if isinstance(record["files"], list) else ()):
            if isinstance(file, dict):
                given = {"crc32c": None, "source_version": None, "broken": 0, **file}
                _check_fields(given, StoredFile, f"{name}: files[{number}]")
        try:
            manifest = msgspec.convert(record, cls)
            if manifest.follows:
                msgspec.convert(manifest.follows, Moment)
        except msgspec.ValidationError as error:
            raise BadManifest(f"{name}: {error}") from error
        return manifest


@dataclass(frozen=True)
class DamagedManifest(Manifest):
    """In the place of a manifest that cannot be read: of the attempt nothing is known but that it was committed.

    committed_at: when it began, since the other is not known. problem: what is wrong with which object.
    """

    problem: str = ""

    @classmethod
    def of(cls, table: str, partition: str | None, attempt: str, problem: str) -> "DamagedManifest":
        """follows: unknown. content_sha256: like that of no other attempt."""
        content = f"damaged {attempt}"
        return cls(table, partition, attempt, attempt, attempt, [], 0, {}, content, follows="", problem=problem)


def check_place(manifest: Manifest, name: str, folder: str) -> None:
    """Raise BadManifest unless it is of the attempt whose folder this is, with files below its table's folder alone."""
    table = f"raw_{manifest.table}/"
    if not folder.startswith(table) or not folder.endswith(f"/created_at={manifest.attempt}/"):
        raise BadManifest(f"{name} is the manifest of raw/{manifest.table}, attempt {manifest.attempt}")
    for file in manifest.files:
        try:
            outside = not checked(file.path).startswith(table)
        except BadPath:
            outside = True
        if outside:
            raise BadManifest(f"{name} names a file that is not below {table}: {file.path!r}")


def _check_fields(record: Mapping[str, Any], kind: type, where: str) -> None:
    """None may be missing, also where this code has a default for new ones, and none may be unknown."""
    names = {each.name for each in fields(kind)}
    if missing := sorted(names - record.keys()):
        raise BadManifest(f"{where}: {', '.join(missing)} missing")
    if unknown := sorted(record.keys() - names):
        raise BadManifest(f"{where}: {', '.join(unknown)} unknown to manifests of format {FORMAT}")
