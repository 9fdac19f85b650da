"""`DATAOPS_SEVERITIES`: what may be said in it, and what is refused at the start, with what was meant."""

from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.build import Project
from dataops_assets.discovery import Datasets
from dataops_assets.model import DatasetError, Volume
from dataops_assets.settings import Settings, SettingsError
from dataops_assets_tests.proofs import shop

FILE = """
["staged/orders"]
volume = "stop"
"cents.ge" = "log"
day.not_null = "stop"

["transformed/sales"]
orders.le = "warn"
"""


def severities(home: Path, text: str) -> dict[str, str]:
    """Those in force of these checks, by asset and check."""
    settings = Settings.from_environment({"DATAOPS_HOME": str(home), "DATAOPS_SEVERITIES": text})
    orders = replace(shop.sources(home)[0], statistics=[Volume()])
    catalog = Project(settings, Datasets((orders,), (shop.ORDERS_ALONE,))).catalog
    tables = (*catalog.staged.values(), *catalog.derived.values())
    found = {f"{t.asset}.{check.id}": str(check.severity) for t in tables for check in t.spec.checks}
    return found | {f"{t.asset}.{each.check}": each.severity for t in tables for each in t.statistics}


def test_inline_and_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "production.toml").write_text(FILE)
    inline = (
        "staged/orders.volume=stop, staged/orders.cents.ge=log,staged/orders.day.not_null=stop,"
        "transformed/sales.orders.le=warn"
    )
    found = severities(tmp_path, inline)
    assert found == severities(tmp_path, str(tmp_path / "production.toml"))
    usual = severities(tmp_path, "")
    assert {name: word for name, word in found.items() if usual[name] != word} == {
        "staged/orders.volume": "stop",
        "staged/orders.cents.ge": "log",
        "staged/orders.day.not_null": "stop",
        "transformed/sales.orders.le": "warn",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nowhere.toml", "No such file or directory: nowhere.toml; such as staged/flights.volume=stop"),
        ("volume=stop", "'volume=stop' is not asset.check=severity"),
        ("staged/orders.volume=stop,staged/orders.volume=log", r"staged/orders\.volume is there twice"),
        (
            "staged/order.volume=stop",
            "there is no staged or transformed table 'staged/order'; did you mean staged/orders",
        ),
        ("raw/orders.volume=stop", "no staged or transformed table 'raw/orders'"),
        ("staged/orders.volum=stop", r"staged/orders\.volum: there is no such check; did you mean volume\?"),
        ("staged/orders.volume=halt", "severity is one of log, warn, stop, not 'halt'"),
        ("staged/orders.volume=quarantine", "not 'quarantine': it is of a partition, and no row can be diverted"),
        ("staged/orders.cents.type=warn", "severity is one of quarantine, stop, not 'warn': there is no value that"),
        ("staged/orders.id.not_null=log", "a row without it has no place"),
        ("staged/orders.uniqueness=warn", "it holds a promise, and cannot be changed"),
        ("transformed/sales.cents.ge=quarantine", "no row of a derived table may be lost"),
    ],
)
def test_what_there_is_not_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises((SettingsError, DatasetError), match=f"DATAOPS_SEVERITIES.*{words}"):
        severities(tmp_path, text)
