"""Statements that become one job: a job takes about a second however little it does."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Rows = list[tuple[Any, ...]]


class Script:
    """Statements one after the other, with the parameters of each named apart from those of the others."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.parameters: dict[str, Any] = {}
        self._number = 0

    def add(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.statements.append(self.bind(sql, parameters))

    def bind(self, sql: str, parameters: Mapping[str, Any] | None = None) -> str:
        """The statement as it stands in this script. parameters: of its `@name`."""
        for name, value in (parameters or {}).items():
            sql = re.sub(rf"@{re.escape(name)}\b", f"@p{self._number}_{name}", sql)
            self.parameters[f"p{self._number}_{name}"] = value
        self._number += 1
        return sql

    @property
    def sql(self) -> str:
        """What is sent: a statement that is alone is no script."""
        return str(self) if len(self.statements) > 1 else self.statements[0]

    def __str__(self) -> str:
        return ";\n".join(self.statements) + ";"


class Question:
    """A query, as it stands in its script, and what it gave.

    otherwise: what is asked instead where there is no answer to it, with its parameters.
    """

    def __init__(self, sql: str, otherwise: tuple[str, Mapping[str, Any]] | None = None) -> None:
        self.sql = sql
        self.otherwise = otherwise
        self.rows: Rows | None = None
        self.error: Exception | None = None


def one_query(questions: Sequence[Question]) -> str:
    """A query for all of them: a row with a list of records for each, whose columns have to have names.

    The name of a row stands for it as a STRUCT:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#range_variables
    """
    lists = (
        f"ARRAY(SELECT _row FROM ({question.sql}) AS _row) AS a{place}" for place, question in enumerate(questions)
    )
    return f"SELECT {', '.join(lists)}"
