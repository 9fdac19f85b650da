"""RestApi where the source fails: what is asked for again, how long it waits, and what is given up at once."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from dataops_assets.demo.server import Fault, FlightsServer
from dataops_assets.sources import NextLink, PermanentSourceError, RestApi, Token, TransientSourceError
from dataops_assets.sources.http import retry_after
from dataops_assets_tests.sources.conftest import take


def flights(url, **more) -> RestApi:
    options = {"params": {"date": "{partition.start:%Y-%m-%d}", "page_size": 300}, "backoff": 0.01, "timeout": 2.0}
    return RestApi(url=f"{url}/v1/flights", records="flights", paginate=Token(), **(options | more))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 429),
        Fault("status", 500),
        Fault("status", 503),
        Fault("status", 504),
        Fault("reset"),
        Fault("truncate"),
        Fault("cut"),
        Fault("hang", seconds=1),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_passing_fault_on_any_page_changes_nothing(fault):
    with FlightsServer() as server:
        whole = take(flights(server.url), "2013-01-05")
    with FlightsServer(faults={0: fault, 1: fault, 3: fault}) as server:
        taken = take(flights(server.url, timeout=0.5 if fault.kind == "hang" else 10), "2013-01-05")
        assert len(server.requests) == 3 + 3
    assert [data for _, data in taken.files] == [data for _, data in whole.files]


def test_a_lasting_fault_uses_up_its_attempts():
    with FlightsServer(faults=dict.fromkeys(range(9), Fault("status", 503))) as server:
        with pytest.raises(TransientSourceError) as caught:
            take(flights(server.url, max_attempts=3), "2013-01-05", table="flights")
        assert len(server.requests) == 3
    message = str(caught.value)
    assert message.startswith(f"flights [2013-01-05]: GET {server.url}/v1/flights answered 503")
    assert "something is wrong" in message
    assert "given up after 3 attempts; run this partition again" in message


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 422])
def test_any_other_refusal_ends_at_once(status):
    with FlightsServer(faults={0: Fault("status", status, body=b"x" * 999)}) as server:
        with pytest.raises(PermanentSourceError, match=rf"answered {status} .*not retried") as caught:
            take(flights(server.url), "2013-01-05")
        assert len(server.requests) == 1
    assert "x" * 200 in str(caught.value)
    assert "x" * 201 not in str(caught.value)


def test_retry_after_in_seconds_is_honoured():
    with FlightsServer(faults={0: Fault("status", 429, {"Retry-After": "1"})}) as server:
        start = time.monotonic()
        take(flights(server.url), "2013-01-05")
    assert 1.0 <= time.monotonic() - start < 20


def test_retry_after_is_capped():
    with FlightsServer(faults={0: Fault("status", 503, {"Retry-After": "3600"})}) as server:
        start = time.monotonic()
        take(flights(server.url, max_wait=0.2), "2013-01-05")
    assert 0.2 <= time.monotonic() - start < 20


def test_retry_after_forms():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 10 < (retry_after(soon) or 0) <= 30
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert retry_after("7") == 7
    assert retry_after("soon") is None
    assert retry_after(None) is None


def test_nobody_listens():
    with FlightsServer() as server:
        url = server.url
    with pytest.raises(TransientSourceError, match=r"flights \[2013-01-05\]: GET .* broke off: ConnectError"):
        take(flights(url, max_attempts=2), "2013-01-05", table="flights")


def test_an_address_that_is_none():
    with pytest.raises(PermanentSourceError, match="not an address"):
        take(RestApi("ftp://127.0.0.1/x", backoff=0.01))


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ('"http://127.0.0.1:99999/x"', "no address .*99999"),
        ('"http://127.0.0.1:port/x"', "no address .*port"),
        ('"http://[::1/x"', "no address"),
        ('"ftp://127.0.0.1/x"', "another host"),
        ('{"href": "/x"}', "is not an address but"),
        ("7", "is not an address but 7"),
    ],
)
def test_a_next_link_that_cannot_be_followed_is_named_at_once(serve, link, message):
    asked = []
    answer = f'{{"items": [{{"n": 1}}], "next": {link}}}'.encode()
    url = serve(lambda path, headers: asked.append(path) or (200, answer, {}))
    with pytest.raises(PermanentSourceError, match=f"things: GET {url}.*{message}"):
        take(RestApi(f"{url}/x", records="items", paginate=NextLink("next"), backoff=0.01))
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address", ["http://xn--zzzzzz-.example/x", f"http://{'a' * 70}.example/x", "http://ex\u2488com/x"]
)
def test_a_host_that_cannot_be_spelt_is_named_at_once(address):
    begun = time.monotonic()
    with pytest.raises(PermanentSourceError, match=r"things: GET http://.*/x: not an address that can be asked"):
        take(RestApi(address, backoff=5))
    assert time.monotonic() - begun < 4


def test_brackets_too_deep_are_named_at_once(serve):
    deep = b'[{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"
    asked = []
    url = serve(lambda path, headers: asked.append(path) or (200, deep, {}))
    with pytest.raises(PermanentSourceError, match=f"things: GET {url}.*brackets within brackets"):
        take(RestApi(url, backoff=0.01))
    assert len(asked) == 1
