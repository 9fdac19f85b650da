"""`dataops demo`: the demo's first week through all layers, a look at what was published, and where to go on."""

from argparse import Namespace

from dataops_assets.build import load_project
from dataops_assets.commands.run import execute
from dataops_assets.commands.shared import Unusable, out, show
from dataops_assets.settings import DEMO

FIRST, LAST = "2013-01-01", "2013-01-07"


def demo(options: Namespace) -> int:
    """Returns the exit code of the run."""
    loaded = load_project()
    if DEMO not in loaded.settings.datasets:
        raise Unusable(
            f"the demo's datasets are not among DATAOPS_DATASETS={','.join(loaded.settings.datasets)}; run your own "
            f"with `dataops run`, or add {DEMO} to it"
        )
    code = execute(loaded, None, (FIRST, LAST))
    if code:
        return code
    warehouse, schema = loaded.storage.warehouse, loaded.settings.production_dataset
    for name, table in loaded.catalog.derived.items():
        if not table.derived.publish:
            continue
        relation = f"{warehouse.dialect.quote(schema)}.{warehouse.dialect.quote(table.relation)}"
        rows = warehouse.query(f"SELECT COUNT(*) AS n FROM {relation}").to_pylist()[0]["n"]
        columns = ", ".join(warehouse.dialect.quote(column) for column in table.spec.names[:9])
        key = warehouse.dialect.columns(table.spec.key)
        sample = warehouse.query(f"SELECT {columns} FROM {relation} ORDER BY {key} LIMIT 5")
        out.print()
        show(sample.column_names, (row.values() for row in sample.to_pylist()), f"{schema}.{name}: {rows} rows")
    out.print("\nLook at it in Dagster:     make ui        then open the address it prints")
    out.print(f'Ask the warehouse:         dataops query "select * from {schema}.carrier_daily limit 10"')
    out.print("Take the whole year:       dataops run --partitions 2013-01-01..2013-12-31")
    return 0
