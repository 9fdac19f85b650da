"""`dataops dvc`: write a `.dvc` file for each partition that is published, so that Git and DVC can name its version."""

from argparse import Namespace
from pathlib import Path

from dataops_assets.build import load_project
from dataops_assets.commands.layout import say
from dataops_assets.commands.published import published_table
from dataops_assets.commands.shared import Unusable, out, show
from dataops_assets.publish.dvc import dvc_files, is_in_dvc_repository, published_entries, write_dvc_files


def dvc(options: Namespace) -> int:
    """Returns 0."""
    loaded = load_project()
    folder = Path(options.to)
    if folder.exists() and not folder.is_dir():
        raise Unusable(f"--to {options.to}: it is a file; name a folder of a Git repository")
    chosen = [published_table(loaded, options.table)] if options.table else loaded.catalog.derived.values()
    tables = {table.relation: table for table in chosen if table.derived.publish}
    storage = loaded.storage
    with storage.warehouse.session() as session, session.reading():
        entries = {name: published_entries(session, storage.warehouse.staging, each) for name, each in tables.items()}
    files = {name: dvc_files(storage.production, tables[name], found, folder / name) for name, found in entries.items()}
    written = write_dvc_files(folder, files, all_tables=not options.table)
    if not any(each.files or each.removed for each in written.values()):
        out.print(loaded.emptiness or "nothing is published")
        return 0
    rows = [[name, each.files, len(each.changed), len(each.removed)] for name, each in written.items()]
    show(["table", "published", "written", "removed"], rows, right=["published", "written", "removed"])
    if not is_in_dvc_repository(folder.absolute()):
        say(f"{options.to} is in no repository of DVC yet; call git init and dvc init there")
    return 0
