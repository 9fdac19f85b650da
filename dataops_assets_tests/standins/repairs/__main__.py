# pyright: reportMissingImports=false
"""The server. Its one argument is the project; its data lie in the folder it is started in, and it comes up warm."""

import socket
import sys
from pathlib import Path

import uvicorn
from local_bigquery.engine import database
from local_bigquery.grpc import server as storage_api
from local_bigquery.settings import settings

from dataops_assets_tests.standins.children import announce, end_with_parent
from dataops_assets_tests.standins.repairs import catalog, costs, job_store, loads, partitions, queries, transactions


def main(project: str) -> None:
    end_with_parent()
    settings.default_project_id = project
    settings.data_dir = Path.cwd() / "data"
    for module in (catalog, job_store, partitions, loads, queries, transactions, costs):
        module.install()
    from local_bigquery import app

    database.connection()
    _, grpc = storage_api.start("127.0.0.1", 0)
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    announce(rest=listening.getsockname()[1], grpc=grpc)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
