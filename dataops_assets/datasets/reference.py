"""Planes, airports and airlines: reference tables of the operations database, refreshed as a whole."""

from dataops_assets.demo import reference_db
from dataops_assets.model import Contract, Float, Integer, Source, Text, column
from dataops_assets.sources import Env, SqlTable


class PlanesRaw(Contract):
    """One row per plane in the register of the Federal Aviation Administration."""

    tailnum: Text = column("Tail number.")
    year: Integer = column("Year of manufacture.", nullable=True, ge=1900, le=2100)
    type: Text = column("Type of plane.", nullable=True)
    manufacturer: Text = column("Manufacturer.", nullable=True)
    model: Text = column("Model.", nullable=True)
    engines: Integer = column("Number of engines.", nullable=True, ge=0, le=12)
    seats: Integer = column("Number of seats.", nullable=True, ge=0, le=1000)
    speed: Integer = column("Average cruising speed.", unit="mph", nullable=True, ge=0, le=2000)
    engine: Text = column("Type of engine.", nullable=True)


class AirportsRaw(Contract):
    """One row per airport."""

    faa: Text = column("FAA code.")
    name: Text = column("Name.")
    lat: Float = column("Latitude.", unit="°", ge=-90, le=90)
    lon: Float = column("Longitude.", unit="°", ge=-180, le=180)
    alt: Integer = column("Altitude.", unit="ft", nullable=True)
    tz: Integer = column("Offset of the time zone from UTC.", unit="h", nullable=True, ge=-12, le=14)
    dst: Text = column("Rule of daylight saving time.", nullable=True)
    tzone: Text = column("IANA time zone.", nullable=True)


class AirlinesRaw(Contract):
    """One row per airline."""

    carrier: Text = column("Two-character code.", pattern="[0-9A-Z]{2}$")
    name: Text = column("Name.")


database = Env("DATAOPS_REFERENCE_DB", default=reference_db)
owners = ["team:reference-data"]

planes = Source(
    name="planes",
    extract=SqlTable(database, table="planes"),
    contract=PlanesRaw,
    key=["tailnum"],
    owners=owners,
)
airports = Source(
    name="airports",
    extract=SqlTable(database, table="airports"),
    contract=AirportsRaw,
    key=["faa"],
    owners=owners,
)
airlines = Source(
    name="airlines",
    extract=SqlTable(database, table="airlines"),
    contract=AirlinesRaw,
    key=["carrier"],
    owners=owners,
)
