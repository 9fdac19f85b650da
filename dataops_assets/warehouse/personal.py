"""What becomes of personal data in production, as a dataset declares it: which declarations cannot be kept."""

from collections.abc import Mapping

import pyarrow as pa

from dataops_assets.contracts.spec import Column, TableSpec
from dataops_assets.model.tables import DatasetError, Derived, Hiding
from dataops_assets.nearest import suggestion


def hidden_columns(derived: Derived, spec: TableSpec) -> dict[str, Hiding]:
    """Those that production has otherwise than staging, in the order of the contract."""
    said: dict[str, Hiding] = {name: derived.personal[name] for name in spec.names if name in derived.personal}
    return {name: hiding for name, hiding in said.items() if hiding != "keep"} if derived.publish else {}


def refuse_undeclared(derived: Derived, spec: TableSpec) -> None:
    """Raise DatasetError unless each column of personal data on its way to production has a word of what becomes of
    it, which its type and the key can bear.
    """
    where, personal = f"derived table {derived.name!r}", [column for column in spec.columns if column.pii]
    names = [column.name for column in personal]
    for name in derived.personal:
        if name not in spec.names:
            raise DatasetError(
                f"{where}: personal names {name!r}, which its contract has not; {suggestion(name, names)}"
            )
        if name not in names:
            raise DatasetError(
                f"{where}: personal names {name!r}, which its contract does not tag as personal data; "
                f'say column(…, tags=["pii"])'
            )
    if not derived.publish:
        if derived.personal:
            raise DatasetError(f"{where}: personal says what production shows, and the table is not published")
        return
    if missing := [name for name in names if name not in derived.personal]:
        words = ", ".join(f'"{name}": …' for name in missing)
        raise DatasetError(
            f"{where} is published, and its contract {spec.contract.__name__} tags {', '.join(missing)} as personal "
            f"data: say what becomes of that in production, personal={{{words}}}, each 'mask' (no value is there), "
            "'hash' (a keyed hash takes its place) or 'keep' (it is published as it is)"
        )
    for column in personal:
        if reason := _unfit(column, derived.personal, spec):
            raise DatasetError(f"{where}: personal says {derived.personal[column.name]!r} of {column.name!r}, {reason}")


def _unfit(column: Column, personal: Mapping[str, Hiding], spec: TableSpec) -> str:
    hiding, is_text = personal[column.name], pa.types.is_string(column.type)
    if hiding == "hash" and not is_text:
        return f"whose type is {column.type}: a hash is a Text; make the column one, mask it or keep it"
    if hiding == "mask" and column.name in spec.key:
        return "which the key names: rows could not be told apart; hash it or keep it"
    if hiding == "mask" and not (column.nullable or is_text):
        return "which is neither a Text nor nullable: there is nothing to put in its place; say nullable=True"
    return ""
