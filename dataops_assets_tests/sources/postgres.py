"""A PostgreSQL server of a test's own: Debian's, on a free port of this machine, in a temporary folder."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",
    "timezone": "America/New_York",
    "datestyle": "'German,DMY'",
}
"""A server that writes and compares times otherwise than this project, so that leaning on its settings shows."""


def _programs() -> Path:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.fail("there is no PostgreSQL server on this machine; on Debian: apt-get install postgresql")
    return Path(found[-1] if found else str(on_path)).parent


@contextmanager
def server() -> Iterator[str]:
    """Run a server; the address of its database. The test fails, with the reason, where none can be had."""
    programs, own = _programs(), {}
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.getuid() == 0:  # as which it refuses to run
        user = pwd.getpwnam("postgres")
        own = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        with (folder / "said").open("w+") as said:
            command = [str(programs / program), "-D", str(folder / "data"), *arguments]
            done = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, cwd=folder, timeout=60, **own)
            said.seek(0)
            if done.returncode:
                pytest.fail(f"{program} of PostgreSQL failed: {said.read()}")

    try:
        run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {name}={value}" for name, value in {"port": port, **_SETTINGS}.items())
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
