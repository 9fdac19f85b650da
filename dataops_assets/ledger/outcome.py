"""What became of each partition of a write, for the ledger, the asset's metadata and its checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataops_assets.contracts.spec import RowCheck
from dataops_assets.ledger.entry import Entry
from dataops_assets.model.severity import Severity
from dataops_assets.validation.audit import Audit


@dataclass(frozen=True)
class RunInfo:
    """Who writes: Dagster's run id, and the version of the code (a git commit, if known).

    tried_again: an error that is raised now lets the run try the same once more after a pause.
    """

    run_id: str = ""
    code_version: str = ""
    tried_again: bool = False


@dataclass(frozen=True)
class CheckOutcome:
    """One asset check of one partition. severity: what it does if it has failed."""

    name: str
    passed: bool
    severity: Severity
    description: str = ""
    figures: Mapping[str, int | float] = field(default_factory=dict)
    table: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Outcome:
    """One partition after a step of its way. `entry.verdict` says if what is new is there or what was there stands.

    figures: what else there is to show of it. uri: where the lake holds it, or an empty text. no_history: names of the
        checks that had nothing to compare with, of which there is no outcome. origin: of an extraction, what the source
        says of itself, without secrets.
    """

    entry: Entry
    checks: Sequence[CheckOutcome] = ()
    changed: bool = False
    figures: Mapping[str, int | str] = field(default_factory=dict)
    uri: str = ""
    no_history: Sequence[str] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_table(
        cls,
        entry: Entry,
        checks: Sequence[CheckOutcome] = (),
        changed: bool = False,
        no_history: Sequence[str] = (),
    ) -> "Outcome":
        """The outcome of a table of the warehouse, with the figures of its entry to show."""
        figures: dict[str, int | str] = {
            "version": entry.version,
            "changed": changed,
            "rows_read": entry.rows_read,
            "rows_quarantined": entry.rows_quarantined,
            "duplicates_dropped": entry.duplicates_dropped,
        }
        for name in ("rows_inserted", "rows_updated", "rows_deleted"):
            figures[name] = getattr(entry, name) if changed else 0
        return cls(entry, checks, changed, figures, no_history=no_history)

    @property
    def refusal(self) -> str:
        """Why the write was refused, or an empty text."""
        return "" if self.entry.verdict == "passed" else self.entry.reason


def contract_check(checks: Sequence[RowCheck], audit: Audit, refused: str) -> CheckOutcome:
    """The asset check "contract": every check of the contract, those that found something with counts and rows.

    It fails if the write was refused, or else if rows fail a check that alerts; what else was found are figures and a
    table.
    """
    found = [check for check in checks if audit.failed.get(check.id)]
    lines = [f"{audit.failed[c.id]} of {audit.rows} rows: {c.description} ({c.severity})" for c in found]
    if refused:
        lines.insert(0, refused)
    elif not found:
        lines = [f"{audit.rows} rows pass {len(checks)} checks"]
    figures: dict[str, int | float] = {"rows": audit.rows, "rows_failing": audit.rejected}
    figures |= {check.id: audit.failed[check.id] for check in found}
    severity = Severity.STOP if refused else Severity.WARN
    passed = not refused and not any(check.severity.alerts for check in found)
    return CheckOutcome("contract", passed, severity, "\n".join(lines), figures, audit.sample)
