"""What a piece of code does, as a short text that changes with its meaning and not with its spelling.

Of SQL it is the parsed query; of a function its syntax tree, with the values that it uses from outside of itself and
the functions of its own module. Comments, white space, formatting and docstrings are no part of it. What other modules
and libraries do cannot be seen from here: for that a dataset has `code_version`.
"""

import ast
import copy
import dis
import functools
import hashlib
import json
import linecache
import re
import sys
import types
from collections import deque
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.util import hash_pandas_object

from dataops_assets.dialects.portable import parse

_PLAIN = (bool, int, float, complex, str, bytes, date, time, timedelta, tzinfo, Decimal, PurePath, range, type(None))
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def fingerprint(*values: Any) -> str:
    """Sixteen hexadecimal digits for values of any kind, functions and SQL (`sql_code`) among them."""
    return hashlib.sha256(json.dumps([value_code(each) for each in values]).encode()).hexdigest()[:16]


def sql_code(sql: str) -> str:
    """A query or an expression in BigQuery's dialect, in one spelling; raises UnsupportedSql if it cannot be read."""
    return parse(sql).sql(dialect="bigquery", comments=False, normalize_functions="upper", copy=False)


def value_code(value: Any) -> Any:
    """A value as what JSON can hold; the same for the same value in any process."""
    return _Reader().value(value)


class _Reader:
    """Reads one value with all that it refers to. home: the module whose functions and classes can be seen."""

    def __init__(self) -> None:
        self._within: list[int] = []

    def value(self, value: Any, home: str | None = None) -> Any:
        if isinstance(value, _PLAIN) and not isinstance(value, Enum):
            return [type(value).__name__, repr(value)]
        if id(value) in self._within:  # it refers to itself
            return ["itself", self._within.index(id(value))]
        self._within.append(id(value))
        try:
            return self._read(value, home)
        finally:
            self._within.pop()

    def _read(self, value: Any, home: str | None) -> Any:
        name = type(value).__qualname__
        if isinstance(value, Enum):
            return [name, value.name, repr(value.value)]
        if isinstance(value, re.Pattern):
            return [name, value.pattern, value.flags]
        if isinstance(value, dict | types.MappingProxyType):  # not the environment, which is a mapping too
            return [name, [[self.value(key, home), self.value(each, home)] for key, each in value.items()]]
        if isinstance(value, set | frozenset):
            return [name, sorted((_Reader().value(each, home) for each in value), key=json.dumps)]
        if isinstance(value, list | tuple | deque):
            return [name, [self.value(each, home) for each in value]]
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index | np.ndarray | np.generic):
            return [name, _data(value)]
        if isinstance(value, pa.DataType | pa.Field | pa.Schema):
            return [name, str(value)]
        if isinstance(value, functools.partial):
            return [name, self.value(value.func, home), self.value(value.args, home), self.value(value.keywords, home)]
        if isinstance(value, types.MethodType):
            return [name, self.value(value.__func__, home), self.value(value.__self__, home)]
        if isinstance(value, property):
            return [name, *(self.value(each, home) for each in (value.fget, value.fset, value.fdel))]
        if isinstance(value, types.FunctionType):
            return self._function(value, home)
        if isinstance(value, type):
            return self._class(value, home)
        if isinstance(value, types.ModuleType):
            return [name, value.__name__]
        if is_dataclass(value):
            return [name, [[each.name, self.value(getattr(value, each.name, None), home)] for each in fields(value)]]
        for inner in ("__wrapped__", "__func__", "func"):  # @cache, @staticmethod, @cached_property
            if isinstance(found := getattr(value, inner, None), types.FunctionType):
                return [name, self.value(found, home)]
        kind = type(value)
        call = getattr(kind, "__call__", None)  # noqa: B004 - an object that is called as a function is
        if kind.__module__ == home or (home is None and isinstance(call, types.FunctionType)):
            attributes = getattr(value, "__dict__", {})
            return [name, self.value(kind, kind.__module__), self.value(attributes, kind.__module__)]
        return [name]

    def _function(self, function: types.FunctionType, home: str | None) -> Any:
        if home is not None and function.__module__ != home:
            return ["elsewhere", function.__module__, function.__qualname__]
        home = function.__module__
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        return [
            "function",
            _text(function),
            [self.value(each, home) for each in function.__defaults__ or ()],
            self.value(function.__kwdefaults__ or {}, home),
            [[name, self.value(_content(cell), home)] for name, cell in sorted(cells.items())],
            [[name, self._used(function, path, home)] for name, path in sorted(_globals_of(function.__code__).items())],
        ]

    def _used(self, function: types.FunctionType, path: tuple[str, ...], home: str) -> Any:
        """A name that the function reads from its module; of another module, the value that it takes out of it."""
        first, *rest = path
        if first not in function.__globals__:
            return "builtin"
        found = function.__globals__[first]
        while isinstance(found, types.ModuleType) and rest and hasattr(found, rest[0]):
            if found.__name__.partition(".")[0] in sys.stdlib_module_names:  # `sys.modules` is no value of ours
                return ["elsewhere", found.__name__, rest[0]]
            found = getattr(found, rest.pop(0))
        return self.value(found, home)

    def _class(self, kind: type, home: str | None) -> Any:
        if home is None or kind.__module__ != home:
            return ["class", kind.__module__, kind.__qualname__]
        members = [[name, self.value(each, home)] for name, each in vars(kind).items() if not _generated(name)]
        return ["class", kind.__qualname__, [base.__qualname__ for base in kind.__bases__], members]


