import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataops_assets.lake.manifest import BadManifest, Manifest, StoredFile

_hash = st.text("0123456789abcdef", min_size=64, max_size=64)
_any_text = st.text(st.characters(exclude_categories=[]))  # halves of surrogate pairs too: JSON sources have them
_columns = st.dictionaries(_any_text, _any_text, max_size=3)
_count = st.integers(min_value=0)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_any_text, inner, max_size=3),
    max_leaves=8,
)
_object = st.dictionaries(_any_text, _json, max_size=3)
_moment = st.datetimes().map(
    lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f".{moment.microsecond:06d}Z"
)
_files = st.builds(
    StoredFile,
    path=_any_text,
    name=_any_text,
    format=st.sampled_from(["csv", "jsonl", "parquet"]),
    compression=st.none() | st.just("gzip"),
    bytes=_count,
    sha256=_hash,
    rows=_count,
    columns=_columns,
    source_version=st.none() | _any_text,
    broken=st.integers(0, 9),
)
_manifests = st.builds(
    Manifest,
    table=_any_text,
    partition=st.none() | _any_text,
    attempt=_moment,
    started_at=_moment,
    committed_at=_moment,
    files=st.lists(_files, max_size=2),
    rows=_count,
    columns=_columns,
    content_sha256=_hash,
    source=_object,
    parameters=_object,
    same_as=st.none() | _moment,
    watermark=_json,
    follows=st.none() | st.just("") | _moment,
    run_id=_any_text,
    code_version=_any_text,
)
MANIFEST = Manifest(
    table="flights",
    partition="2013-01-05",
    attempt="2026-11-23T05:49:13.123456Z",
    started_at="2026-11-23T05:49:13.123456Z",
    committed_at="2026-11-23T05:49:14.000000Z",
    files=[StoredFile("raw_flights/a.csv", "a.csv", "csv", None, 3, "0" * 64, 1, {"flight": "text"})],
    rows=1,
    columns={"flight": "text"},
    content_sha256="f" * 64,
)


@given(_manifests)
def test_a_manifest_survives_the_way_through_json(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json(), "manifest.json") == manifest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "format 2; this version reads format 1"),
        ({"format_version": None}, "format None"),
        ({"rows": "1"}, r"`int`, got `str` - at `\$\.rows`"),
        ({"rows": -1}, r"`int` >= 0 - at `\$\.rows`"),
        ({"rows": True}, r"`int`, got `bool` - at `\$\.rows`"),
        ({"partition": 5}, r"`str \| null`, got `int` - at `\$\.partition`"),
        ({"committed_at": "yesterday"}, r"at `\$\.committed_at`"),
        ({"follows": "yesterday"}, "Expected `str` matching"),
        ({"content_sha256": "F" * 64}, r"at `\$\.content_sha256`"),
        ({"files": {}}, r"`array`, got `object` - at `\$\.files`"),
        ({"files": ["a.csv"]}, r"`object`, got `str` - at `\$\.files\[0\]`"),
        ({"files": [{"path": "a"}]}, r"files\[0\]: .*name, rows, sha256 missing"),
        ({"columns": {"a": 1}}, r"at `\$\.columns"),
        ({"surprise": 1, "also": 2}, "also, surprise unknown"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(change: dict[str, Any], message: str) -> None:
    content = json.dumps({**json.loads(MANIFEST.to_json()), **change}).encode()
    with pytest.raises(BadManifest, match=f"^lake/manifest.json.*{message}"):
        Manifest.from_json(content, "lake/manifest.json")


@pytest.mark.parametrize("field", [name for name in json.loads(MANIFEST.to_json()) if name != "follows"])
def test_no_field_may_be_missing(field: str) -> None:
    record = json.loads(MANIFEST.to_json())
    del record[field]
    with pytest.raises(BadManifest, match=r"^m\.json: "):
        Manifest.from_json(json.dumps(record).encode(), "m.json")


@pytest.mark.parametrize(
    ("output", "follows"),
    [({}, None), ({"watermark": {"value": 1}}, None), ({"watermark": {"value": 1}, "partition": None}, "")],
)
def test_a_manifest_of_before_it_was_noted_what_it_follows(output: dict[str, Any], follows: str | None) -> None:
    """One of a partition has read all of it; where an increment began, nobody can say."""
    record = {**json.loads(MANIFEST.to_json()), **output}
    del record["follows"]
    manifest = Manifest.from_json(json.dumps(record).encode(), "m.json")
    assert manifest.follows == follows
    assert Manifest.from_json(manifest.to_json(), "m.json") == manifest


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'"manifest"', MANIFEST.to_json()[:-20]])
def test_what_is_no_manifest_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(BadManifest, match=r"m\.json is not a manifest"):
        Manifest.from_json(content, "m.json")
