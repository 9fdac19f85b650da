"""The statistical checks on data that nothing was chosen by: strikes of birds, prices of shares, weather of two cities.

By month, from files through extraction and load, each check as it is without arguments. The untouched tables say how
often they alarm; then a month of the birds' is damaged in its file and loaded again, the newest first, so that all
months before it are untouched. `docs/statistics.md` has the tables of this, and `-s` prints them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataops_assets.model import (
    Categories,
    Completeness,
    Contract,
    Date,
    Distinct,
    Drift,
    Float,
    Integer,
    Mean,
    Monthly,
    NullShare,
    Scale,
    Source,
    Text,
    Volume,
    column,
)
from dataops_assets.model.statistics import Statistic
from dataops_assets.sources import Files
from dataops_assets.validation.scores import Past
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets_tests.place import Place, place
from dataops_assets_tests.proofs.seeded import (
    MOST_CHECKS,
    MOST_PARTITIONS,
    damaged,
    line,
    not_in_the_docs,
    past_of,
    profiles_of,
)
from dataops_assets_tests.proofs.vega import fetched

pytestmark = pytest.mark.slow

CHECKS: list[Statistic] = [
    Volume(),
    Completeness(),
    NullShare(),
    Distinct(),
    Categories(),
    Scale(),
    Mean(),
    Drift(),
]
JUDGED = 34
"""Months before the first that has a history: 14 to compare with, and 20 that were compared."""
MONTH = "1998-03-01"
"""The month that is damaged in its file."""


class Strike(Contract):
    """A strike of a bird: https://wildlife.faa.gov."""

    airport: Text = column("Airport.")
    aircraft: Text = column("Type of the aircraft.", nullable=True)
    damage: Text = column("Damage.")
    day: Date = column("Date.")
    operator: Text = column("Who flew.")
    state: Text = column("State.")
    phase: Text = column("Phase of the flight.")
    size: Text = column("Size of the bird.")
    species: Text = column("Species.")
    time_of_day: Text = column("Time of the day.")
    cost_other: Integer = column("Other cost.", unit="USD")
    cost_repair: Integer = column("Repair.", unit="USD")
    cost: Integer = column("Cost.", unit="USD")
    speed: Float = column("Speed.", unit="kn", nullable=True)


class Weather(Contract):
    """A day in a city."""

    location: Text = column("City.")
    day: Date = column("Date.")
    precipitation: Float = column("Precipitation.", unit="mm")
    temp_max: Float = column("Highest temperature.", unit="°C")
    temp_min: Float = column("Lowest temperature.", unit="°C")
    wind: Float = column("Wind.", unit="m/s")
    weather: Text = column("Kind of weather.")


class Share(Contract):
    """The price of a share in a month."""

    symbol: Text = column("Share.")
    day: Date = column("Date.")
    price: Float = column("Price.", unit="USD")


class Index(Contract):
    """A day of the index S&P 500."""

    day: Date = column("Date.")
    open: Float = column("First price.")
    high: Float = column("Highest price.")
    low: Float = column("Lowest price.")
    close: Float = column("Last price.")
    adj_close: Float = column("Adjusted.")
    volume: Integer = column("Shares traded.")


