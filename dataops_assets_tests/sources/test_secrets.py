"""Secrets stay out of everything that is printed, stored or raised."""

import base64
import json
import logging
import traceback
from urllib.parse import quote

import pytest

from dataops_assets.sources import (
    Bearer,
    Env,
    Header,
    NextLink,
    PermanentSourceError,
    Request,
    RestApi,
    SourceError,
    SqlTable,
    Token,
)
from dataops_assets_tests.sources.conftest import take

SECRET = 's3cr/et "key"+é'
FORMS = [SECRET, quote(SECRET), quote(SECRET, safe=""), "s3cr", base64.b64encode(SECRET.encode()).decode()]


def echo(status):
    """A server that repeats all it was sent, in several spellings."""

    def answer(path, headers):
        sent = headers.get("Authorization", "") + headers.get("X-Api-Key", "")
        body = f"{path} {sent} {sent.encode('latin-1', 'replace').decode('utf-8', 'replace')} {SECRET}"
        return status, (body + json.dumps(SECRET)).encode(), {}

    return answer


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("API_SECRET", SECRET)


@pytest.fixture
def ascii_secret(monkeypatch):
    monkeypatch.setenv("API_SECRET", "s3cr-et-token")


def printed(error, caplog) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + caplog.text


@pytest.mark.parametrize("status", [200, 400, 401, 503])
@pytest.mark.parametrize("how", ["bearer", "header", "param", "userinfo", "query"])
def test_an_echoing_server_gets_no_secret_into_errors_or_logs(serve, caplog, ascii_secret, status, how):
    caplog.set_level(logging.DEBUG)
    secret = "s3cr-et-token"
    seen = []

    def answer(path, headers):
        seen.append((path, headers))
        return status, f"you sent {path} {headers} {secret} {quote(secret)}".encode(), {}

    url = serve(answer)
    api = {
        "bearer": lambda: RestApi(url, auth=Bearer("API_SECRET")),
        "header": lambda: RestApi(url, auth=Header("X-Api-Key", "API_SECRET")),
        "param": lambda: RestApi(url, params={"key": Env("API_SECRET")}),
        "userinfo": lambda: RestApi(url.replace("//", f"//me:{secret}@")),
        "query": lambda: RestApi(f"{url}/x?token={secret}"),
    }[how]()
    api = RestApi(api.url, params=api.params, auth=api.auth, max_attempts=2, backoff=0.01, records="x")
    extraction = api.extract(Request("things"))
    with pytest.raises(SourceError) as caught:
        list(extraction.files)
    path, headers = seen[0]
    basic = base64.b64encode(f"me:{secret}".encode()).decode()
    assert secret in path or secret in str(headers) or basic in str(headers), "the secret was sent"
    shown = printed(caught.value, caplog) + json.dumps([extraction.source, extraction.parameters]) + repr(api.auth)
    assert "s3cr" not in shown
    assert basic not in shown


def test_awkward_secrets_are_hidden_in_every_spelling(serve, caplog):
    caplog.set_level(logging.DEBUG)
    api = RestApi(serve(echo(400)), params={"key": Env("API_SECRET"), "page": 3}, records="x")
    extraction = api.extract(Request("things"))
    with pytest.raises(SourceError) as caught:
        list(extraction.files)
    shown = printed(caught.value, caplog) + json.dumps([extraction.source, extraction.parameters])
    assert not [form for form in FORMS if form in shown]
    assert extraction.parameters == {"key": "${API_SECRET}", "page": 3}


def test_secrets_reach_every_page_and_only_the_source(serve, ascii_secret):
    paths = []

    def answer(path, headers):
        paths.append(path)
        more = '"/list?page=2"' if len(paths) == 1 else "null"
        return 200, f'{{"items": [{{"n": {len(paths)}}}], "next": {more}}}'.encode(), {}

    url = serve(answer)
    take(RestApi(f"{url}/list", params={"key": Env("API_SECRET")}, records="items", paginate=NextLink("next")))
    assert [("key=s3cr-et-token" in path) for path in paths] == [True, True]
    assert "page=2" in paths[1]


def test_a_page_token_error_shows_no_secret(serve, ascii_secret):
    url = serve(lambda path, headers: (200, b'{"items": [{}], "next": "s3cr-et-token"}', {}))
    with pytest.raises(SourceError) as caught:
        take(RestApi(url, auth=Bearer("API_SECRET"), records="items", paginate=Token("next", "at")))
    assert "s3cr" not in str(caught.value)


def test_a_missing_secret_is_named(monkeypatch):
    monkeypatch.delenv("API_SECRET")
    with pytest.raises(SourceError, match="API_SECRET is not set"):
        RestApi("http://127.0.0.1:1", auth=Bearer("API_SECRET")).extract(Request("things"))


def test_a_database_password_is_not_shown():
    table = SqlTable("postgresql://me:s3cr-et@127.0.0.1:1/db?sslpassword=s3cr-more", "t")
    extraction = table.extract(Request("things"))
    with pytest.raises(SourceError, match="cannot be read now") as caught:
        [b"".join(file.chunks) for file in extraction.files]
    assert "s3cr" not in str(caught.value) + json.dumps(extraction.source)


