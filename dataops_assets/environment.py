"""Single settings, read from the environment: each by its rule. All raise SettingsError."""

import re
from collections.abc import Mapping

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")
_MODULE = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", re.ASCII)
_MEMORY = re.compile(r"^[0-9]+(\.[0-9]+)?\s*(MB|GB|MiB|GiB)$")
_BYTES = {"": 1, "MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, its value and what it may be."""


def name_of(env: Mapping[str, str], variable: str, default: str) -> str:
    """The name of a schema."""
    value = env.get(variable) or default
    if not NAME.match(value):
        raise SettingsError(f"{variable}={value!r}: letters, digits and underscores, not starting with a digit")
    return value


def packages_of(env: Mapping[str, str], variable: str, default: str) -> tuple[str, ...]:
    """Names of Python packages, each once."""
    names = [name.strip() for name in (env.get(variable) or default).split(",")]
    for name in names:
        if not _MODULE.match(name):
            raise SettingsError(
                f"{variable}={env.get(variable)!r}: {name!r} is not the name of a Python package, such as "
                "shop.datasets; several have commas between them"
            )
    return tuple(dict.fromkeys(names))


def memory_of(env: Mapping[str, str], variable: str, default: str) -> str:
    """An amount of memory, as the warehouse takes it."""
    value = env.get(variable) or default
    if not _MEMORY.match(value):
        raise SettingsError(f"{variable}={value!r}: a number and a unit, such as 1GB or 512MiB")
    return value


def mode_of(env: Mapping[str, str], variable: str, default: int) -> int:
    """The mode of folders."""
    text = env.get(variable)
    if not text:
        return default
    if not re.fullmatch(r"0?7[0-7]{2}", text):
        raise SettingsError(f"{variable}={text!r}: a mode as of chmod in which the owner may do all, such as 0750")
    return int(text, 8)


def address_of(env: Mapping[str, str], variable: str) -> str:
    """An address of the web; not shown, should there be a password in it."""
    value = env.get(variable, "").rstrip("/")
    if value and not re.fullmatch(r"https?://[^\s@?#]+", value):
        raise SettingsError(f"{variable}: an address such as https://dagster.example.com, without user, ? and #")
    return value


def number_of(env: Mapping[str, str], variable: str, default: float, least: float) -> float:
    """A number that is not smaller than the least."""
    text = env.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"{variable}={text!r}: not a number") from None
    if value < least:
        raise SettingsError(f"{variable}={text!r}: at least {least:g}")
    return value


def bytes_of(env: Mapping[str, str], variable: str, default: int) -> int:
    """A number of bytes that can be billed."""
    text = env.get(variable)
    if not text:
        return default
    match = re.fullmatch(r"(\d+)\s*([MGT]i?B)?", text)
    value = int(match[1]) * _BYTES[match[2] or ""] if match else 0
    if not 10 * 2**20 <= value < 2**63:
        raise SettingsError(
            f"{variable}={text!r}: bytes, or a whole number of MB, GB, TB, MiB, GiB or TiB; at least 10MiB, which "
            "BigQuery bills for each table of a query"
        )
    return value
