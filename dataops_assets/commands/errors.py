"""What a command says of an error, in one line, and its exit code. Imported when there is one."""

import dagster as dg

from dataops_assets.commands.shared import Unusable
from dataops_assets.contracts.spec import ContractError
from dataops_assets.dialects.portable import UnsupportedSql
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.store import StoreFailed
from dataops_assets.model.tables import DatasetError
from dataops_assets.pseudonyms import NoPseudonymKey
from dataops_assets.settings import SettingsError
from dataops_assets.shortage import lacks_rights, shortage
from dataops_assets.warehouse.errors import WarehouseError

REFUSALS = (
    *(Unusable, SettingsError, DatasetError, ContractError, UnsupportedSql, NoPseudonymKey),
    dg.DagsterInvalidDefinitionError,
)
"""What cannot be used; settings are read to the end where they are needed, as credentials are."""
FAILURES = (LakeDamaged, StoreFailed, WarehouseError)
"""Errors that say themselves what is wrong, and what to do."""


def explained(error: BaseException) -> tuple[int, str] | None:
    """The exit code, and the one line to print; nothing for an error that nobody has foreseen: its traceback is shown.

    The code is 2 where arguments, settings or datasets cannot be used, else 1.
    """
    if isinstance(error, REFUSALS):
        return 2, str(error)
    if isinstance(error, FAILURES):
        return 1, str(error)
    if message := shortage(error):
        return 2 if lacks_rights(error) else 1, message
    if isinstance(error, FileExistsError | NotADirectoryError):
        return 2, f"{error}; DATAOPS_HOME is to be a folder to write in"
    return None