@pytest.mark.parametrize("password", ["postgres", "post", "host"])
def test_what_only_resembles_a_password_is_readable(password):
    table = SqlTable(f"postgresql://postgres:{password}@127.0.0.1:1/db", "t")
    with pytest.raises(SourceError, match=r"postgresql://127\.0\.0\.1:1/db cannot be read now"):
        take(table)
    with pytest.raises(SourceError, match=r"things: postgresql://127\.0\.0\.1:1/db cannot be read now"):
        take(SqlTable("postgresql://postgres@127.0.0.1:1/db", "t"))


@pytest.mark.parametrize("mark", "/?#@")
@pytest.mark.parametrize("scheme", ["http", "postgresql", "bigquery", ""])
@pytest.mark.parametrize("password", ["PASSs3cr{}word", "12345{}s3cr", "s3cr{}"])
def test_a_password_with_a_sign_of_addresses_is_refused_and_not_shown(caplog, scheme, mark, password):
    caplog.set_level(logging.DEBUG)
    address = f"{scheme}://svc:{password.format(mark)}@db.example.com/x".removeprefix("://")
    source = RestApi(address, max_attempts=1) if scheme == "http" else SqlTable(address, "t")
    with pytest.raises(PermanentSourceError, match=r"things: .* not shown .*%2F") as caught:
        take(source)
    assert "s3cr" not in printed(caught.value, caplog)
    assert "12345" not in printed(caught.value, caplog)


@pytest.mark.parametrize(
    "address",
    [
        "host=127.0.0.1 user=svc password=s3cret",
        "Server=db;Uid=svc;Pwd=s3cret",
        "jdbc:postgresql://svc:s3cret@db/shop",
        "postgresql://svc:s3c%ret@127.0.0.1:9/shop",
        "http://svc:s3c%ret@127.0.0.1:9/v1",
    ],
)
def test_an_address_in_another_form_is_refused_and_not_shown(monkeypatch, address):
    monkeypatch.setenv("ADDRESS", address)
    source = RestApi(Env("ADDRESS")) if address.startswith("http") else SqlTable(Env("ADDRESS"), "t")
    with pytest.raises(PermanentSourceError, match="the address of this source does not parse as one") as error:
        take(source)
    assert "s3c" not in str(error.value)


def test_the_query_of_an_address_is_said_once():
    with pytest.raises(SourceError, match=r"GET http://127\.0\.0\.1:1/v1\?size=5&token=\*\*\* broke off"):
        take(RestApi("http://127.0.0.1:1/v1?size=5&token=s3cret", max_attempts=1))


def test_addresses_with_the_same_signs_elsewhere_are_taken(serve):
    paths = []
    url = serve(lambda path, headers: paths.append(path) or (200, b"[]", {}))
    take(RestApi(f"{url}/users/@me?mail=a@b.example"))
    take(RestApi(url.replace("//", "//svc:a%2Fb%40c@") + "/x"))
    assert paths == ["/users/@me?mail=a%40b.example", "/x"]


def test_parts_cases_and_encodings_of_a_secret_are_hidden(serve, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    secret = "Alpha/Beta+Gamma=delta"
    monkeypatch.setenv("API_SECRET", secret)
    forms = [
        "ALPHA/BETA+GAMMA=DELTA", "Alpha", "gamma", quote(secret, safe="").lower(), quote(secret).upper(),
        base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode(),
    ]  # fmt: skip
    url = serve(lambda path, headers: (400, " ".join(forms).encode(), {}))
    with pytest.raises(SourceError) as caught:
        take(RestApi(f"{url}/x?pin=77", auth=Bearer("API_SECRET")))
    assert [form for form in forms if form in str(caught.value)] == []
    assert "400 Bad Request" in str(caught.value)


def test_a_short_value_named_like_a_secret_is_hidden(serve):
    url = serve(lambda path, headers: (400, b"pin 77 of 1770 is wrong", {}))
    with pytest.raises(SourceError, match=r"pin \*\*\* of 1770 is wrong") as caught:
        take(RestApi(f"{url}/x?pin=77"))
    assert "=77" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [("tök3n", "not ASCII"), ("token\n", "line breaks"), ("a\r\nX-Evil: 1", "line breaks"), (" s3cr", "blanks")],
)
@pytest.mark.parametrize("auth", [Bearer("API_SECRET"), Header("X-Key", "API_SECRET")])
def test_a_token_that_no_header_can_carry_is_named_at_once(serve, monkeypatch, value, message, auth):
    monkeypatch.setenv("API_SECRET", value)
    asked = []
    url = serve(lambda path, headers: asked.append(path) or (200, b"[]", {}))
    with pytest.raises(PermanentSourceError, match=f"things: .*variable API_SECRET has .*{message}") as caught:
        take(RestApi(url, auth=auth))
    assert not asked
    assert value not in str(caught.value)


def test_a_header_that_is_none_is_named_at_once(serve, ascii_secret):
    with pytest.raises(PermanentSourceError, match="'X Key' is no name of an HTTP header"):
        take(RestApi("http://127.0.0.1:1", auth=Header("X Key", "API_SECRET")))