@dataclass(frozen=True)
class Domain:
    """A table of the package. months: those that it has in full."""

    file: str
    contract: type[Contract]
    start: str
    end: str

    def rows(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Its rows, each with its month."""
        found = tables[self.file]
        found = found.set_axis(list(self.contract.__annotations__), axis="columns")
        day = pd.to_datetime(found["day"], format="mixed")
        return found.assign(day=day.dt.strftime("%Y-%m-%d"), month=day.dt.strftime("%Y-%m-01"))

    def dataset(self, name: str, folder: Path) -> Source:
        path = f"{folder}/{name}-{{partition.start:%Y-%m}}.csv"
        calendar = Monthly(start=self.start, end=self.end, column="day")
        return Source(
            name=name,
            extract=Files(path),
            contract=self.contract,
            partition=calendar,
            key=[],
            statistics=CHECKS,
            allow_empty=True,
        )


DOMAINS = {
    "birdstrikes": Domain("birdstrikes.csv", Strike, "1990-01-01", "2002-08-01"),
    "weather": Domain("weather.csv", Weather, "2012-01-01", "2016-01-01"),
    "stocks": Domain("stocks.csv", Share, "2000-01-01", "2010-04-01"),
    "sp500": Domain("sp500-2000.csv", Index, "2000-01-01", "2020-04-01"),
}
Damage = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]
"""(the strikes, a random number for each) → the damaged ones."""


def times(name: str, factor: float) -> Damage:
    def changed(rows: pd.DataFrame, _: pd.Series) -> pd.DataFrame:
        return rows.assign(**{name: rows[name].map(lambda value: f"{float(value) * factor:.0f}" if value else "")})

    return changed


def swapped(one: str, other: str) -> Damage:
    return lambda rows, _: rows.assign(**{one: rows[other], other: rows[one]})


def without(name: str, value: str) -> Damage:
    return lambda rows, _: rows.loc[rows[name] != value]


def renamed(name: str, value: str, to: str) -> Damage:
    return lambda rows, _: rows.assign(**{name: rows[name].replace(value, to)})


def stuck(name: str) -> Damage:
    """All values of a month are the first that there is."""
    return lambda rows, _: rows.assign(
        **{name: rows[name].mask(rows[name] == "").groupby(rows["month"]).transform("first")}
    )


def missing(name: str, share: float) -> Damage:
    return lambda rows, chance: rows.assign(**{name: rows[name].where(chance >= share, "")})


DEFECTS: dict[str, Damage] = {
    "speed in feet a minute (× 101)": times("speed", 101.27),
    "speed in km/h (× 1.9)": times("speed", 1.852),
    "speed in knots ÷ 60": times("speed", 1 / 60),
    "costs in cents": times("cost", 100),
    "airport and state swapped": swapped("airport", "state"),
    "repair and other cost swapped": swapped("cost_repair", "cost_other"),
    "an empty month": lambda rows, _: rows.iloc[:0],
    "only the first page (ten rows)": lambda rows, _: rows.groupby("month").head(10),
    "until the tenth": lambda rows, _: rows.loc[rows["day"].str[8:] <= "10"],
    "half of the rows": lambda rows, chance: rows.loc[chance < 0.5],
    "a fifth of the rows missing": lambda rows, chance: rows.loc[chance < 0.8],
    "all rows twice": lambda rows, _: pd.concat([rows, rows]),
    "a column stuck: speed": stuck("speed"),
    "a column stuck: phase": stuck("phase"),
    "a column stuck: day": stuck("day"),
    "a code renamed: AMERICAN AIRLINES (14 rows)": renamed("operator", "AMERICAN AIRLINES", "AAL"),
    "a code renamed: US AIRWAYS* (7 rows)": renamed("operator", "US AIRWAYS*", "US AIRWAYS"),
    "5 % of the aircraft missing": missing("aircraft", 0.05),
    "20 % of the aircraft missing": missing("aircraft", 0.2),
    "20 % of the speeds missing": missing("speed", 0.2),
    "half of the speeds missing": missing("speed", 0.5),
    "approaches missing (31 rows)": without("phase", "Approach"),
    "AMERICAN AIRLINES missing (14)": without("operator", "AMERICAN AIRLINES"),
    "MILITARY missing (5)": without("operator", "MILITARY"),
    "large birds missing (5)": without("size", "Large"),
}


@dataclass
class Table:
    """A table of the package as files by month, and what was taken of them."""

    at: Place
    name: str
    months: dict[str, pd.DataFrame]
    folder: Path

    def take(self, months: Mapping[str, pd.DataFrame]) -> dict[str, set[str]]:
        """These months are in the files, extracted and loaded: the checks that each of them fails."""
        for key, rows in months.items():
            rows.drop(columns="month").to_csv(self.folder / f"{self.name}-{key[:7]}.csv", index=False)
        outcomes = {each.entry.partition: each for each in self.at.take(self.name, *months)}
        return {
            key: {"refused"} if each.refusal else {check.name for check in each.checks if not check.passed}
            for key, each in outcomes.items()
        }


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Table]]:
    home = tmp_path_factory.mktemp("domains")
    found = fetched(home)
    at = place(home, *(domain.dataset(name, home) for name, domain in DOMAINS.items()))
    made = {}
    for name, domain in DOMAINS.items():
        rows = domain.rows(found)
        calendar = at.project.catalog.staged[name].calendar
        assert calendar
        last = calendar.before(datetime.fromisoformat(f"{domain.end}T00:00Z"))
        keys = [each.key for each in calendar.between(domain.start, last.key)]
        made[name] = Table(at, name, {key: rows.loc[rows["month"] == key] for key in keys}, home)
        made[name].take(made[name].months)
    yield made
    at.verify()


def untouched(table: Table) -> tuple[int, int, int, int, dict[str, int]]:
    """Months that are judged and that alarm, figures and those that fail; and the months that fail, by check."""
    asset = f"staged/{table.name}"
    judged = table.at.rows(
        f"SELECT partition, check_name, verdict FROM staging._checks WHERE asset = '{asset}' "
        f"AND verdict <> 'no history' AND partition >= '{list(table.months)[JUDGED]}'"
    )
    failed = [each for each in judged if each["verdict"] == "failed"]
    by_check = pd.Series([name for _, name in {(e["partition"], e["check_name"]) for e in failed}]).value_counts()
    months, alarming = (len({each["partition"] for each in some}) for some in (judged, failed))
    return months, alarming, len(judged), len(failed), {str(name): int(count) for name, count in by_check.items()}


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The strikes as their contract reads them."""
    whole, speed = ["cost_other", "cost_repair", "cost"], pd.to_numeric(rows["speed"])
    texts = rows.mask(rows == "", None).astype(dict.fromkeys(whole, "int64"))
    return texts.assign(_slice=rows["month"], day=pd.to_datetime(rows["day"]).dt.date, speed=speed)


def test_how_often_untouched_tables_alarm(tables: dict[str, Table]) -> None:
    """By the checks of their loads."""
    lines, loud = [], []
    for table in tables.values():
        months, bad_months, figures, bad_figures, by_check = untouched(table)
        shown = ", ".join(f"{name} {count}" for name, count in sorted(by_check.items()))
        lines.append(f"| {table.name} | {months} | {bad_months} | {figures:,} | {bad_figures} | {shown} |")
        if bad_months > MOST_PARTITIONS * months or bad_figures > MOST_CHECKS * figures:
            loud.append(lines[-1])
    lines = [each.replace("|  |", "| |") for each in lines]
    print("", *lines, sep="\n")
    assert not loud
    assert not_in_the_docs(lines) == []


def test_what_is_found_in_the_strikes(tables: dict[str, Table]) -> None:
    """In each judged month, from profiles alone; and in one of them through its file, where the load says the same."""
    birds = tables["birdstrikes"]
    table = birds.at.project.catalog.staged[birds.name]
    assert table.calendar
    months = [table.calendar.of(key) for key in birds.months]
    rows = pd.concat(birds.months.values(), ignore_index=True)
    chance = pd.Series(np.random.default_rng(7).random(len(rows)))
    lines, otherwise = [], []
    with DuckDBWarehouse(birds.folder / "profiles.duckdb").session() as session:

        def past(some: pd.DataFrame) -> Past:
            return past_of(table, profiles_of(session, table, typed(some), months), months)

        before = past(rows)
        for defect, damage in DEFECTS.items():
            now = damage(rows, chance)
            found = damaged(table, before, past(now), range(JUDGED, len(months)))
            lines.append(line(defect, found)[0])
            here, loaded = found.get(MONTH, set()), birds.take({MONTH: now.loc[now["month"] == MONTH]})[MONTH]
            if loaded != here:
                otherwise.append(f"{defect}: {loaded} fail in the load of {MONTH}, and {here} here")
    print("", *lines, sep="\n")
    assert not otherwise
    assert not_in_the_docs(lines) == []
