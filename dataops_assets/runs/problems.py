"""What is said of the checks that failed in a run: each cause once, with the partitions of which it is the cause."""

import re
from collections.abc import Iterable, Sequence

import dagster as dg

from dataops_assets.failures import HELD_BY

_ATTEMPT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")

Check = dg.AssetCheckEvaluation


def is_problem(check: Check) -> bool:
    """Did it fail, and does it stop?"""
    return not check.passed and check.severity == dg.AssetCheckSeverity.ERROR


def said_by_checks(event: dg.DagsterEvent, checks: Iterable[Check]) -> bool:
    """Did a step fail of nothing but checks of its partitions, which say why themselves?"""
    failure = event.step_failure_data.user_failure_data
    partitions = failure.metadata.get("partitions") if failure and failure.metadata else None
    if partitions is None:
        return False
    failed = {each.partition or "" for each in checks if "__".join(each.asset_key.path) == event.step_key}
    return bool(failed) and set(partitions.value or [""]) <= failed  # type: ignore[call-overload]


def problems_of(checks: Sequence[Check]) -> list[str]:
    """Of the blocking checks that failed: once for all partitions of which they say the same, as of the first; what was
    held back by that is named with it.
    """
    failed = [check for check in checks if is_problem(check)]
    behind = {_place(check): str(began.value) for check in failed if (began := check.metadata.get(HELD_BY))}
    alike: dict[tuple[str, str, str], list[Check]] = {}
    held: dict[str, list[Check]] = {}
    for check in failed:
        if began := behind.get(_place(check)):
            while began in behind:  # the ledger knows nothing of an extraction that failed
                began = behind[began]
            held.setdefault(began, []).append(check)
        else:
            words = _ATTEMPT.sub("", (check.description or "").replace(check.partition or "", ""))
            alike.setdefault((check.asset_key.to_user_string(), check.check_name, words), []).append(check)
    problems = []
    for (_, name, _), found in alike.items():
        held_back = [each for check in found for each in held.pop(_place(check), [])]
        problems.append(f"{_places(found)}: check {name!r} failed: {_words(found[0])}{_also(held_back)}")
    for found in held.values():  # by what is in no step of this run
        same = [each for each in found if each.asset_key == found[0].asset_key]
        others = [each for each in found if each.asset_key != found[0].asset_key]
        problems.append(f"{_places(same)}: check {found[0].check_name!r} failed: {_words(found[0])}{_also(others)}")
    return problems


def _also(held: Sequence[Check]) -> str:
    assets: dict[str, list[Check]] = {}
    for check in held:
        assets.setdefault(check.asset_key.to_user_string(), []).append(check)
    return f"\n  which holds back {'; '.join(map(_places, assets.values()))}" if held else ""


def _words(check: Check) -> str:
    return (check.description or "").removeprefix(f"{_place(check)}: ").replace("\n", "\n  ")


def _place(check: Check) -> str:
    return f"{check.asset_key.to_user_string()} {check.partition or ''}".strip()


def _places(found: Sequence[Check]) -> str:
    if len(found) == 1:
        return _place(found[0])
    keys = sorted(check.partition or "" for check in found)
    return f"{found[0].asset_key.to_user_string()} {len(found)} partitions, {keys[0]} to {keys[-1]}"
