"""Looks up the packages of a bill of materials among known vulnerabilities, by pip-audit.

    python deploy/audit.py sbom.json

pip-audit ends well where it could look nothing up. This does not: it fails for each package without an answer, too.
Vulnerabilities that are accepted stand in deploy/accepted-vulnerabilities.txt, one a line: an id, and the reason.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
AUDITOR = HERE.parent / ".checkers" / "bin" / "pip-audit"


def packages(bill: dict[str, Any]) -> list[str]:
    """The Python packages of a CycloneDX bill of materials, as requirements; the project's own is on no index."""
    found = [each for each in bill.get("components", []) if each.get("purl", "").startswith("pkg:pypi/")]
    return sorted(f"{each['name']}=={each['version']}" for each in found if each["name"] != "dataops_assets")


def accepted(text: str) -> dict[str, str]:
    """Id → reason. Raises SystemExit for a line without a reason."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        if len(line) != 2:
            sys.exit(f"accepted-vulnerabilities.txt: {line[0]} has no reason")
    return {each[0]: each[1] for each in lines}


def problems(asked: list[str], answer: dict[str, Any], excused: dict[str, str]) -> list[str]:
    """What stops a release: vulnerabilities that are not excused, and packages that nothing is known of."""
    answers = {f"{each['name']}=={each.get('version')}".lower(): each for each in answer["dependencies"]}
    wrong = [f"{each['name']}: {each['skip_reason']}" for each in answer["dependencies"] if "skip_reason" in each]
    for requirement in asked:
        name = requirement.partition("==")[0].lower()
        if not any(known.partition("==")[0] == name for known in answers):
            wrong.append(f"{requirement}: not in the answer")
    for each in answer["dependencies"]:
        for found in each.get("vulns", []):
            if not excused.keys() & {found["id"], *found.get("aliases", [])}:
                fixed = ", ".join(found.get("fix_versions", [])) or "no version yet"
                wrong.append(f"{each['name']} {each['version']}: {found['id']}, fixed in {fixed}")
    return wrong


def main() -> None:
    """Exits with 1 and says why, if something stops a release."""
    asked = packages(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    if not asked:
        sys.exit(f"{sys.argv[1]} names no Python package")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(asked))
        file.flush()
        command = [AUDITOR, "--requirement", file.name, "--no-deps", "--disable-pip", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"pip-audit did not answer: {done.stderr.strip()[-2000:]}")
    excuses = HERE / "accepted-vulnerabilities.txt"
    wrong = problems(asked, answer, accepted(excuses.read_text(encoding="utf-8")) if excuses.exists() else {})
    sys.exit("\n".join(wrong) if wrong else None)


if __name__ == "__main__":
    main()
