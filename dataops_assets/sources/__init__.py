"""Sources: where rows come from. Each kind describes a source and, asked for a partition, yields files to store.

In here belongs what talks to source systems; nothing of Dagster, of the lake or of a warehouse does.
"""

from dataops_assets.sources.base import (
    DataFile,
    Extraction,
    Extractor,
    PermanentSourceError,
    Request,
    SourceError,
    TransientSourceError,
)
from dataops_assets.sources.files import Files
from dataops_assets.sources.pagination import NextLink, Offset, PageNumber, Token
from dataops_assets.sources.rest import RestApi
from dataops_assets.sources.secrets import Bearer, Header
from dataops_assets.sources.sql import SqlQuery, SqlTable
from dataops_assets.sources.values import Env

__all__ = [
    "Bearer",
    "DataFile",
    "Env",
    "Extraction",
    "Extractor",
    "Files",
    "Header",
    "NextLink",
    "Offset",
    "PageNumber",
    "PermanentSourceError",
    "Request",
    "RestApi",
    "SourceError",
    "SqlQuery",
    "SqlTable",
    "Token",
    "TransientSourceError",
]
