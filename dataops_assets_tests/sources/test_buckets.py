"""Files of a bucket, on the stand-in for Cloud Storage: found, read as they are stored, told by partition."""

import gzip
from typing import TYPE_CHECKING

import pytest

from dataops_assets.sources import Files, PermanentSourceError, Request, TransientSourceError
from dataops_assets_tests.sources.conftest import CALENDAR, take

if TYPE_CHECKING:
    from google.cloud import storage


def put(bucket: "storage.Bucket", name: str, content: bytes, encoding: str | None = None) -> None:
    blob = bucket.blob(name)
    blob.content_encoding = encoding
    blob.upload_from_string(content, "text/csv")


def test_a_file_of_a_partition(bucket: "storage.Bucket") -> None:
    data = b"\xef\xbb\xbforigin,temp\r\nEWR,39.02\r\n"
    put(bucket, "in/weather-2013-01-05.csv", data)
    source = Files(f"gs://{bucket.name}/in/weather-{{partition.start:%Y-%m-%d}}.csv")
    ((file, stored),) = take(source, "2013-01-05").files
    assert (stored, file.name, file.rows) == (data, "weather-2013-01-05.csv", 1)
    with pytest.raises(PermanentSourceError, match=r"weather \[2013-01-06\]: there is no file gs://.*2013-01-06\.csv"):
        take(source, "2013-01-06", table="weather")
    with pytest.raises(PermanentSourceError, match=r"gs://no-such-bucket/.* is refused"):
        take(Files("gs://no-such-bucket/*.csv"))


def test_a_pattern_with_folders(bucket: "storage.Bucket") -> None:
    for name in ("a/x.csv", "a/b/x.csv", "a/b/ö y.csv", "a/no.txt", "b/x.csv"):
        put(bucket, name, f"n\n{len(name)}\n".encode())
    taken = take(Files(f"gs://{bucket.name}/a/**/*.csv"))
    assert sorted(file.name for file, _ in taken.files) == ["b__x.csv", "b__ö_y.csv", "x.csv"]
    assert taken.rows == 3
    assert [file.name for file, _ in take(Files(f"gs://{bucket.name}/a/*.csv")).files] == ["x.csv"]


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_gzip_is_kept_as_it_is_stored(bucket: "storage.Bucket", encoding: str | None) -> None:
    data = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    put(bucket, "x.csv.gz", data, encoding)
    ((file, stored),) = take(Files(f"gs://{bucket.name}/x.csv.gz")).files
    assert (stored, file.compression, file.rows) == (data, "gzip", 1000)


def test_incremental_takes_each_object_once(bucket: "storage.Bucket") -> None:
    source = Files(f"gs://{bucket.name}/*.csv", incremental=True, missing="empty")
    for name in "ab":
        put(bucket, f"{name}.csv", b"n\n1\n")
    first = take(source)
    assert [file.name for file, _ in first.files] == ["a.csv", "b.csv"]
    assert take(source, watermark=first.watermark).files == []
    put(bucket, "b.csv", b"n\n2\n")  # of the same size: another generation
    assert [file.name for file, _ in take(source, watermark=first.watermark).files] == ["b.csv"]


def test_an_object_that_is_replaced_while_it_is_read(bucket: "storage.Bucket") -> None:
    put(bucket, "x.csv", b"a,b\n1,2\n")
    (file,) = Files(f"gs://{bucket.name}/x.csv").extract(Request("things")).files
    put(bucket, "x.csv", b"a,b\n3,4\n")
    with pytest.raises(TransientSourceError, match=r"x\.csv was replaced or removed"):
        b"".join(file.chunks)


def test_arrivals(bucket: "storage.Bucket") -> None:
    for name in ("2013-01-06-a", "2013-01-05-b", "2013-01-05-a", "2014-01-05-a", "readme-a"):
        put(bucket, f"in/{name}.csv", b"a\n1\n")
    files = Files(f"gs://{bucket.name}/in/{{partition.key}}-*.csv")
    arrivals = files.arrivals("orders", CALENDAR)
    start = f"gs://{bucket.name}/in/"
    found = {partition.key: [e.path.removeprefix(start) for e in each] for partition, each in arrivals.files.items()}
    assert found == {"2013-01-05": ["2013-01-05-a.csv", "2013-01-05-b.csv"], "2013-01-06": ["2013-01-06-a.csv"]}
    assert [path.removeprefix(start) for path in arrivals.strangers] == ["2014-01-05-a.csv", "readme-a.csv"]
    for partition, entries in arrivals.files.items():
        read = [list(file.chunks) and file.name for file in files.extract(Request("orders", partition)).files]
        assert read == [entry.path.removeprefix(start) for entry in entries]
