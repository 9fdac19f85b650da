"""Erasures that were begun: each has to be finished, since until then something of the person may be left."""

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.erasures import FOLDER, erasures, is_done
from dataops_assets.lake.store import Store
from dataops_assets.verification.report import Report


def verify_erasures(store: Store, report: Report) -> None:
    """Those that a killed process has left, or that could not be finished, are problems."""
    try:
        known = erasures(store)
    except LakeDamaged as damage:
        report.add(FOLDER, None, str(damage), "dataops verify")
        return
    for erasure in known:
        report.checked["erasures"] += 1
        if not is_done(store, erasure):
            problem = f"the erasure that {erasure.by} began {erasure.name} ({erasure.reason}) is not finished"
            report.add(FOLDER, None, problem, f"dataops erase --subject {erasure.key}=… --apply --reason …")
