"""The route table: what it may say, and that a mistake is named by file, entry and key, and no secret by anything."""

from datetime import timedelta
from pathlib import Path

import pytest

from dataops_assets.alerting.routes import NEVER, Log, PubSub, Route, Smtp, Webhook, read_routes
from dataops_assets.settings import Settings, SettingsError

EVERYTHING = """
[[route]]
name = "on call"
to = "webhook"
url_env = "SLACK_URL"
tables = ["staged/*", "production/carrier_daily"]
owners = ["team:flight-operations"]
severities = ["stop"]
remind_after = "30m"
storm = 3
budget = 28

[[route]]
to = "smtp"
host = "mail.example.com"
port = 465
from = "dataops@example.com"
recipients = ["a@example.com", "b@example.com"]
user_env = "MAIL_USER"
password_env = "MAIL_PASSWORD"
remind_after = "7d"

[[route]]
to = "smtp"
host = "127.0.0.1"
from = "dataops@example.com"
recipients = ["c@example.com"]
encryption = "none"
remind_after = "never"

[[route]]
to = "pubsub"
topic = "projects/air-lines-1/topics/alerts"

[[route]]
to = "log"
"""


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "alerts.toml").write_text(text)
    return tmp_path / "alerts.toml"


def test_everything_said(tmp_path: Path) -> None:
    people = ("a@example.com", "b@example.com")
    assert read_routes(written(tmp_path, EVERYTHING)) == [
        Route(
            "on call",
            Webhook("SLACK_URL"),
            ("staged/*", "production/carrier_daily"),
            ("team:flight-operations",),
            ("stop",),
            timedelta(minutes=30),
            3,
            28,
        ),
        Route(
            "smtp a@example.com, b@example.com",
            Smtp("mail.example.com", "dataops@example.com", people, 465, "tls", "MAIL_USER", "MAIL_PASSWORD"),
            remind_after=timedelta(days=7),
        ),
        Route(
            "smtp c@example.com",
            Smtp("127.0.0.1", "dataops@example.com", ("c@example.com",), encryption="none"),
            remind_after=NEVER,
        ),
        Route("pubsub projects/air-lines-1/topics/alerts", PubSub("projects/air-lines-1/topics/alerts")),
        Route("log", Log()),
    ]
    assert read_routes(None) == []


HOOK, MAIL = 'to = "webhook"\nurl_env = "URL"', 'to = "smtp"\nhost = "h"\nfrom = "a@b"\nrecipients = ["c@d"]'


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("", "to: is one of log, webhook, smtp, pubsub"),
        ('to = "slack"', "to: is one of log, webhook, smtp, pubsub"),
        ('to = ["log"]', "to: is one of log, webhook, smtp, pubsub"),
        ('to = "webhook"', "url_env: is the name of an environment variable, of letters, digits and underscores"),
        ('to = "webhook"\nurl_env = "https://x/SECRET"', "url_env: is the name of an environment variable, of letters"),
        ('to = "webhook"\nurl = "https://x/SECRET"', "url: a secret has no place in this file; write url_env = "),
        (f'{MAIL}\npassword = "SECRET"', "password: a secret has no place in this file; write password_env = "),
        (f"{HOOK}\nport = 25", "port: is no key of a route to 'webhook'; "),
        (f"{HOOK}\nremind_afer = '1h'", "remind_afer: is no key of a route to 'webhook'; did you mean remind_after?"),
        (f"{HOOK}\nseverities = ['error']", "severities: 'error' is none of stop, warn"),
        (f"{HOOK}\nseverities = 'stop'", "severities: is a list of texts"),
        (f"{HOOK}\ntables = []", "tables: an empty list lets nothing pass; leave it out to let everything pass"),
        (f"{HOOK}\nowners = [1]", "owners: is a list of texts"),
        (f"{HOOK}\nremind_after = 24", "remind_after: 24 is not a time such as"),
        (f"{HOOK}\nremind_after = '0h'", "remind_after: '0h' is not a time such as"),
        (f"{HOOK}\nstorm = 0", "storm: is a whole number from 1 on"),
        (f"{HOOK}\nstorm = true", "storm: is a whole number from 1 on"),
        (f"{HOOK}\nbudget = 29", "budget: is a number of days of the last 28; 28 for no budget"),
        (f"{HOOK}\nname = ''", "name: '' is not 1 to 80 characters in one line"),
        ('to = "smtp"', "recipients: is a list of addresses"),
        ('to = "smtp"\nrecipients = ["nobody"]', "recipients: 'nobody' is not an address"),
        ('to = "smtp"\nrecipients = ["c@d"]\nhost = "h:25"', "host: 'h:25' is not the name of a host, without a port"),
        ('to = "smtp"\nrecipients = ["c@d"]\nhost = "h"', "from: is an address"),
        (f"{MAIL}\nport = 0", "port: is a number from 1 to 65535"),
        (f"{MAIL}\nencryption = 'ssl'", "encryption: 'ssl' is none of starttls, tls, none"),
        (f"{MAIL}\nuser_env = 'U'", "password_env: user_env and password_env go together"),
        (f"{MAIL}\nuser_env = 'U'\npassword_env = 'P'\nencryption = 'none'", "encryption: a login is not sent without"),
        ('to = "pubsub"\ntopic = "alerts"', "topic: 'alerts' is not projects/PROJECT/topics/TOPIC"),
        ('to = "log"\n[[route]]\nto = "log"', "another route is called 'log'; give them names"),
    ],
)
def test_what_is_refused(tmp_path: Path, entry: str, words: str) -> None:
    file = written(tmp_path, f"[[route]]\n{entry}\n")
    with pytest.raises(SettingsError) as refused:
        read_routes(file)
    said = str(refused.value)
    assert said.startswith(f"DATAOPS_ALERTS: {file}: route ")
    assert words in said
    assert "SECRET" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no [[route]] entry"),
        ("route = 1", "write [[route]], in two brackets, above each entry"),
        ('[route]\nto = "log"', "write [[route]], in two brackets, above each entry"),
        ('to = "log"', "'to': the file has [[route]] entries and nothing else"),
        ("[[route", "is no TOML file: "),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=r"alerts\.toml") as refused:
        read_routes(written(tmp_path, text))
    assert words in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone.toml' cannot be read: No such file or directory"):
        read_routes(tmp_path / "gone.toml")


def test_the_settings_name_it_and_the_ui() -> None:
    found = Settings.from_environment(
        {"DATAOPS_ALERTS": "/etc/alerts.toml", "DATAOPS_UI_URL": "https://d.example.com/"}
    )
    assert (found.alerts, found.ui_url) == (Path("/etc/alerts.toml"), "https://d.example.com")
    assert Settings.from_environment({}).alerts is None
    for wrong in ("d.example.com", "https://me:SECRET@d.example.com", "https://d.example.com/?a=SECRET"):
        with pytest.raises(SettingsError, match="DATAOPS_UI_URL: an address such as") as refused:
            Settings.from_environment({"DATAOPS_UI_URL": wrong})
        assert "SECRET" not in str(refused.value)
