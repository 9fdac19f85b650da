"""RestApi against real servers: what it keeps, how it pages, what it remembers."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from dataops_assets.demo.server import FlightsServer
from dataops_assets.sources import (
    Env,
    NextLink,
    Offset,
    PageNumber,
    PermanentSourceError,
    Request,
    RestApi,
    Token,
)
from dataops_assets_tests.sources.conftest import day, take


def flights(url, **more) -> RestApi:
    options = {"params": {"date": "{partition.start:%Y-%m-%d}", "page_size": 500}, "backoff": 0.01}
    return RestApi(url=f"{url}/v1/flights", records="flights", paginate=Token(), **(options | more))


def test_a_day_of_flights_is_kept_record_by_record():
    with FlightsServer() as server:
        taken = take(flights(server.url), "2013-01-05", table="flights")
        _, body = server.answer("/v1/flights?date=2013-01-05&page_size=5000")
    assert taken.rows == 720
    assert [json.loads(line) for line in taken.lines] == json.loads(body)["flights"]
    assert all(line in body for line in taken.lines)
    ((file, _),) = taken.files
    assert file.name == "part-00000.jsonl.gz"
    assert len(file.columns) == 19
    assert (file.columns["dep_time"], file.columns["carrier"]) == ("number", "string")
    assert taken.parameters == {"date": "2013-01-05", "page_size": 500}
    assert taken.source["url"].endswith("/v1/flights")
    assert taken.watermark is None


def test_the_same_answer_gives_the_same_bytes():
    with FlightsServer() as server:
        first, second = (take(flights(server.url), "2013-01-05") for _ in range(2))
    assert [data for _, data in first.files] == [data for _, data in second.files]


def test_a_day_without_records_gives_no_file():
    with FlightsServer(day=lambda *_: ()) as server:
        assert take(flights(server.url), "2013-01-05").files == []


def test_large_answers_are_split_into_parts():
    with FlightsServer() as server:
        taken = take(flights(server.url, part_bytes=100_000), "2013-01-02")
        whole = take(flights(server.url), "2013-01-02")
    assert [file.name for file, _ in taken.files] == ["part-00000.jsonl.gz", "part-00001.jsonl.gz"]
    assert taken.lines == whole.lines
    assert taken.rows == whole.rows == 943


def test_a_file_must_be_consumed_before_the_next():
    with FlightsServer() as server:
        files = flights(server.url).extract(Request("t", day("2013-01-05"))).files
        next(files)
        with pytest.raises(RuntimeError, match=r"part-00000.*not consumed"):
            next(files)


def test_several_threads_share_a_source():
    with FlightsServer() as server, ThreadPoolExecutor(4) as pool:
        api = flights(server.url)
        keys = [f"2013-01-{n:02d}" for n in range(1, 13)]
        rows = list(pool.map(lambda key: take(api, key).rows, keys))
        assert rows == [take(api, key).rows for key in keys]


def test_nothing_is_looked_up_before_extract(monkeypatch):
    monkeypatch.delenv("FLIGHTS_URL", raising=False)
    called = []
    api = RestApi(Env("FLIGHTS_URL", default=lambda: called.append(1) or "") / "v1/flights", records="flights")
    assert not called
    with pytest.raises(PermanentSourceError, match=r"flights \[2013-01-05\]: .*FLIGHTS_URL is not set"):
        api.extract(Request("flights", day("2013-01-05")))
    assert called


def test_an_environment_variable_wins_over_its_default(monkeypatch):
    with FlightsServer() as server:
        monkeypatch.setenv("FLIGHTS_URL", f"{server.url}/")
        api = flights(server.url)
        api = RestApi(
            Env("FLIGHTS_URL", default="http://127.0.0.1:1") / "v1/flights",
            params=api.params,
            records="flights",
            paginate=Token(),
        )
        assert take(api, "2013-01-05").rows == 720


def test_templates_that_ask_for_what_is_not_there():
    with pytest.raises(PermanentSourceError, match=r"things: .*has no partitions"):
        RestApi("http://x/{partition.key}").extract(Request("things"))
    with pytest.raises(PermanentSourceError, match="beginning"):
        RestApi("http://x/{partition.beginning}").extract(Request("things", day("2013-01-05")))


NUMBERS = list(range(23))


def numbered(path, headers, kind):
    """An API of 23 records that pages in one of several ways, at most 10 a page."""
    query = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
    start = int(query.get("offset", 0)) if kind == "offset" else 10 * (int(query.get("page", 1)) - 1)
    some = NUMBERS[start : start + min(10, int(query.get("limit", 10)))]
    body = {"data": {"items": [{"n": n} for n in some]}, "next": None}
    more, extra = start + 10 < len(NUMBERS), {}
    if more and kind == "body":
        body["next"] = f"/list?page={int(query.get('page', 1)) + 1}"
    if more and kind == "link":
        extra = {"Link": f'</list?page={int(query.get("page", 1)) + 1}>; rel="next", </list>; rel="first"'}
    return 200, json.dumps(body).encode(), extra


@pytest.mark.parametrize(
    ("kind", "paginate"),
    [
        ("page", PageNumber()),
        ("page", PageNumber(size=10)),
        ("offset", Offset(limit=10)),
        ("offset", Offset(limit=500)),
        ("body", NextLink("next")),
        ("link", NextLink()),
    ],
)
def test_kinds_of_pages(serve, kind, paginate):
    url = serve(lambda path, headers: numbered(path, headers, kind))
    taken = take(RestApi(f"{url}/list", records="data.items", paginate=paginate))
    assert [json.loads(line)["n"] for line in taken.lines] == NUMBERS


def test_an_answer_that_is_the_list_itself(serve):
    url = serve(lambda path, headers: (200, b'\xef\xbb\xbf[{"a": 1.50}, {"b": [1,\n 2]}]', {}))
    taken = take(RestApi(url))
    assert taken.lines == [b'{"a": 1.50}', b'{"b":[1,2]}']
    assert taken.files[0][0].columns == {"a": "number", "b": "array"}


@pytest.mark.parametrize(
    ("paginate", "answer", "message"),
    [
        (Token("next", "at"), b'{"items": [{"a": %d}], "next": "again"}', "already read"),
        (NextLink("next"), b'{"items": [{"a": %d}], "next": "/list?page=2"}', "already read"),
        (PageNumber(), b'{"items": [{"a": 1}]}', "same records as the page before"),
        (Offset(limit=1), b'{"items": [{"a": 1}]}', "same records as the page before"),
    ],
)
def test_pages_that_repeat_end_in_an_error(serve, paginate, answer, message):
    count = iter(range(1000))
    url = serve(lambda path, headers: (200, answer % next(count) if b"%d" in answer else answer, {}))
    with pytest.raises(PermanentSourceError, match=rf"things: .*{message}"):
        take(RestApi(f"{url}/list", records="items", paginate=paginate))
    assert next(count) <= 3


def test_a_cycle_of_tokens_ends_in_an_error(serve):
    count = iter(range(1000))
    answers = [b'{"items": [{"a": %d}], "next": "%b"}' % (n, b"xyz"[n % 3 : n % 3 + 1]) for n in range(10)]
    url = serve(lambda path, headers: (200, answers[next(count)], {}))
    with pytest.raises(PermanentSourceError, match="already read"):
        take(RestApi(url, records="items", paginate=Token("next", "at")))
    assert next(count) <= 5


def test_a_next_page_elsewhere_is_not_followed(serve):
    url = serve(lambda path, headers: (200, b'{"items": [{}], "next": "http://127.0.0.2:1/list"}', {}))
    with pytest.raises(PermanentSourceError, match="another host"):
        take(RestApi(url, records="items", paginate=NextLink("next")))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>maintenance</html>", r"no valid JSON .*<html>maintenance"),
        (b'{"error": "no such thing"}', r"without the field 'items'.*no such thing"),
        (b'{"items": null}', "without the field 'items'"),
        (b'{"items": {"a": 1}}', "no list of records"),
        (b'{"items": [1]}', "a record that is no object: '1'"),
        (b'{"items": [{"a": "\xff"}]}', "no valid JSON .*utf-8"),
        (b'{"items": [{"a": NaN}]}', "no valid JSON"),
        (b'{"items": [{"a": 1}]} trailing', "no valid JSON"),
        (b"[1, 2]", "no list of records"),
        (rb'{"items": [{"a": "\ud800"}]}', "no Unicode"),
        (rb'{"items": [{"a": "\ud800 and more of it"}]}', "no Unicode"),
    ],
)
def test_answers_that_are_no_records(serve, body, message):
    count = iter(range(10))
    url = serve(lambda path, headers: (200, body, {"X-Count": str(next(count))}))
    with pytest.raises(PermanentSourceError, match=rf"(?s)things \[2013-01-05\]: GET {url}/x\S* answers .*{message}"):
        take(RestApi(f"{url}/x", records="items"), "2013-01-05")
    assert next(count) == 1


def changes(path, headers):
    since = parse_qs(urlsplit(path).query).get("since", [""])[0]
    rows = [{"id": n, "at": at} for n, at in enumerate(["2013-01-05T10:00:00Z", None, "2013-01-05T12:00:00+05:00"])]
    return 200, json.dumps([row for row in rows if not row["at"] or row["at"] >= since]).encode(), {}


def test_a_cursor_remembers_the_greatest_value(serve):
    api = RestApi(serve(changes), params={"since": "{watermark}"}, cursor="at", lookback=timedelta(minutes=90))
    first = take(api)
    # 12:00+05:00 is earlier than 10:00Z, though its text is greater.
    assert first.watermark == {"cursor": "at", "type": "text", "value": "2013-01-05T10:00:00Z"}
    assert (first.rows, first.parameters) == (3, {})
    second = take(api, watermark=first.watermark)
    assert second.parameters == {"since": "2013-01-05T08:30:00Z"}
    assert second.watermark == first.watermark


def test_a_watermark_in_a_format_of_its_own(serve):
    asked = []
    url = serve(lambda path, headers: asked.append(path) or (200, b"[]", {}))
    api = RestApi(url, params={"since": "{watermark:%d.%m.%Y}"}, cursor="at")
    mark = {"cursor": "at", "type": "text", "value": "2013-01-05T10:00:00Z"}
    assert take(api, watermark=mark).watermark == mark
    assert asked == ["/?since=05.01.2013"]


def test_a_numeric_cursor_and_its_mistakes(serve):
    url = serve(lambda path, headers: (200, b'[{"n": 9}, {"n": 10}, {"m": "x", "b": true}]', {}))
    assert take(RestApi(url, cursor="n")).watermark["value"] == 10
    with pytest.raises(PermanentSourceError, match=r"no record .* has the cursor field 'typo'"):
        take(RestApi(url, cursor="typo"))
    with pytest.raises(PermanentSourceError, match="'b' holds True"):
        take(RestApi(url, cursor="b"))
    with pytest.raises(
        PermanentSourceError, match=r"not one of cursor 'n'.*: dataops run --select \+staged/things --full-refresh$"
    ):
        take(RestApi(url, cursor="n"), watermark={"cursor": "at", "type": "number", "value": 1})


def test_a_rate_limit_holds_over_threads_and_sources(serve):
    url = serve(lambda path, headers: (200, b"[]", {}))
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: take(RestApi(f"{url}/{n}", rate_limit=25)), range(8)))
    # From the begin, not from the first request: that one may come late, by the time its client takes to be made.
    assert time.monotonic() - begun >= 7 / 25


def test_a_page_beyond_the_limit(serve):
    url = serve(lambda path, headers: (200, b"[" + b" " * 10_000 + b"]", {}))
    with pytest.raises(PermanentSourceError, match="more than 5,000 bytes"):
        take(RestApi(url, max_page_bytes=5000))


def test_gzip_answers(serve):
    url = serve(lambda path, headers: (200, gzip.compress(b'[{"a":1}]'), {"Content-Encoding": "gzip"}))
    assert take(RestApi(url)).lines == [b'{"a":1}']
