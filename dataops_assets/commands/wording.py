"""What `status` and `plan` say of causes and reasons."""

from collections.abc import Iterator, Mapping

from dataops_assets.staleness.finding import Finding, Reason
from dataops_assets.staleness.orphans import Orphan

_SHOWN = 2


def because(finding: Finding, own_only: bool = False) -> str:
    """The reasons in words; of one that is missing, that says it all. own_only: without what is only planned."""
    if finding.status not in ("stale", "current"):
        return ""
    reasons = finding.changed if own_only else finding.reasons
    shown = [_reason(finding, reason) for reason in reasons[:_SHOWN]]
    more = len(reasons) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _reason(finding: Finding, reason: Reason) -> str:
    own = reason.asset == finding.asset
    if reason.changed == "unknown":
        return "not known by what it was made" if own else f"not known by what {reason.asset} was made"
    if reason.changed == "input":
        return f"input {reason.asset}"
    if reason.changed == "personal":
        return "what it hides of personal data"
    return reason.changed if own else f"{reason.changed} of {reason.asset}"


def orphan_lines(found: Mapping[str, Orphan]) -> Iterator[str]:
    """Lines for what no dataset makes any more, and the commands that remove it from the warehouse."""
    named = [each for each in found.values() if each.assets or each.older]
    if named:
        yield "\nof no dataset, or of another calendar than the one in force"
    for each in named:
        for asset, count in each.assets.items():
            yield f"  {asset:<24}  {_counted(count)}, which no dataset makes any more"
        for asset, keys in each.older.items():
            span = keys[0] if len(keys) == 1 else f"{keys[0]}..{keys[-1]} ({len(keys)})"
            yield f"  {asset:<24}  {span} of another calendar".replace("   of", "  the whole table, of")
        yield f"    dataops drop {each.name}"
    kept = sorted(folder for each in found.values() for folder in each.folders)
    if kept:
        yield f"\nkept in the lake, of no dataset: {', '.join(kept)}"


def _counted(count: int) -> str:
    return f"{count} partition{'s' if count > 1 else ''}"
