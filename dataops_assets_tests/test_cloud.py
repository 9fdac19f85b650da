"""Who asks Google, and where: as far as it goes without Google."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.build import Project, load_project
from dataops_assets.cli import main
from dataops_assets.discovery import Datasets
from dataops_assets.model import Contract, Integer, Source, column
from dataops_assets.profiles.gcp import Clients
from dataops_assets.settings import Cloud, Settings, SettingsError
from dataops_assets.sources.base import Extraction, Request
from dataops_assets.sources.folders import BucketFolder
from dataops_assets_tests.lake.faulty_server import FaultyServer, serving
from dataops_assets_tests.lake.strict_gcs import Bucketful
from dataops_assets_tests.support import make_project, materialize

CLOUD = Cloud("air-lines-1", "staging", "production", location="europe-west3", lake_prefix="one", labels={"team": "a"})
ACCOUNT = "dataops-run@air-lines-1.iam.gserviceaccount.com"
EMULATORS = ("STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "BIGQUERY_STORAGE_EMULATOR_HOST")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials and no emulators but those of the test."""
    for variable in (*EMULATORS, "GOOGLE_APPLICATION_CREDENTIALS", "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `gcloud auth application-default login` leaves behind."""
    file = tmp_path / "adc.json"
    account = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    file.write_text(json.dumps({**account, "universe_domain": "googleapis.com"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serving(Bucketful("staging", "production")) as server:
        yield server


class Google:
    """Answers for Google's token services, as a transport of google-auth; asked: what has been asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Any:
        self.asked.append((url, body.decode() if isinstance(body, bytes) else str(body)))
        answer = {"access_token": "user", "expires_in": 3600}
        if "generateAccessToken" in url:
            answer = {"accessToken": "account", "expireTime": "2999-01-01T00:00:00Z"}

        class Response:
            status, headers = 200, {}
            data = json.dumps(answer).encode()

        return Response()


def test_without_credentials_it_is_said_how_to_get_some() -> None:
    with pytest.raises(SettingsError, match="gcloud auth application-default login"):
        _ = Clients(CLOUD).storage


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The settings of the command line are for the cloud, where no more is tried again than once."""
    settings = {"HOME": str(tmp_path), "PROFILE": "gcp", "PROJECT": "p-123456", "RETRY_SECONDS": "1"}
    settings |= {"STAGING_BUCKET": "staging-bucket", "PRODUCTION_BUCKET": "production-bucket"}
    for name, value in settings.items():
        monkeypatch.setenv(f"DATAOPS_{name}", value)
    load_project.cache_clear()  # it is that of the settings with which it was first asked for
    yield
    load_project.cache_clear()


@pytest.mark.usefixtures("command")
def test_a_command_without_credentials_says_it_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("dataops status: ")
    assert "gcloud auth application-default login" in line


@pytest.mark.usefixtures("command")
def test_a_command_that_gets_no_answer_says_it_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in EMULATORS:
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert main(["verify"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("dataops verify: gs://staging-bucket/")
    assert line.endswith("run the same command again")


@pytest.mark.usefixtures("login")
def test_the_credentials_are_those_of_the_environment() -> None:
    clients, google = Clients(CLOUD), Google()
    clients.credentials.refresh(google)
    assert clients.credentials.token == "user"
    assert clients.storage.project == clients.bigquery.project == "air-lines-1"
    assert clients.bigquery.location == "europe-west3"
    assert [url for url, _ in google.asked] == ["https://oauth2.googleapis.com/token"]
    assert os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] == "true"


@pytest.mark.usefixtures("login")
def test_a_service_account_is_asked_for_by_those_who_may_act_as_it() -> None:
    clients, google = Clients(Cloud("air-lines-1", "staging", "production", impersonate=ACCOUNT)), Google()
    clients.credentials.refresh(google)
    assert clients.credentials.token == "account"
    (_, _), (url, body) = google.asked
    assert url.endswith(f"/serviceAccounts/{ACCOUNT}:generateAccessToken")
    assert json.loads(body)["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]


@pytest.mark.usefixtures("login")
def test_files_of_a_bucket_are_read_by_whom_the_settings_name(tmp_path: Path) -> None:
    """Also where another project was made in the process since."""
    cloud, google = Cloud("air-lines-1", "staging", "production", impersonate=ACCOUNT), Google()
    projects = [
        Project(Settings("gcp", home=tmp_path, cloud=named), Datasets((), (), ()))
        for named in (cloud, replace(cloud, project="air-lines-2", impersonate=""))
    ]
    projects.append(Project(Settings(home=tmp_path), Datasets((), (), ())))
    first, second, local = (project.profile.source_client for project in projects)
    assert local is None
    assert first
    assert second
    clients = [BucketFolder(each)._client for each in (first, second)]
    assert [client.project for client in clients] == ["air-lines-1", "air-lines-2"]
    assert clients[0] is projects[0].profile.clients.storage
    credentials: Any = clients[0]._credentials
    credentials.refresh(google)
    assert credentials.token == "account"
    assert google.asked[-1][0].endswith(f"/serviceAccounts/{ACCOUNT}:generateAccessToken")


class Things(Contract):
    """Anything."""

    n: Integer = column("A number.")


@dataclass
class Asked:
    """A source without rows, which notes by whom files of buckets would be read."""

    clients: list[Any] = field(default_factory=list)

    def extract(self, request: Request) -> Extraction:
        assert request.storage_client
        self.clients.append(request.storage_client())
        return Extraction({"kind": "asked"}, {})


def test_an_extraction_is_given_the_client_of_its_own_project(tmp_path: Path) -> None:
    asked = [Asked(), Asked()]
    projects = [
        make_project(tmp_path / str(i), Source(name="t", extract=each, contract=Things)) for i, each in enumerate(asked)
    ]
    for number, project in enumerate(projects):
        project.storage = replace(project.storage, source_client=lambda number=number: f"client {number}")
    for project in reversed(projects):
        [result] = materialize(project, "raw/t")
        assert result.problems == []
    assert [each.clients for each in asked] == [["client 0"], ["client 1"]]


def test_an_emulator_gets_no_credentials_and_is_told_who_asks(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", server.url)
    clients = Clients(CLOUD)
    lake = clients.lake("staging")
    lake.create("raw_flights/x", b"1")
    assert lake.read("raw_flights/x") == b"1"
    assert server.state.objects["staging"]["one/raw_flights/x"].metadata["team"] == "a"
    with pytest.raises(Exception, match="501"):
        clients.bigquery.get_dataset("staging", retry=None)  # type: ignore[arg-type]
    assert len(server.requests) == 3
    for request in server.requests:
        assert "dataops_assets/" in request.headers["user-agent"]
        assert "authorization" not in request.headers


def test_rows_are_not_read_from_the_real_service_by_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="BIGQUERY_STORAGE_EMULATOR_HOST"):
        _ = Clients(CLOUD).bigquery_read
    monkeypatch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", "127.0.0.1:1")
    assert Clients(CLOUD).bigquery_read.transport.kind == "grpc"


def test_deadline_of_the_settings(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    server.expect({1: "503"}, from_then_on=True)
    hurried = Cloud("air-lines-1", "staging", "production", retry_seconds=0.2)
    with pytest.raises(Exception, match=r"Timeout of 0\.2s exceeded"):
        Clients(hurried).lake("staging").stat("x")
