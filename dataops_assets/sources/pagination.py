"""How a REST API splits its answer into pages, and how to ask for the next one.

Each kind is a frozen description with `first()` and `following(turn)`, which answer what to ask next: parameters to
add, or a whole address. Ending with an error where pages repeat is the business of `RestApi`, for all kinds alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ask:
    """What the next request adds: parameters, or an address that replaces the last one (possibly relative)."""

    params: tuple[tuple[str, Any], ...] = ()
    url: str | None = None


@dataclass(frozen=True)
class Turn:
    """What is known after a page.

    number: 0 for the first page. records: how many it had. total: records of all pages so far.
    field: looks up a dotted path in the envelope; `None` if it is missing or null. links: the Link header, by relation.
    """

    number: int
    records: int
    total: int
    field: Callable[[str], Any]
    links: Mapping[str | None, Mapping[str, str]]


@dataclass(frozen=True)
class Token:
    """The envelope's `field` is sent back as parameter `param`; null, empty or missing ends."""

    field: str = "next_page_token"
    param: str = "page_token"

    def first(self) -> Ask:
        return Ask()

    def following(self, turn: Turn) -> Ask | None:
        token = turn.field(self.field)
        if token is None or token == "" or token is False:
            return None
        if not isinstance(token, str | int | float):
            raise ValueError(f"{self.field!r} is not a page token but {token!r}")
        return Ask(params=((self.param, token),))


@dataclass(frozen=True)
class PageNumber:
    """Pages are numbered from `start`; a page without records ends.

    size: what every page but the last is sure to hold; saves the last request, and loses rows if it is not so.
    """

    param: str = "page"
    start: int = 1
    size: int | None = None

    def first(self) -> Ask:
        return Ask(params=((self.param, self.start),))

    def following(self, turn: Turn) -> Ask | None:
        if turn.records < (self.size or 1):
            return None
        return Ask(params=((self.param, self.start + turn.number + 1),))


@dataclass(frozen=True)
class Offset:
    """`limit` records from an offset on; a page without records ends.

    The offset moves by the records that came: a server that grants fewer than `limit` loses nothing.
    """

    limit: int
    param: str = "offset"
    limit_param: str = "limit"

    def first(self) -> Ask:
        return self._at(0)

    def following(self, turn: Turn) -> Ask | None:
        return self._at(turn.total) if turn.records else None

    def _at(self, offset: int) -> Ask:
        return Ask(params=((self.param, offset), (self.limit_param, self.limit)))


@dataclass(frozen=True)
class NextLink:
    """The next address is in the envelope's `field`, or in the Link header with rel=next where `field` is `None`."""

    field: str | None = None

    def first(self) -> Ask:
        return Ask()

    def following(self, turn: Turn) -> Ask | None:
        url = turn.links.get("next", {}).get("url") if self.field is None else turn.field(self.field)
        if not url:
            return None
        if not isinstance(url, str):
            raise ValueError(f"{self.field!r} is not an address but {url!r}")
        return Ask(url=url)


Pagination = Token | PageNumber | Offset | NextLink
