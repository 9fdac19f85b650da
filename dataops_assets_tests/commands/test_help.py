"""What `dataops` says of itself."""

import re

import pytest

from dataops_assets import __version__
from dataops_assets.cli import main
from dataops_assets.commands import NAMES


def test_alone_it_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    result = capsys.readouterr().out
    assert result.startswith("usage: dataops")
    assert all(re.search(rf"^    {name}\b", result, re.MULTILINE) for name in NAMES)


def test_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"dataops {__version__}\n")


@pytest.mark.parametrize("command", NAMES)
def test_each_help_has_an_example_and_fits_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    result = capsys.readouterr().out
    assert f"\n  dataops {command}" in result
    assert [line for line in result.splitlines() if len(line) > 80] == []


def test_a_misspelt_command_is_answered_by_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["stauts", "--select", "raw/*"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("dataops: error: there is no command 'stauts'; did you mean status?\n")


def test_ctrl_c_prints_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("dataops_assets.commands.execute", interrupted)
    assert main(["query", "select 1"]) == 130
    assert capsys.readouterr().err == "interrupted; run the same command again to go on\n"
