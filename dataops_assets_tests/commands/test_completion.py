"""`dataops completion`: in a real shell, Tab completes commands, options and their values."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from dataops_assets.commands import NAMES
from dataops_assets_tests.commands.conftest import Dataops

BASH, ZSH = shutil.which("bash"), shutil.which("zsh")
TAB, BELL = "\t", "\a"


@pytest.mark.skipif(not BASH, reason="no bash")
def test_bash_completes_what_is_typed(dataops: Dataops, tmp_path: Path) -> None:
    result = dataops("completion", "bash")
    assert (result.code, result.err) == (0, "")
    script = tmp_path / "dataops.bash"
    script.write_text(result.out)
    subprocess.run([str(BASH), "-n", script], check=True)
    typed = {
        "dataops stat": "dataops status ",
        "dataops verify --sel": "dataops verify --select ",
        "dataops query --format j": "dataops query --format json ",
        "dataops completion z": "dataops completion zsh ",
    }
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(str(BASH), ["bash", "--norc", "--noprofile", "-i"], {"TERM": "dumb", "PS1": "> ", "PATH": ""})
    try:
        said_by(terminal, "> ")
        os.write(terminal, f"source {script}; echo rea''dy\n".encode())
        said_by(terminal, "ready\r\n> ")
        for begun, whole in typed.items():
            os.write(terminal, f"{begun}{TAB}".encode())
            assert said_by(terminal, whole).replace(BELL, "").endswith(whole)
            os.write(terminal, b"\x15")  # Ctrl-U: an empty line again
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def said_by(terminal: int, words: str) -> str:
    """What is shown until these words are; fails if they do not come."""
    shown, until = "", time.monotonic() + 20
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
        assert ready, f"{words!r} was not shown, but {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


def test_zsh_has_all_commands_too(dataops: Dataops, tmp_path: Path) -> None:
    script = tmp_path / "_dataops"
    script.write_text(dataops("completion", "zsh").out)
    assert script.read_text().startswith("#compdef dataops\n")
    assert all(f"\n    {name}:" in script.read_text() for name in NAMES)
    if ZSH:
        subprocess.run([ZSH, "-n", script], check=True)


def test_another_shell_is_refused(dataops: Dataops, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        dataops("completion", "cmd")
    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err
