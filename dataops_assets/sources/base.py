"""What every kind of source has in common: the request, the extraction it answers with, and the errors it may raise.

An extractor (`RestApi`, `SqlTable`, `SqlQuery`, `Files`) is a frozen description; it does nothing until `extract` is
called, and then as little as possible until its files are consumed. Storing what it yields is the lake's business.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from dataops_assets.model.partitions import Partition

Format = Literal["jsonl", "csv", "parquet"]


class SourceError(Exception):
    """Something a source did or lacks. The message names the table, the partition and what to do next."""


class PermanentSourceError(SourceError):
    """Asking again would bring the same answer: a wrong setting, a refused request, data that cannot be read."""


class TransientSourceError(SourceError):
    """The source may well answer later; the extractor's own attempts are used up."""


def full_refresh(table: str) -> str:
    """The command that reads all of an incremental table again, whatever its watermark, and loads it."""
    return f"dataops run --select +staged/{table} --full-refresh"


@dataclass
class DataFile:
    """One data object, to be stored byte for byte.

    Consume `chunks` to the end first: `rows` and `columns` are filled meanwhile.

    name: unique within the extraction, such as `part-00000.jsonl.gz`, or the base name of an original file.
    format, compression: how the bytes are to be read.
    rows: number of records (without a CSV header). broken: how many of them are lines that are no record, where it is
        known; they go to quarantine.
    columns: column → type as seen in the data: `string`, `number`, `boolean`, `object`, `array`, `null` or several
        joined by `|` for JSON; `text` for CSV, which has no types; Arrow's type names for Parquet.
    source_version: what the source changes whenever the content changes, of what was read; `None` if it has no such.
    check: called with the path of all that `chunks` gave, before it is kept, for what the stream does not tell; raises
        SourceError.
    """

    name: str
    format: Format
    compression: Literal["gzip"] | None
    chunks: Iterator[bytes]
    rows: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    source_version: str | None = None
    check: Callable[[Path], None] | None = None
    broken: int = 0


@dataclass(frozen=True)
class Request:
    """One order to a source.

    table: name for messages.
    partition: the window wanted; `None` for a table without partitions.
    watermark: JSON value left by the last committed extraction, for an incremental extractor; `None` asks for
        everything (a full refresh).
    storage_client: gives the client of Cloud Storage that the settings name, for files of buckets; `None`: that of the
        environment.
    """

    table: str
    partition: Partition | None = None
    watermark: Any = None
    storage_client: Callable[[], Any] | None = None

    @property
    def label(self) -> str:
        """How messages name what was asked for: `flights [2013-01-05]`."""
        return self.table if self.partition is None else f"{self.table} [{self.partition.key}]"


@dataclass
class Extraction:
    """What a source answers.

    source: description for the manifest, without secrets.
    parameters: the parameters as rendered for this request, without secrets.
    files: lazy; consume the chunks of one file before taking the next. A source without rows may yield no file.
    watermark: valid once `files` is exhausted; `None` if the extractor is not incremental.
    left_out: why things that look like a part of the answer are not read, by name; people are told of them.
    on_committed: called once the answer is kept for good, for a source that has to be told, such as a queue that
        forgets messages which are acknowledged. A process that is killed before that has kept the answer, and is given
        the same again: what the source sends twice has to be one row (a key, or write="append"). May raise SourceError.
    """

    source: dict[str, Any]
    parameters: dict[str, Any]
    files: Iterator[DataFile] = field(default_factory=lambda: iter(()))
    watermark: Any = None
    left_out: dict[str, str] = field(default_factory=dict)
    on_committed: Callable[[], None] | None = None


@runtime_checkable
class Extractor(Protocol):
    """A source that can be asked for a table or for one partition of it; safe to call from several threads.

    One that goes on where it ended has a true `incremental`; any other is never given a watermark.
    """

    def extract(self, request: Request) -> Extraction:
        """Answer `request`. Raises SourceError here or while the files are consumed."""
        ...
