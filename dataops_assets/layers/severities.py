"""Which severities an environment may give to which checks: `DATAOPS_SEVERITIES`, told before anything runs."""

from collections.abc import Iterable, Mapping, Sequence

from dataops_assets.load.load_checks import load_checks
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Freshness
from dataops_assets.model.tables import DatasetError
from dataops_assets.nearest import suggestion
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Given = Mapping[str, Mapping[str, str]]
"""Severity by asset and check, as the settings have it."""

_NOTED = (Severity.LOG, Severity.WARN)
_REJECTING = (Severity.QUARANTINE, Severity.STOP)
_PROMISES = ("contract", "uniqueness", "conservation", "receipt", "extraction")


def severities_of(given: Given, tables: Iterable[StagedTable | DerivedTable]) -> dict[str, dict[str, Severity]]:
    """By asset and check. Raises DatasetError for an asset, a check or a severity that there is not."""
    known = {table.asset: table for table in tables}
    found: dict[str, dict[str, Severity]] = {}
    for asset, checks in given.items():
        if asset not in known:
            raise _Refused(asset, "", f"there is no staged or transformed table {asset!r}; {suggestion(asset, known)}")
        allowed = _allowed(known[asset])
        for check, word in checks.items():
            if check in _PROMISES:
                raise _Refused(asset, check, "it holds a promise, and cannot be changed")
            if check not in allowed:
                raise _Refused(asset, check, f"there is no such check; {suggestion(check, allowed)}")
            severities, why = allowed[check]
            if word not in [each.value for each in severities]:
                one_of = ", ".join(severities)
                raise _Refused(asset, check, f"severity is one of {one_of}, not {word!r}{f': {why}' if why else ''}")
            found.setdefault(asset, {})[check] = Severity(word)
    return found


class _Refused(DatasetError):
    def __init__(self, asset: str, check: str, why: str) -> None:
        super().__init__(f"DATAOPS_SEVERITIES, {'.'.join(filter(None, [asset, check]))}: {why}")


def _allowed(table: StagedTable | DerivedTable) -> dict[str, tuple[Sequence[Severity], str]]:
    """By check: what its severity may be, and why nothing else."""
    found: dict[str, tuple[Sequence[Severity], str]] = {
        each.check: ((*_NOTED, Severity.STOP), "it is of a partition, and no row can be diverted")
        if not isinstance(each, Freshness)
        else (_NOTED, "what is not there cannot be stopped")
        for each in table.statistics
    }
    if isinstance(table, DerivedTable):
        why = "no row of a derived table may be lost"
        found |= {check.id: ((*_NOTED, Severity.STOP), why) for check in table.spec.checks}
        return found | dict.fromkeys(("history", "one_code"), (_NOTED, "what is incomplete is built all the same"))
    found |= {check.id: (tuple(Severity), "") for check in table.spec.checks}
    found |= {check.id: (_REJECTING, "there is no value that could be written") for check in load_checks(table)}
    placed = {*table.spec.key, *([table.calendar.column] if table.calendar else [])}
    found |= {f"{name}.not_null": (_REJECTING, "a row without it has no place") for name in placed}
    return found | {"new_columns": (_NOTED, "they are kept in raw, and nothing of them is staged")}
