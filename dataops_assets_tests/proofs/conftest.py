from collections.abc import Iterator

import pytest

from dataops_assets_tests.proofs.killing import Children


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    """Programs that run and kill processes for the tests."""
    made = Children()
    yield made
    made.close()
