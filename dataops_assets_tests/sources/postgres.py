"""A PostgreSQL server of a test's own: Debian's, on a free port of this machine, in a temporary folder."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgresql
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
        with (folder / "said").open("w+") as message:
            command = [str(programs / program), "-D", str(folder / "data"), *arguments]
            done = subprocess.run(command, stdout=message, stderr=subprocess.STDOUT, cwd=folder, timeout=60, **own)
            message.seek(0)
            if done.returncode:
                pytest.fail(f"{program} of PostgreSQL failed: {message.read()}")

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


Execute = Callable[..., None]


def execute_on(url: str) -> Execute:
    """Runs statements, each committed, in a schema `public` that is made anew by this call."""

    def run(*statements: str) -> None:
        with postgresql.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public")
    return run


TYPES = [
    # (declared, literal, what is read)
    ("boolean", "true", True),
    ("int2", "-3", -3),
    ("int8", "9223372036854775807", 2**63 - 1),
    ("float4", "1.5", 1.5),
    ("float8", "'Infinity'", float("inf")),
    ("numeric", "12345678901234567890.10", "12345678901234567890.10"),
    ("numeric(20,4)", "1.5", "1.5000"),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "1e60", "1" + "0" * 60),
    ("text", "'é'", "é"),
    ("varchar(3)", "'abc'", "abc"),
    ("char(3)", "'a'", "a  "),
    ("bytea", r"'\x00ff'", b"\0\xff"),
    ("date", "'infinity'", "infinity"),
    ("timestamp", "'-infinity'", "-infinity"),
    ("timestamptz", "'20000-01-01 00:00+00'", "20000-01-01 00:00:00+00"),
    ("time", "'10:00:00.5'", "10:00:00.500000"),
    ("time", "'24:00'", "24:00:00"),
    ("timetz", "'10:00+02'", "10:00:00+02"),
    ("interval", "'1 day 2 hours'", "1 day 02:00:00"),
    ("money", "12.34::numeric", "12.34"),
    ("uuid", "'27625701-5F8B-449d-849a-5b1a132f7a38'", "27625701-5f8b-449d-849a-5b1a132f7a38"),
    ("json", """'{"a": 1.50}'""", '{"a": 1.50}'),
    ("jsonb", """'{"a": 1.50}'""", '{"a": 1.50}'),
    ("mood", "'happy'", "happy"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("int4multirange", "'{[1,3),[5,7)}'", "{[1,3),[5,7)}"),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    ("bit(3)", "B'101'", "101"),
    ("varbit", "B'10'", "10"),
    ("xml", "'<a/>'", "<a/>"),
    ("pair", "row(1, 'a b')::pair", '(1,"a b")'),
    ("positive", "5", 5),
    ("point", "'(1,2)'", "(1,2)"),
    ("tsvector", "'a b'", "'a' 'b'"),
    ("oid", "4294967295", "4294967295"),
    ("int4[]", "'{1,2}'", [1, 2]),
    ("int4[]", "'{}'", []),
    ("int4[]", "'{1,NULL,2}'", "{1,NULL,2}"),
    ("float4[]", "'{0.5}'", [0.5]),
    ("bytea[]", r"ARRAY['\x00ff'::bytea]", [b"\0\xff"]),
    ("int4[]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}"),
    ("bool[]", "'{t,f}'", [True, False]),
    ("text[]", """'{a,NULL,"b,c"}'""", '{a,NULL,"b,c"}'),
    ("text[]", """'{a,"b,c"}'""", ["a", "b,c"]),
    ("numeric[]", "'{1.50}'", ["1.50"]),
    ("float8[]", "'{0.5}'", [0.5]),
    ("uuid[]", "'{27625701-5f8b-449d-849a-5b1a132f7a38}'", ["27625701-5f8b-449d-849a-5b1a132f7a38"]),
    ("jsonb[]", """ARRAY['{"a": 1}'::jsonb]""", ['{"a": 1}']),
    ("mood[]", "'{sad,ok}'", ["sad", "ok"]),
    ("interval[]", "'{1 day}'", ["1 day"]),
    ("money[]", "ARRAY[12.34::numeric::money]", ["$12.34"]),
    ("date[]", "'{infinity}'", "{infinity}"),
    ("pair[]", "ARRAY[row(1, 'a')::pair]", ["(1,a)"]),
    ("positive[]", "ARRAY[5::positive]", ["5"]),
]
PREPARE = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
    "CREATE TYPE pair AS (x int, y text)",
    "CREATE DOMAIN positive AS int CHECK (value > 0)",
]


def every_type(execute: Execute) -> None:
    """Make the table `t`: a row with each value of TYPES as `c0`, `c1`, …, and one of nulls."""
    columns = ", ".join(f"c{n} {kind}" for n, (kind, _, _) in enumerate(TYPES))
    values = ", ".join(literal for _, literal, _ in TYPES)
    nulls = ", ".join("NULL" for _ in TYPES)
    execute(*PREPARE, f"CREATE TABLE t (id int, {columns})", f"INSERT INTO t VALUES (1, {values}), (2, {nulls})")
