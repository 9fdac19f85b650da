"""What an environment says of the severity of checks: `DATAOPS_SEVERITIES`, inline or in a file of TOML."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

EXAMPLES = "staged/flights.volume=stop,staged/flights.distance.ge=warn, or the name of a .toml file"


def read(text: str) -> dict[str, dict[str, str]]:
    """Severity by asset and check: `asset.check=severity` with commas between them; or, in the file of this name, a
    table for each asset, as `["staged/flights"]`, with lines `volume = "stop"`. Raises ValueError.
    """
    found: dict[str, dict[str, str]] = {}
    for asset, check, severity in _inline(text) if "=" in text else _of_file(Path(text.strip())):
        if check in found.setdefault(asset, {}):
            raise ValueError(f"{asset}.{check} is there twice")
        found[asset][check] = severity
    return found


def _inline(text: str) -> Iterator[tuple[str, str, str]]:
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, severity = (each.strip() for each in part.rpartition("="))
        asset, _, check = name.partition(".")
        if not (asset and check and severity):
            raise ValueError(f"{part!r} is not asset.check=severity; such as {EXAMPLES}")
        yield asset, check, severity


def _of_file(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        tables = tomllib.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"{error.strerror}: {path}; such as {EXAMPLES}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    for asset, checks in tables.items():
        if not isinstance(checks, Mapping):
            raise ValueError(f'{path}: {asset} is a table of an asset, ["staged/flights"], with check = "severity"')
        for check, severity in _flat(checks):
            if not isinstance(severity, str):
                raise ValueError(
                    f'{path}: ["{asset}"] {check} = {severity!r}: it is "stop", "quarantine", "warn" or "log"'
                )
            yield asset, check, severity


def _flat(checks: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """`distance.ge = "warn"` without quotes is a table within the table to TOML."""
    for name, value in checks.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
