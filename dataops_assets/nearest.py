"""What somebody may have meant by a name that does not exist."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_SHOWN = 4
_ALL = 20
_ALIKE = 0.65  # of two names, as difflib compares them: a letter or two of a short one may be wrong


def suggestion(name: str, known: Iterable[str]) -> str:
    """Words to end an error with: what may have been meant, or what there is."""
    there = sorted(known)
    found = nearest(name, there)
    if found:
        *first, last = found
        return f"did you mean {', '.join(first)} or {last}?" if first else f"did you mean {last}?"
    more = f" and {len(there) - _ALL} more" if len(there) > _ALL else ""
    return f"there are {', '.join(there[:_ALL])}{more}" if there else "there are none"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Asset keys (`staged/flights`) or tables (`staging.raw_flights`) that are close to a name, the closest first.

    A name without layer or schema is compared with the last part of each, and one with it is answered by those of its
    own, if there are such.
    """
    typed = _plain(name)
    layer, _, table = typed.rpartition("/")
    parts: dict[str, list[str]] = {}
    for each in sorted(known):
        last = _plain(each).rpartition("/")[2]
        for alias in {last, last.removeprefix("raw_")}:
            parts.setdefault(alias, []).append(each)
    close = [table] if table in parts else get_close_matches(table, parts, n=_SHOWN, cutoff=_ALIKE)
    found = dict.fromkeys(each for part in close for each in parts[part])
    layers = {_plain(each).rpartition("/")[0] for each in found}
    own = get_close_matches(layer, layers, n=1, cutoff=_ALIKE) or [one for one in layers if layer and layer in one]
    if own:
        found = dict.fromkeys(each for each in found if _plain(each).rpartition("/")[0] in own)
    place = {each: place for place, each in enumerate(found)}
    return sorted(found, key=lambda each: (-_likeness(table, each), place[each]))[:_SHOWN]


def _likeness(table: str, known: str) -> float:
    last = _plain(known).rpartition("/")[2]
    return max(SequenceMatcher(None, table, one).ratio() for one in (last, last.removeprefix("raw_")))


def _plain(name: str) -> str:
    """As names are compared: without case, wildcards and quotes, with one kind of separator."""
    return name.casefold().replace(".", "/").replace(":", "/").strip("/+*?`'\" ")
