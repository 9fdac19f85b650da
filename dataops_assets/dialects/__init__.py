"""The two dialects of SQL that the project speaks; a third one is added to this list."""

from dataops_assets.dialects.base import Dialect
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB

DIALECTS: tuple[Dialect, ...] = (DUCKDB, BIGQUERY)