def _generated(name: str) -> bool:
    counted = ("__init__", "__call__", "__annotations__")
    return name.startswith("_abc") or (name.startswith("__") and name not in counted)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _data(value: Any) -> Any:
    """The content of numpy's and pandas' containers."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        return [str(array.dtype), list(array.shape), hashlib.sha256(repr(array.tolist()).encode()).hexdigest()]
    hashed = np.asarray(hash_pandas_object(value)).tobytes()
    columns = [[str(name), str(kind)] for name, kind in value.dtypes.items()] if isinstance(value, pd.DataFrame) else []
    return [columns, str(getattr(value, "name", "")), hashlib.sha256(hashed).hexdigest()]


def _text(function: types.FunctionType) -> str:
    """The function's source in one spelling; its byte code, if it has none (typed into a shell)."""
    code = function.__code__
    nodes = _nodes(code, function)
    if not nodes:
        return _bytes_of(code)
    return "\n".join(ast.unparse(_bare(node)) for node in nodes)


def _nodes(code: types.CodeType, function: types.FunctionType) -> list[ast.AST]:
    """Where the function stands in its file: of several lambdas in one line, all of them."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    return _functions_of("".join(lines)).get((code.co_name, code.co_firstlineno), [])


@functools.lru_cache(maxsize=64)
def _functions_of(text: str) -> dict[tuple[str, int], list[ast.AST]]:
    """What stands in a file, by name and the line where it begins with its decorators; nothing, if it is no Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    found: dict[tuple[str, int], list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(each.lineno for each in decorators)])
            found.setdefault((getattr(node, "name", "<lambda>"), first), []).append(node)
    return found


def _bare(node: ast.AST) -> ast.AST:
    """A copy without decorators, whose own arguments are read elsewhere, and without docstrings."""
    node = copy.deepcopy(node)
    if isinstance(node, _DEFINITIONS):
        node.decorator_list = []
    for each in ast.walk(node):
        body = getattr(each, "body", None)
        if isinstance(body, list):
            kept = [line for line in body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
            each.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return node


def _bytes_of(code: types.CodeType) -> str:
    inner = [_bytes_of(each) if isinstance(each, types.CodeType) else repr(each) for each in code.co_consts]
    return repr([code.co_code.hex(), code.co_names, code.co_varnames, inner])


def _globals_of(code: types.CodeType) -> dict[str, tuple[str, ...]]:
    """The names of the module that a function reads, with the attributes that it reads of them, by dotted name."""
    found: dict[str, tuple[str, ...]] = {}
    for path in _paths(code):
        found[".".join(path)] = path
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            found |= _globals_of(each)
    return found


def _paths(code: types.CodeType) -> Iterator[tuple[str, ...]]:
    path: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            if path:
                yield path
            path = (step.argval,)
        elif path and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            path = (*path, step.argval)
        elif step.opname not in ("CACHE", "EXTENDED_ARG") and path:
            yield path
            path = ()
    if path:
        yield path
