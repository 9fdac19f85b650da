"""A small project with all that automation looks at: a scheduled source, files that arrive, a reference table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.build import Project
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Rule, Source, Text, Timestamp, column
from dataops_assets.sources import Files
from dataops_assets_tests.support import make_project

daily = Daily(start="2026-01-01", end="2026-01-11", column="day", lookback=2)


_FLAGS = [Rule("many", "visit < 100", severity="warn"), Rule("some", "visit < 50", severity="log")]


class Visits(Contract, rules=_FLAGS, quarantine_above=0.0):
    """Visits to shops."""

    day: Date = column("Day of the visit.")
    visit: Integer = column("Number of the visit.", ge=1)
    shop: Text = column("The shop.")


class SeenVisits(Contract):
    """Visits, to the hour."""

    seen_at: Timestamp = column("Moment of the visit, UTC.")
    day: Date = column("Day of the visit.")
    visit: Integer = column("Number of the visit.", ge=1)
    shop: Text = column("The shop.")


class Rain(Contract):
    """Rain, by day."""

    day: Date = column("The day.")
    mm: Integer = column("Rain.", unit="mm", ge=0)


class Shops(Contract):
    """Shops."""

    shop: Text = column("The shop.")
    city: Text = column("Where it is.")


class CityVisits(Contract):
    """Visits by day and city."""

    day: Date = column("Day of the visits.")
    city: Text = column("The city.")
    visits: Integer = column("How many.", ge=1)
    mm: Integer = column("Rain.", nullable=True)


city_visits = Derived(
    name="city_visits",
    contract=CityVisits,
    partition=daily,
    key=["day", "city"],
    publish=True,
    sql="""
        select v.day, s.city, count(*) as visits, max(r.mm) as mm
        from staged.visits as v
        join staged.shops as s on s.shop = v.shop
        left join staged.rain as r on r.day = v.day
        where v.day >= @window_start and v.day < @window_end
        group by v.day, s.city
    """,
)


@dataclass
class Place:
    """The project, the folder its sources read, and a Dagster instance of its own."""

    folder: Path
    project: Project
    instance: dg.DagsterInstance

    def __post_init__(self) -> None:
        self.definitions = self.project.definitions()
        self.repository = self.definitions.get_repository_def()

    def visits(self, day: str, *shops: str, first: int = 1) -> None:
        """Put the file of a day in place."""
        lines = [f"{day},{number},{shop}" for number, shop in enumerate(shops, start=first)]
        (self.folder / f"visits-{day}.csv").write_text("\n".join(["day,visit,shop", *lines]) + "\n")

    def rain(self, day: str, mm: int) -> None:
        """Put the file of a day in place."""
        (self.folder / f"rain-{day}.csv").write_text(f"day,mm\n{day},{mm}\n")

    def tick(self, sensor: str, cursor: str | None = None) -> Any:
        """One evaluation of a sensor, with what the daemon would give it and take from it."""
        definition = self.repository.get_sensor_def(sensor)
        with dg.build_sensor_context(
            self.instance, cursor=cursor, repository_def=self.repository, sensor_name=sensor
        ) as context:
            return definition.evaluate_tick(context)

    def execute(self, job: str, request: dg.RunRequest, *assets: str) -> dg.ExecuteInProcessResult:
        """Run what a tick asked for, with its tags, as the daemon would launch it. assets: only these of the job."""
        return self.repository.get_job(job).execute_in_process(
            instance=self.instance,
            tags={**request.tags, **({"dagster/run_key": request.run_key} if request.run_key else {})},
            partition_key=request.partition_key,
            asset_selection=[dg.AssetKey(name.split("/")) for name in assets] or None,
            raise_on_error=False,
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the warehouse."""
        return self.project.storage.warehouse.query(sql).to_pylist()


def sources(folder: Path) -> dict[str, Source]:
    """The sources, by name; only visits have a schedule."""
    return {
        "visits": Source(
            name="visits",
            extract=Files(f"{folder}/visits-{{partition.start:%Y-%m-%d}}.csv", missing="empty"),
            contract=Visits,
            partition=daily,
            key=["day", "visit"],
            schedule="30 6 * * *",
        ),
        "rain": Source(
            name="rain",
            extract=Files(f"{folder}/rain-{{partition.start:%Y-%m-%d}}.csv", missing="empty"),
            contract=Rain,
            partition=daily,
            key=["day"],
        ),
        "shops": Source(name="shops", extract=Files(f"{folder}/shops.csv"), contract=Shops, key=["shop"]),
    }


def make_place(
    home: Path, instance: dg.DagsterInstance, *more: Any, partitions_per_run: int = 4, **changes: dict[str, Any]
) -> Place:
    """A place below `home`; `changes` are made to the sources of these names."""
    folder = home / "incoming"
    folder.mkdir(exist_ok=True)
    (folder / "shops.csv").write_text("shop,city\nA,Kiel\nB,Bonn\n")
    used: Sequence[Any] = [replace(source, **changes.get(name, {})) for name, source in sources(folder).items()]
    project = make_project(home / "home", *used, city_visits, *more, partitions_per_run=partitions_per_run)
    return Place(folder, project, instance)
