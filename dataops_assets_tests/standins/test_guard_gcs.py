"""The storage stand-in means by a precondition what Cloud Storage means. Without the proxy, most pass in silence."""

import base64
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from dataops_assets_tests.standins.cloud import Cloud

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Bucket

_PIECE = 256 * 1024


def refused(call: Callable[[], object]) -> None:
    from google.api_core.exceptions import PreconditionFailed
    from google.cloud.storage.exceptions import InvalidResponse  # what a stream that is being written raises

    with pytest.raises((PreconditionFailed, InvalidResponse)) as caught:
        call()
    assert caught.value.response is not None
    assert caught.value.response.status_code == 412


def replaced(bucket: "Bucket") -> tuple["Blob", int]:
    """An object that has been replaced, and the generation it had before."""
    blob = bucket.blob("a/b")
    blob.upload_from_string(b"old")
    stale = blob.generation
    blob.upload_from_string(b"new")
    assert stale is not None
    assert blob.generation != stale
    return blob, stale


def test_a_delete_with_a_stale_generation_answers_412(bucket: "Bucket") -> None:
    blob, stale = replaced(bucket)
    refused(lambda: blob.delete(if_generation_match=stale))
    assert blob.download_as_bytes() == b"new"
    blob.delete(if_generation_match=blob.generation)
    assert not blob.exists()


def test_one_of_eight_threads_creates_an_object(bucket: "Bucket") -> None:
    from google.api_core.exceptions import PreconditionFailed

    barrier = threading.Barrier(8)

    def create(number: int) -> bool:
        barrier.wait()
        try:
            bucket.blob("one").upload_from_string(str(number).encode(), if_generation_match=0)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    assert won.count(True) == 1
    assert bucket.blob("one").download_as_bytes() == str(won.index(True)).encode()


def test_a_resumable_upload_is_create_only(bucket: "Bucket") -> None:
    content = b"x" * (3 * _PIECE)

    def upload(name: str, content: bytes) -> None:
        blob = bucket.blob(name, chunk_size=_PIECE)
        blob.upload_from_file(io.BytesIO(content), if_generation_match=0)

    upload("large", content)
    assert bucket.blob("large").download_as_bytes() == content
    refused(lambda: upload("large", b"y" * len(content)))
    assert bucket.blob("large").download_as_bytes() == content


def test_a_resumable_upload_loses_to_an_object_made_meanwhile(bucket: "Bucket") -> None:
    from google.cloud.storage.fileio import BlobWriter

    def slow() -> None:
        with BlobWriter(bucket.blob("large", chunk_size=_PIECE), if_generation_match=0) as stream:
            stream.write(b"x" * (2 * _PIECE))  # has begun
            bucket.blob("large").upload_from_string(b"quick", if_generation_match=0)
            stream.write(b"x" * _PIECE)

    refused(slow)
    assert bucket.blob("large").download_as_bytes() == b"quick"


def test_damaged_content_of_a_resumable_upload_is_refused(bucket: "Bucket") -> None:
    from google.api_core.exceptions import BadRequest

    blob = bucket.blob("large", chunk_size=_PIECE)
    blob.md5_hash = base64.b64encode(b"0" * 16).decode()
    with pytest.raises(BadRequest):
        blob.upload_from_file(io.BytesIO(b"x" * (2 * _PIECE + 1)), checksum=None)  # pyright: ignore[reportArgumentType]
    assert not bucket.blob("large").exists()


def test_every_address_that_is_handed_out_is_the_proxy_s(gcs: Cloud, bucket: "Bucket") -> None:
    blob, _ = replaced(bucket)
    blob.reload()
    url = gcs.environment["STORAGE_EMULATOR_HOST"]
    assert blob.media_link is not None
    assert blob.media_link.startswith(url)
    assert str(bucket.blob("large").create_resumable_upload_session()).startswith(url)


def test_every_other_call_holds_its_precondition(bucket: "Bucket") -> None:
    from google.api_core.exceptions import NotModified

    blob, stale = replaced(bucket)
    bucket.blob("there").upload_from_string(b"there")
    refused(lambda: blob.upload_from_string(b"newer", if_generation_match=stale))
    refused(lambda: bucket.blob("a/b").reload(if_generation_match=stale))
    refused(lambda: bucket.blob("a/b").download_as_bytes(if_generation_match=stale))
    with pytest.raises(NotModified):
        bucket.blob("a/b").reload(if_generation_not_match=blob.generation)
    refused(lambda: bucket.copy_blob(blob, bucket, "there", if_generation_match=0))
    refused(lambda: bucket.copy_blob(blob, bucket, "copy", if_source_generation_match=stale))
    refused(lambda: bucket.blob("there").rewrite(blob, if_generation_match=0))
    refused(lambda: bucket.blob("there").compose([blob, blob], if_generation_match=0))
    refused(lambda: blob.reload(if_metageneration_match=99))
    assert bucket.blob("there").download_as_bytes() == b"there"
    assert not bucket.blob("copy").exists()
    bucket.copy_blob(blob, bucket, "copy", if_generation_match=0, if_source_generation_match=blob.generation)
    assert bucket.blob("copy").download_as_bytes() == b"new"


@pytest.mark.parametrize("damage", ["md5_hash", "crc32c"])
def test_damaged_content_is_refused(bucket: "Bucket", damage: str) -> None:
    from google.api_core.exceptions import BadRequest

    blob = bucket.blob("damaged")
    setattr(blob, damage, base64.b64encode(b"0" * (16 if damage == "md5_hash" else 4)).decode())
    with pytest.raises(BadRequest, match="checksum"):
        blob.upload_from_string(b"content", checksum=None)  # pyright: ignore[reportArgumentType]
    assert not bucket.blob("damaged").exists()


def test_old_generations_are_listed(bucket: "Bucket") -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    replaced(bucket)
    assert len(list(bucket.list_blobs(versions=True))) == 2
    assert len(list(bucket.list_blobs())) == 1


def test_a_batch_with_preconditions_is_not_taken_for_granted(bucket: "Bucket") -> None:
    from google.api_core.exceptions import MethodNotImplemented

    blob, stale = replaced(bucket)
    with pytest.raises(MethodNotImplemented), bucket.client.batch():
        blob.delete(if_generation_match=stale)
    assert blob.download_as_bytes() == b"new"
