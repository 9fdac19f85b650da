"""What settings may be: Google's rules, told before anything is asked of Google."""

import pytest

from dataops_assets.channels import Channels
from dataops_assets.settings import Cloud, Settings, SettingsError

NEEDED = {
    "DATAOPS_PROFILE": "gcp",
    "DATAOPS_PROJECT": "air-lines-1",
    "DATAOPS_STAGING_BUCKET": "air-staging",
    "DATAOPS_PRODUCTION_BUCKET": "air-production",
}
KEY = "projects/air-lines-1/locations/europe-west3/keyRings/lake/cryptoKeys/data_1"


def test_the_local_profile_knows_no_cloud() -> None:
    assert Settings.from_environment({}).cloud is None
    assert Settings.from_environment({**NEEDED, "DATAOPS_PROFILE": "local", "DATAOPS_PROJECT": "?"}).cloud is None


def test_the_least_that_the_cloud_needs() -> None:
    settings = Settings.from_environment({**NEEDED, "DATAOPS_STAGING_DATASET": "made"})
    assert settings.cloud == Cloud("air-lines-1", "air-staging", "air-production", scratch_dataset="made_scratch")
    assert settings.cloud
    assert (settings.cloud.location, settings.cloud.max_bytes_billed) == ("US", 100_000_000_000)


def test_everything_said() -> None:
    cloud = Settings.from_environment(
        {
            **NEEDED,
            "DATAOPS_LOCATION": "europe-west3",
            "DATAOPS_LAKE_PREFIX": "lakes/one",
            "DATAOPS_KMS_KEY": KEY,
            "DATAOPS_IMPERSONATE": "dataops-run@air-lines-1.iam.gserviceaccount.com",
            "DATAOPS_MAX_BYTES_BILLED": "2 TiB",
            "DATAOPS_SCRATCH_DATASET": "scratch",
            "DATAOPS_LABELS": "team=air,cost-centre=4711,empty=",
            "DATAOPS_RETRY_SECONDS": "30",
        }
    ).cloud
    assert cloud == Cloud(
        project="air-lines-1",
        staging_bucket="air-staging",
        production_bucket="air-production",
        location="europe-west3",
        lake_prefix="lakes/one",
        scratch_dataset="scratch",
        kms_key=KEY,
        impersonate="dataops-run@air-lines-1.iam.gserviceaccount.com",
        max_bytes_billed=2 * 2**40,
        labels={"team": "air", "cost-centre": "4711", "empty": ""},
        retry_seconds=30,
    )


SUBSCRIPTION = {
    "DATAOPS_MESSAGES_SUBSCRIPTION": "projects/p1/subscriptions/heard",
    "DATAOPS_MESSAGES_DEAD_LETTER": "projects/p1/topics/dead",
}


def test_what_messages_go_through() -> None:
    channels = Settings.from_environment(
        {
            **SUBSCRIPTION,
            "DATAOPS_MESSAGES_TOPIC": "kafka://one:9092,two:9092/told",
            "DATAOPS_MESSAGES_TABLES": "production/orders=orders, production/prices=price_list",
            "DATAOPS_MESSAGES_DELIVERIES": "5",
            "DATAOPS_ENVIRONMENT": "staging",
        }
    ).channels
    assert channels == Channels(
        topic="kafka://one:9092,two:9092/told",
        subscription="projects/p1/subscriptions/heard",
        dead_letter="projects/p1/topics/dead",
        tables={"production/orders": "orders", "production/prices": "price_list"},
        deliveries=5,
        environment="staging",
    )
    assert Settings.from_environment({}).channels == Channels()
    assert Settings.from_environment(NEEDED).channels.environment == "gcp"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TOPIC", "told", "projects/PROJECT/topics/TOPIC, or kafka://HOST:PORT/TOPIC"),
        ("TOPIC", "projects/p1/subscriptions/heard", "projects/PROJECT/topics/TOPIC"),
        ("TOPIC", "kafka://one/told", "kafka://HOST:PORT/TOPIC"),
        ("SUBSCRIPTION", "projects/p1/topics/told", "projects/PROJECT/subscriptions/SUBSCRIPTION"),
        ("SUBSCRIPTION", "kafka://one:9092/told", r"kafka://HOST:PORT/TOPIC\?group=GROUP"),
        ("DEAD_LETTER", "", "SUBSCRIPTION needs DATAOPS_MESSAGES_DEAD_LETTER"),
        ("TABLES", "production/orders", "'production/orders': the table of the message and the source that reads it"),
        ("TABLES", "a=x,a=y", "'a' is there twice"),
        ("DELIVERIES", "2", "at least 3"),
        ("TOPIC", "projects/p1/topics/dead", "a topic of its own"),
    ],
)
def test_what_messages_cannot_go_through(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.from_environment({**SUBSCRIPTION, f"DATAOPS_MESSAGES_{variable}": value})


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="DATAOPS_PROJECT, DATAOPS_STAGING_BUCKET, DATAOPS_PRODUCTION_BUCKET"):
        Settings.from_environment({"DATAOPS_PROFILE": "gcp"})
    with pytest.raises(SettingsError, match="needs DATAOPS_PRODUCTION_BUCKET:"):
        Settings.from_environment({**NEEDED, "DATAOPS_PRODUCTION_BUCKET": ""})


