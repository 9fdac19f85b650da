"""Values a dataset file writes down and a run fills in: environment variables and `{partition…}` templates.

Nothing is looked up when a dataset is imported or constructed; `resolve` and `render` are called by `extract`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from dataops_assets.sources.base import PermanentSourceError, Request


@dataclass(frozen=True)
class Env:
    """The value of an environment variable, read when an extraction starts.

    default: used where the variable is unset or empty: a text, or a function that is called in the process that runs
        (so a demo server can be started on demand). Without a default an unset variable is an error naming it.
    `Env("FLIGHTS_URL") / "v1/flights"` appends a path, which may hold `{partition…}` like any template.
    As a request parameter its value counts as a secret: manifests and messages show `${NAME}`.
    """

    name: str
    default: str | Callable[[], str] | None = None
    path: str = ""

    def __truediv__(self, more: str) -> "Env":
        return replace(self, path=f"{self.path.rstrip('/')}/{more.lstrip('/')}")

    def resolve(self, label: str) -> str:
        """The value without the path. Raises PermanentSourceError if there is none."""
        value = os.environ.get(self.name)
        if not value:
            value = self.default() if callable(self.default) else self.default
        if not value:
            raise PermanentSourceError(
                f"{label}: the environment variable {self.name} is not set; set it and run again"
            )
        return value


Text = str | Env


class WatermarkText:
    """A watermark as templates see it: `{watermark}` is its text, `{watermark:%Y-%m-%d}` formats a timestamp."""

    def __init__(self, value: Any, moment: Any = None) -> None:
        self._value, self._moment = value, moment

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self._value)
        if self._moment is None:
            raise ValueError(f"the watermark {self._value!r} is not a timestamp and cannot be written as {spec!r}")
        return format(self._moment, spec)


def render(text: Text, request: Request, watermark: WatermarkText | None = None) -> str:
    """Fill in `{partition…}` and `{watermark…}`; a literal brace is written twice.

    Raises PermanentSourceError if the template asks for what the request does not have.
    """
    if isinstance(text, Env):
        base = text.resolve(request.label)
        if not text.path:
            return base
        return f"{base.rstrip('/')}/{render(text.path, request, watermark).lstrip('/')}"
    values: dict[str, Any] = {}
    if request.partition is not None:
        values["partition"] = request.partition
    if watermark is not None:
        values["watermark"] = watermark
    try:
        return text.format_map(values)
    except (KeyError, AttributeError, ValueError, IndexError) as error:
        reason = "the table has no partitions" if error.args == ("partition",) else f"{type(error).__name__}: {error}"
        raise PermanentSourceError(
            f"{request.label}: cannot fill in {text!r} ({reason}); known are {{partition.start}}, {{partition.end}}, "
            "{partition.key} and, in parameters, {watermark}"
        ) from None


def mentions(text: Any, field: str) -> bool:
    """Whether a template uses `field`, with or without attributes and formats."""
    if not isinstance(text, str):
        return False
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name]
    except ValueError:
        return False
    return any(name.split(".")[0].split("[")[0] == field for name in names)


def render_params(
    params: Mapping[str, Any], request: Request, watermark: WatermarkText | None
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """(parameters to send, the same as a manifest may show them, the secrets among them).

    A parameter that mentions `{watermark}` is left out while there is none: the first extraction asks for everything.
    """
    sent: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    secrets: list[str] = []
    for name, value in params.items():
        if isinstance(value, Env):
            sent[name] = value.resolve(request.label)
            shown[name] = f"${{{value.name}}}"
            secrets.append(sent[name])
        elif isinstance(value, str):
            if watermark is None and mentions(value, "watermark"):
                continue
            sent[name] = shown[name] = render(value, request, watermark)
        elif value is not None:
            sent[name] = shown[name] = value
    return sent, shown, secrets
