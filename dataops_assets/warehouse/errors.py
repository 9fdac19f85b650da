"""What a warehouse raises, whichever engine it is: nobody above has to know an engine's own errors.

Every message says what failed and what to do next. What is not a TransientError fails in the same way if it is tried
again as it is.
"""


class WarehouseError(Exception):
    """The warehouse could not do what it was asked for, or refused to."""


class TransientError(WarehouseError):
    """The same may succeed a little later: nobody answered, too many asked, or somebody else was at it."""


class SwapConflict(TransientError):
    """Somebody else changed the same thing meanwhile; nothing was written, and the same again may succeed."""


class QueryRefused(WarehouseError):
    """The statement itself is at fault: the warehouse does not understand it, may not run it, or a value ends it.

    table: the one that it names and that does not exist, as it is named; empty if it fails of something else.
    """

    table: str = ""


class WarehouseDamaged(WarehouseError):
    """The file of the warehouse cannot be read; the message names it, and the command that makes it again."""
