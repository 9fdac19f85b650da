# pyright: reportMissingImports=false
"""Smaller things of queries: casts and JSON of text, job ids of which two run at once, no download of extensions."""

import threading
from typing import Any

from local_bigquery.engine import database
from local_bigquery.jobs import runner
from local_bigquery.sql.rules import NODE_RULES, STATEMENT_RULES, safe
from local_bigquery.sql.rules import json as rules_json
from local_bigquery.sql.rules.typing import TEXT, kind
from sqlglot import exp

_INTEGER = ("int64", r"\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*")
_STRICT = {
    exp.DataType.Type.BIGINT: _INTEGER,
    exp.DataType.Type.INT: _INTEGER,
    exp.DataType.Type.BOOLEAN: ("bool", "(?i)true|false"),
}
_BYTES = (exp.DataType.Type.BINARY, exp.DataType.Type.VARBINARY, exp.DataType.Type.BLOB)
_submit = runner.submit
_submitting = threading.Lock()


def strict_casts(tree: Any, context: Any) -> Any:
    """'1.5' is no INT64 and '1' no BOOL; DuckDB rounds the one and takes the other.

    What is text is asked when the statement runs: the type of an expression is not always known before.
    """
    for node in list(tree.find_all(exp.Cast)):  # SAFE_CAST too, which is a kind of it
        name, pattern = _STRICT.get(node.to.this, ("", ""))
        if not name or kind(node.this) not in {*TEXT, exp.DataType.Type.UNKNOWN, None}:
            continue
        text = exp.cast(node.this.copy(), "VARCHAR")
        fits = exp.func("regexp_full_match", text, exp.Literal.string(pattern))
        typed = exp.EQ(this=exp.func("typeof", node.this.copy()), expression=exp.Literal.string("VARCHAR"))
        message = exp.func("concat", exp.Literal.string(f"Bad {name} value: "), text.copy())
        bad = exp.null() if isinstance(node, exp.TryCast) else exp.func("error", message)
        checked = exp.Case(ifs=[exp.If(this=exp.and_(typed, exp.Not(this=fits)), true=bad)], default=node.copy())
        if node is tree:
            return checked
        node.replace(checked)
    return tree


def bytes_of_text(tree: Any, context: Any) -> Any:
    """CAST(text AS BYTES) gives its UTF-8; DuckDB's takes nothing but ASCII, and reads `\\x` in it.

    Where bytes are joined, as what is hashed: elsewhere it may be bytes that are cast, and types are not known here.
    """
    for node in list(tree.find_all(exp.Cast)):
        if node.to.this not in _BYTES or not isinstance(node.parent, exp.Concat):
            continue
        encoded = exp.Encode(this=node.this.copy(), charset=exp.Literal.string("utf-8"))
        if node is tree:
            return encoded
        node.replace(encoded)
    return tree


def safe_function(node: Any, context: Any) -> Any:
    """SAFE.F(column): the emulator's lambda has a parameter named `s`, and so may the column be."""
    done = safe.safe_function(node, context)
    if done is not node and (function := done.find(exp.Lambda)):
        for name in (*function.expressions, *(column.args["table"] for column in function.this.find_all(exp.Column))):
            name.set("this", "__safe")
    return done


def json_of_text(node: Any, context: Any) -> Any:
    """JSON_QUERY of a STRING answers SQL's NULL for a JSON null."""
    done = rules_json.string_input(node, context)
    if done is node or isinstance(node, exp.JSONExtractArray):
        return done
    return exp.Nullif(this=done, expression=exp.Literal.string("null"))


def submit(*arguments: Any, **named: Any) -> Any:
    """One at a time, so that of two jobs of one id the second finds the first."""
    with _submitting:
        return _submit(*arguments, **named)


def install() -> None:
    STATEMENT_RULES.extend((strict_casts, bytes_of_text))
    for old, new in ((safe.safe_function, safe_function), (rules_json.string_input, json_of_text)):
        NODE_RULES[NODE_RULES.index(old)] = new
    runner.submit = submit
    # Its first statement is the download of an extension.
    database.FUNCTIONS = [path for path in database.FUNCTIONS if path.name != "geography.sql"]
