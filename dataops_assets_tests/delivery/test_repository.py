"""What must not be in the repository: paths of somebody's machine, addresses of package registries, large files."""

import re

import pytest

from dataops_assets_tests.delivery.project import ROOT, repository_files, text

MACHINE = re.compile(r"(?<![\w}.])/(?:home|Users|root)/\w|\b[A-Z]:\\Users\\")
REGISTRY = re.compile(
    r"https?://[^\s/]*\b(?:pypi|pythonhosted|npmjs|registry|artifactory|nexus|pkg)\b"
    r"|(?<!no-emit-)\b(?:extra-index-url|index-url|find-links|trusted-host)[\s=]+\S*[:/]"
)
LARGEST = 1_000_000  # bytes


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern occurs in the repository, as file:line: text."""
    found = []
    for path in repository_files():
        for number, line in enumerate(path.read_bytes().decode("utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return found


def test_no_path_of_a_machine() -> None:
    assert lines_with(MACHINE) == []


def test_not_the_path_of_this_copy() -> None:
    if len(ROOT.parts) < 3:
        pytest.skip(f"{ROOT} is too common a name to look for")
    assert lines_with(re.compile(re.escape(str(ROOT)) + r"\b")) == []


def test_no_address_of_a_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_large_file() -> None:
    assert [str(path.relative_to(ROOT)) for path in repository_files() if path.stat().st_size > LARGEST] == []


def test_license_is_the_whole_apache_license() -> None:
    content = text("LICENSE")
    for part in ("Apache License", "Version 2.0, January 2004", "9. Accepting Warranty", "END OF TERMS AND CONDITIONS"):
        assert part in content
