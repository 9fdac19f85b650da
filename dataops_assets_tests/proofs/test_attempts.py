"""Raw is immutable, and repetition changes nothing."""

from pathlib import Path

import pytest

from dataops_assets_tests.proofs.attempts import changed_by_repetition, changed_raw


def test_raw_never_changes(tmp_path: Path) -> None:
    assert changed_raw(tmp_path) == []


@pytest.mark.slow
def test_repetition_changes_nothing(tmp_path: Path) -> None:
    assert changed_by_repetition(tmp_path) == []
