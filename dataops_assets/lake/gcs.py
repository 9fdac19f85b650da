"""A bucket on Google Cloud Storage.

Every write carries a precondition on the object's generation, so that it happens once or not at all, and a random
token in the object's metadata, so that a write whose answer was lost is told from another writer's: after a failure
the object itself is looked at. What is sent and what is read is compared by CRC32C.
"""

import contextlib
import copy
import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from dataops_assets.lake.arrived import Arrived
from dataops_assets.lake.checksums import Digest, digest_of, digest_of_file
from dataops_assets.lake.gcs_errors import advice, can_begin_again, client_errors
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import BadPath, checked, labels_of
from dataops_assets.lake.scratch import Scratch
from dataops_assets.lake.store import ABSENT, ObjectChanged, ObjectExists, ObjectInfo, ObjectMissing, Store, StoreFailed

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud import storage

_PIECE = 8 << 20  # bytes in memory at a time; what is larger the client sends in pieces of this size, resumably
_BEGINNINGS = 4  # how often a transfer is begun that cannot go on where it broke off
_LONGEST_NAME = 1024  # bytes; https://cloud.google.com/storage/docs/objects#naming
_TOKEN = "upload"  # noqa: S105


class GCSStore:
    """prefix: folder of the lake inside the bucket. labels: noted with each object, beside dataset, partition and run.

    kms_key: full name of the key that encrypts new objects; the bucket's default if empty. retry: what the client tries
    again, and how long.
    """

    threads = 8  # the client keeps ten connections

    def __init__(
        self,
        client: "storage.Client",
        bucket: str,
        *,
        prefix: str = "",
        labels: Mapping[str, str] | None = None,
        kms_key: str = "",
        retry: "Retry | None" = None,
        scratch: Scratch | None = None,
    ) -> None:
        from google.cloud.storage.retry import DEFAULT_RETRY, ConditionalRetryPolicy, is_generation_specified

        self._client = client
        self.scratch = scratch or Scratch()
        self._bucket = client.bucket(bucket)
        self._prefix = f"{checked(prefix.strip('/'))}/" if prefix.strip("/") else ""
        self._labels = dict(labels or {})
        self._kms_key = kms_key or None
        self._retry = retry or DEFAULT_RETRY
        self._retry_write: Any = ConditionalRetryPolicy(self._retry, is_generation_specified, ["query_params"])

    def for_run(self, run_id: str) -> "GCSStore":
        noting = copy.copy(self)
        noting._labels = {**self._labels, "run": run_id}
        return noting

    def create(self, path: str, content: bytes | Path) -> None:
        self._upload(path, content, 0, ObjectExists(f"{self.uri(path)} exists already"))

    def create_all(self, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
        return self._taken(self.create, objects, [path for path, _ in objects])

    def replace(self, path: str, content: bytes | Path, expected: str | None = None) -> None:
        """As the protocol says. Where the answer was lost and another writer has replaced the object since, it cannot
        be told whether this write was there for a moment: that is ObjectChanged.
        """
        if expected is not None:
            return self._replace(path, content, expected)
        for _ in range(_BEGINNINGS):
            info = self.stat(path)
            with contextlib.suppress(ObjectChanged):
                return self._replace(path, content, info.generation if info else ABSENT)
        raise ObjectChanged(f"{self.uri(path)} is replaced by others all the time; try again")

    def copy_from(self, other: Store, source: str, target: str) -> None:
        if not isinstance(other, GCSStore):
            raise TypeError(f"a lake on GCS copies from a lake on GCS only, not from {type(other).__name__}")
        origin, _ = other._bucket.blob(other._name(source)), self._name(target)

        def rewrite(token: str) -> None:
            from google.api_core.exceptions import NotFound

            blob = self._blob(target, token)
            blob.content_type = "application/octet-stream"  # a copy with metadata of its own takes none of the source's
            rest = None
            try:
                while True:  # a large object goes over in several calls; `rest` also holds the source's generation
                    rest, _, _ = blob.rewrite(origin, token=rest, if_generation_match=0, retry=self._retry_write)
                    if rest is None:
                        return
            except NotFound as error:
                if other.stat(source) is None:
                    raise ObjectMissing(f"{other.uri(source)} does not exist") from error
                raise

        self._once(target, 0, rewrite, ObjectExists(f"{self.uri(target)} exists already"))

    def replace_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        parallel_map(lambda each: self.replace(*each), objects, self.threads)

    def copy_all(self, other: Store, objects: Sequence[tuple[str, str]]) -> list[str]:
        return self._taken(lambda *each: self.copy_from(other, *each), objects, [target for _, target in objects])

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def open(self, path: str) -> BinaryIO:
        """The content, which has come and been compared before the first byte is given: beyond 8 MiB it is a file."""
        from google.api_core.exceptions import NotFound, RequestRangeNotSatisfiable
        from google.cloud.storage.exceptions import DataCorruption
        from requests.exceptions import ChunkedEncodingError

        name, failure = self._name(path), None
        for beginning in range(_BEGINNINGS):
            arrived = Arrived(_PIECE)
            blob = self._bucket.blob(name)
            try:
                with self._failing(path):
                    blob.download_to_file(arrived, raw_download=True, checksum="crc32c", retry=self._retry)
                if arrived.digest.crc32c == blob.crc32c or self._is(path, arrived.digest):
                    return arrived.rewound()
                arrived.file.close()
            except StoreFailed as error:
                arrived.file.close()
                if isinstance(error.__cause__, NotFound) and not arrived.digest.size:
                    raise ObjectMissing(f"{self.uri(path)} does not exist") from error
                # Not found in the middle: the object was replaced, and the rest of the one that had begun is gone.
                # The text of a refusal that broke off: the client, which tries all else again, reads it too late.
                broken = isinstance(error.__cause__, ChunkedEncodingError) and beginning < _BEGINNINGS - 1
                if not broken and not isinstance(
                    error.__cause__, NotFound | RequestRangeNotSatisfiable | DataCorruption
                ):
                    raise
                failure = error
        raise StoreFailed(f"{self.uri(path)}: what arrives is not what its CRC32C says; read it again") from failure

    def stat(self, path: str) -> ObjectInfo | None:
        blob = self._look(path)
        return _info(blob) if blob else None

    def folders(self, prefix: str) -> list[str]:
        whole = f"{self._name(prefix.rstrip('/'))}/" if prefix else self._prefix
        with self._failing(prefix):
            pages: Any = self._client.list_blobs(
                self._bucket, prefix=whole, delimiter="/", fields="prefixes,nextPageToken", retry=self._retry
            )
            for _ in pages:  # no object is listed, by `fields`: this only turns the pages
                pass
        return sorted(found.removeprefix(whole).rstrip("/") for found in pages.prefixes)

    def objects(self, prefix: str) -> dict[str, ObjectInfo]:
        whole = self._name(prefix.rstrip("/")) + "/"
        with self._failing(prefix):
            blobs = self._client.list_blobs(self._bucket, prefix=whole, delimiter="/", retry=self._retry)
            return {blob.name.removeprefix(self._prefix): _info(blob) for blob in blobs}

    def delete(self, path: str, generation: str) -> bool:
        from google.api_core.exceptions import NotFound, PreconditionFailed

        blob = self._bucket.blob(self._name(path))
        try:
            with self._failing(path):
                blob.delete(if_generation_match=int(generation), retry=self._retry_write)
        except StoreFailed as failure:
            if isinstance(failure.__cause__, NotFound | PreconditionFailed):
                return False
            raise
        return True

    def uri(self, path: str) -> str:
        return f"gs://{self._bucket.name}/{self._prefix}{path}"

    def _taken(
        self, write: Callable[..., None], objects: Sequence[tuple[Any, Any]], targets: Sequence[str]
    ) -> list[str]:
        """Write many objects, several at a time; returns the targets that were taken."""

        def attempt(each: tuple[Any, Any]) -> bool:
            try:
                write(*each)
            except ObjectExists:
                return True
            return False

        taken = parallel_map(attempt, objects, self.threads)
        return [target for target, found in zip(targets, taken, strict=True) if found]

    def _replace(self, path: str, content: bytes | Path, seen: str) -> None:
        changed = ObjectChanged(f"{self.uri(path)} is not of generation {seen!r} any more; read it again")
        self._upload(path, content, int(seen or 0), changed)

    def _upload(self, path: str, content: bytes | Path, generation: int, taken: Exception) -> None:
        self._name(path)
        digest = digest_of(io.BytesIO(content)) if isinstance(content, bytes) else digest_of_file(content)
        size, crc32c = digest.size, digest.crc32c

        def send(token: str) -> None:
            blob = self._blob(path, token)
            with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
                # The service compares. Larger objects carry their checksum from the beginning: if the client compared
                # them too, it would delete what does not agree, whosever it is.
                blob.upload_from_file(
                    stream,
                    size=size,
                    if_generation_match=generation,
                    checksum=cast(str, "crc32c" if size <= _PIECE else None),
                    crc32c_checksum_value=crc32c,
                    retry=self._retry_write,
                )

        self._once(path, generation, send, taken, (size, crc32c))

    def _once(
        self,
        path: str,
        generation: int,
        write: Callable[[str], None],
        taken: Exception,
        sent: tuple[int, str] | None = None,
    ) -> None:
        """Write in the place of a generation, 0 for none. Whatever the answer is, or if there is none, the object says
        what has happened; raises `taken` if it is another writer's.
        """
        token = uuid.uuid4().hex
        for beginning in range(_BEGINNINGS):
            try:
                with self._failing(path):
                    write(token)
                return
            except StoreFailed as failure:
                found = self._look(path)
                if found is not None and (found.metadata or {}).get(_TOKEN) == token:
                    if sent is not None and (found.size, found.crc32c) != sent:
                        raise StoreFailed(
                            f"{self.uri(path)} is not what was sent; move it away, run again"
                        ) from failure
                    return
                if (int(found.generation or 0) if found else 0) != generation:
                    raise taken from failure
                if not can_begin_again(failure.__cause__) or beginning == _BEGINNINGS - 1:
                    raise

    def _blob(self, path: str, token: str) -> "storage.Blob":
        blob = self._bucket.blob(self._name(path), chunk_size=_PIECE, kms_key_name=self._kms_key)
        blob.metadata = {**self._labels, **labels_of(path), _TOKEN: token}
        return blob

    def _look(self, path: str) -> "storage.Blob | None":
        name = self._name(path)
        with self._failing(path):
            return self._bucket.get_blob(name, retry=self._retry)

    def _is(self, path: str, arrived: Digest) -> bool:
        found = self._look(path)
        return found is not None and (found.size, found.crc32c) == (arrived.size, arrived.crc32c)

    def _name(self, path: str) -> str:
        name = f"{self._prefix}{checked(path)}"
        if len(name.encode()) > _LONGEST_NAME:
            raise BadPath(f"{name!r} is longer than {_LONGEST_NAME} bytes")
        return name

    @contextlib.contextmanager
    def _failing(self, path: str) -> Iterator[None]:
        """Whatever the client raises is StoreFailed, with the client's error as its cause."""
        try:
            yield
        except client_errors() as error:
            raise StoreFailed(f"{self.uri(path)}: {type(error).__name__}: {error}; {advice(error)}") from error


def _info(blob: "storage.Blob") -> ObjectInfo:
    return ObjectInfo(blob.size or 0, str(blob.generation), blob.crc32c, blob.updated)
