"""The example of docs/personal-data.md, run as it is written there: nobody finds the person in any file afterwards."""

import importlib.util
import io
import re
from pathlib import Path

import pytest

from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.erasure.scene import files_with

PAGE = Path(__file__).resolve().parents[2] / "docs" / "personal-data.md"
ANNA, OTTO = "anna@example.org", "otto@example.org"
HEADER = "day,signup_id,email,name,city,seats\n"


@pytest.fixture
def _example(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = re.search(r"<!-- example:.*?-->\n```python\n# \S+\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block
    (home / "source").mkdir()
    file = home / "signups.py"
    file.write_text(block[1])
    spec = importlib.util.spec_from_file_location("signups_of_the_page", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setenv("SIGNUP_EXPORTS", str(home / "source"))
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", "0123456789abcdef" * 4)
    use(monkeypatch, Datasets((module.signups,), (module.participants,), ()))
    day = "2026-01-05"
    lines = (f"{day},1,{ANNA},Anna,Ulm,2", f"{day},2,{OTTO},Otto,Köln,1", f"{day},3,{ANNA},Anna,Ulm,none")
    (home / "source" / f"signups-{day}.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))


@pytest.mark.usefixtures("_example")
def test_the_page(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ("run", "--select", "+production/participants", "--partitions", "2026-01-05")
    built = dataops(*run)
    assert built.code == 0, built.err
    query = ("query", "select email, name, city, seats from production.participants", "--format", "csv")
    shown = dataops(*query).out
    assert "•••,Ulm,2" in shown
    assert ANNA not in shown

    looked = dataops("erase", "--subject", f"email={ANNA}")
    assert looked.code == 0, looked.err
    assert "nothing was changed" in looked.out
    found = [line.split() for line in looked.out.splitlines() if "2026-01-05" in line]
    assert [(asset, what, rows) for asset, what, _, rows in found] == [
        ("raw/signups", "raw", "2"),
        ("staged/signups", "staged", "1"),
        ("staged/signups", "quarantine", "1"),
        ("transformed/participants", "transformed", "1"),
        ("production/participants", "production", "1"),
        ("transformed/participants", "version", "1"),
        ("production/participants", "version", "1"),
    ]
    assert dataops(*query).out == shown

    for arguments, words in (
        (("--subject", f"mail={ANNA}"), "no contract tags a column as the subject key 'mail'"),
        (("--subject", f"email={ANNA}", "--apply"), "--reason: say why"),
        (("--subject", f"email={ANNA}", "--apply", "--reason", f"for {ANNA}"), "without personal data"),
        (("--subject", "email"), "KEY=VALUE"),
    ):
        refused = dataops("erase", *arguments)
        assert (refused.code, words in refused.err) == (2, True), refused.err
        assert ANNA not in refused.err

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ANNA}\n"))
    done = dataops("erase", "--subject", "email=-", "--apply", "--reason", "request 4711", "--by", "otto")
    assert done.code == 0, done.err
    assert ANNA not in done.out + done.err
    assert [name for name in files_with(home, ANNA, "Anna") if not name.startswith("source/")] == [], "Dagster's too"
    verified = dataops("verify")
    assert verified.code == 0, verified.err
    assert "1 erasures" in verified.out

    assert dataops(*run).code == 0, "the source still has her"
    assert [name for name in files_with(home, ANNA, "Anna") if not name.startswith("source/")] == []
    assert len(dataops(*query).out.splitlines()) == 2
    assert "nothing of the subject is there" in dataops("erase", "--subject", f"email={ANNA}").out
    assert dataops("verify").code == 0