GOOD = [
    ("DATAOPS_PROJECT", "example.com:air-lines"),
    ("DATAOPS_STAGING_BUCKET", "a_b-c.example.com"),
    ("DATAOPS_STAGING_BUCKET", "0" * 63),
    ("DATAOPS_LAKE_PREFIX", "a.b/..c/é"),
    ("DATAOPS_LOCATION", "eu"),
    ("DATAOPS_LOCATION", "northamerica-northeast2"),
    ("DATAOPS_IMPERSONATE", "123456789-compute@developer.gserviceaccount.com"),
    ("DATAOPS_MAX_BYTES_BILLED", "10485760"),
    ("DATAOPS_LABELS", "größe=1"),
]

BAD = [
    ("DATAOPS_PROFILE", "aws"),
    ("DATAOPS_PROJECT", "short"),
    ("DATAOPS_PROJECT", "Air-lines"),
    ("DATAOPS_PROJECT", "air-lines-"),
    ("DATAOPS_PROJECT", "a" * 31),
    ("DATAOPS_PROJECT", "air-lines\n"),
    ("DATAOPS_STAGING_BUCKET", "gs://air-staging"),
    ("DATAOPS_STAGING_BUCKET", "ab"),
    ("DATAOPS_STAGING_BUCKET", "Air-staging"),
    ("DATAOPS_STAGING_BUCKET", "-air-staging"),
    ("DATAOPS_STAGING_BUCKET", "air-staging_"),
    ("DATAOPS_STAGING_BUCKET", "a" * 64),
    ("DATAOPS_STAGING_BUCKET", "air..staging"),
    ("DATAOPS_STAGING_BUCKET", "192.168.5.4"),
    ("DATAOPS_STAGING_BUCKET", "goog-air"),
    ("DATAOPS_PRODUCTION_BUCKET", "my-google-bucket"),
    ("DATAOPS_PRODUCTION_BUCKET", "a/b/c"),
    ("DATAOPS_PRODUCTION_BUCKET", "air-staging"),
    ("DATAOPS_LAKE_PREFIX", "/a"),
    ("DATAOPS_LAKE_PREFIX", "a/"),
    ("DATAOPS_LAKE_PREFIX", "a//b"),
    ("DATAOPS_LAKE_PREFIX", "a/../b"),
    ("DATAOPS_LAKE_PREFIX", "a*"),
    ("DATAOPS_LOCATION", "Europe"),
    ("DATAOPS_KMS_KEY", "my-key"),
    ("DATAOPS_KMS_KEY", f"{KEY}/cryptoKeyVersions/1"),
    ("DATAOPS_IMPERSONATE", "someone@example.com"),
    ("DATAOPS_MAX_BYTES_BILLED", "1.5GB"),
    ("DATAOPS_MAX_BYTES_BILLED", "-1"),
    ("DATAOPS_MAX_BYTES_BILLED", "1MB"),
    ("DATAOPS_SCRATCH_DATASET", "my-scratch"),
    ("DATAOPS_SCRATCH_DATASET", "staging"),
    ("DATAOPS_STAGING_DATASET", "production"),
    ("DATAOPS_LABELS", "team"),
    ("DATAOPS_LABELS", "Team=air;env=x"),
    ("DATAOPS_LABELS", "1team=air"),
    ("DATAOPS_LABELS", "=air"),
    ("DATAOPS_LABELS", "run=air"),
    ("DATAOPS_LABELS", "a=1,a=2"),
    ("DATAOPS_LABELS", f"a={'x' * 64}"),
    ("DATAOPS_LABELS", ",".join(f"a{number}=1" for number in range(61))),
    ("DATAOPS_RETRY_SECONDS", "0"),
]


@pytest.mark.parametrize(("variable", "value"), GOOD)
def test_what_google_allows(variable: str, value: str) -> None:
    assert Settings.from_environment({**NEEDED, variable: value}).cloud


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_what_google_refuses_is_named_with_the_rule(variable: str, value: str) -> None:
    output = repr(value)[1:-1] if variable != "DATAOPS_LABELS" else ""
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({**NEEDED, variable: value})
    message = str(raised.value)
    assert variable in message
    assert output in message
    assert len(message) > len(variable) + len(output) + 12, "no rule"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATAOPS_KEEP_VERSIONS", "0", "at least 1"),
        ("DATAOPS_KEEP_RAW_DAYS", "many", "not a number"),
        ("DATAOPS_KEEP_RAW_DAYS", "1.5", "a whole number"),
        ("DATAOPS_KEEP_RUNS_DAYS", "6", "at least 7"),
        ("DATAOPS_KEEP_MESSAGES_DAYS", "30", "at least 31"),
    ],
)
def test_a_retention_that_would_lose_something(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}.*{words}"):
        Settings.from_environment({variable: value})


def test_runs_that_messages_have_started_are_kept_as_long_as_these_may_come_again() -> None:
    assert not Settings.from_environment({}).retention.is_declared
    assert Settings.from_environment({"DATAOPS_KEEP_RUNS_DAYS": "7"}).retention.runs_days == 7
    with pytest.raises(SettingsError, match="at least 31"):
        Settings.from_environment({**SUBSCRIPTION, "DATAOPS_KEEP_RUNS_DAYS": "7"})
