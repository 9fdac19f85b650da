"""What a machine is short of, told from the error of whoever noticed it: disk, memory, open files, rights.

Each library says so in its own way: the system by number, DuckDB and SQLite by their text.
"""

import errno
import re
import resource
from collections.abc import Iterator

_LIBRARIES = ("duckdb", "_duckdb", "sqlite3", "sqlalchemy", "pyarrow", "dagster_shared")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_OPEN = {errno.EMFILE, errno.ENFILE}
_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}
_SAYS_FULL = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|database or disk is full|max_temp_directory_size"
    r"|disk I/O error"
)
_SAYS_OPEN = re.compile(r"Too many open files")
_SAYS_RIGHTS = re.compile(r"Permission denied|Read-only file system|readonly database|Operation not permitted")
_SAYS_UNOPENED = re.compile(r"unable to open database file")
_SAYS_MEMORY = re.compile(r"Out of Memory Error|bad_alloc|malloc of size|realloc of size|Cannot allocate memory")

NOTHING_LOST = "nothing that was there is lost, and the same command goes on"


def shortage(error: BaseException) -> str | None:
    """What is short and what makes room, in one line, if that is what this error, or one that led to it, is about."""
    for each in _chain(error):
        if message := _explained(each):
            return message
    return None


def lacks_rights(error: BaseException) -> bool:
    """Is it that this user may not write there?"""
    return any(isinstance(each, OSError) and each.errno in _RIGHTS for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _explained(error: BaseException) -> str | None:
    number = error.errno if isinstance(error, OSError) else None
    library = type(error).__module__.partition(".")[0] in _LIBRARIES
    text = str(error) if library or isinstance(error, OSError | MemoryError) else ""
    detail = " ".join(text.partition("\n\nPossible solutions")[0].partition("\n[SQL")[0].split())
    if number in _FULL or (library and _SAYS_FULL.search(text)):
        return f"the disk is full: {detail}; make room below DATAOPS_HOME, or lead it to another disk; {NOTHING_LOST}"
    if number in _OPEN or (library and _SAYS_OPEN.search(text)):
        return f"too many files are open: {detail}; {_more_files()}; {NOTHING_LOST}"
    if number in _RIGHTS or (library and _SAYS_RIGHTS.search(text)):
        return f"{detail}; DATAOPS_HOME is to be a folder that this user may write in; {NOTHING_LOST}"
    if library and _SAYS_UNOPENED.search(text):
        return (
            f"a database of Dagster below DATAOPS_HOME cannot be opened: {detail}; this user has to be allowed to "
            f"write there, and {_more_files()}; {NOTHING_LOST}"
        )
    if isinstance(error, MemoryError) or (library and _SAYS_MEMORY.search(text)):
        return (
            f"the memory is short: {detail or 'none is left'}; raise DATAOPS_MEMORY_LIMIT as far as this machine has "
            f"memory, or have less data in a partition; {NOTHING_LOST}"
        )
    return None


def _more_files() -> str:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"allow more than {allowed} open files (ulimit -n)"
