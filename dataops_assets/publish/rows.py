"""The rows of a version, to be promoted: those that stand in staging."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dataops_assets.ledger.entry import Cause, Entry, command
from dataops_assets.ledger.integrity import rows_and_versions
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.gates import Refusal
from dataops_assets.publish.names import published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable


@dataclass(frozen=True)
class StagedRows:
    """The rows of a table as it was validated, which may have been changed since. schema: where they stand."""

    schema: str
    table: DerivedTable

    def changed(
        self, session: Session, keys: Mapping[str, Partition | None], receipts: Mapping[str, Entry]
    ) -> Callable[[], dict[str, Refusal]]:
        """Partitions whose rows are not those of their receipt, with the reason. Inside a swap."""
        table = self.table
        found = rows_and_versions(session, self.schema, table, [keys[key] for key in receipts])

        def reasons() -> dict[str, Refusal]:
            now = found()
            return {
                key: Refusal(
                    f"{published_label(table, key)}: the rows in {self.schema}.{table.relation} are version "
                    f"{now[key][1]}, the receipt is of {receipt.version}; {command(table.asset, key)}",
                    Cause("changed_rows", table.asset, key, receipt.id),
                )
                for key, receipt in receipts.items()
                if now[key][1] != receipt.version
            }

        return reasons

    def select(self, session: Session, slices: Slices) -> str:
        """A query, in brackets, for the rows of these partitions, each with its key as `_slice`; it reads `_parts`."""
        schema, table = self.schema, self.table
        columns = session.dialect.columns(table.spec.names, "t.")
        if not session.exists(schema, table.relation):  # nothing but empty partitions so far
            fields = ", ".join(
                f"CAST(NULL AS {session.dialect.type_of(c.type)}) AS {session.dialect.quote(c.name)}"
                for c in table.spec.columns
            )
            return f"(SELECT {fields}, '' AS _slice LIMIT 0)"
        relation = session.relation(schema, table.relation)
        slices.stage(session, "_parts")
        return f"(SELECT {columns}, p.partition AS _slice FROM {relation} AS t {slices.join(session, 't', '_parts')})"
