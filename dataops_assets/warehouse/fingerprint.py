"""The version of a partition: a fingerprint of its rows, the same whatever their order."""

import hashlib


def rows_version(rows: int, first: str | None, second: str | None) -> str:
    """One version from the number of rows and the two aggregates of `Dialect.fingerprint`."""
    text = f"{rows}/{first or 0}/{second or 0}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]
