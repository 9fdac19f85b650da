"""What was an incident once is found again: rows that `dataops capture` has kept."""

from pathlib import Path

import pytest
from dataops_assets import testing


@pytest.mark.parametrize("case", testing.captured(Path(__file__).parent / "captured"), ids=str)
def test_what_was_found_once_is_found_again(case: testing.Captured, tmp_path: Path) -> None:
    with testing.project("your_datasets.datasets", home=tmp_path) as project:
        project.finds_again(case)
