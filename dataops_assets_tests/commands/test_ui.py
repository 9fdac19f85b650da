"""`dataops ui` on a port that is taken."""

import socket

from dataops_assets_tests.commands.conftest import Dataops


def test_a_port_that_is_taken_is_said(dataops: Dataops) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = dataops("ui", "--port", str(port))
    assert result.code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in result.err
    assert f"dataops ui --port {port + 1}" in result.err
