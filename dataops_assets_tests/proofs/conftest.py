from collections.abc import Iterator

import pytest

from dataops_assets_tests.proofs.cloud_scene import Loaded
from dataops_assets_tests.proofs.killing import Child, Children
from dataops_assets_tests.standins.cloud import Cloud


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    """Programs that run and kill processes for the tests."""
    made = Children()
    yield made
    made.close()


@pytest.fixture(scope="session")
def cloud_child() -> Iterator[Child]:
    """The same for runs on the stand-ins."""
    made = Child("cloud_child")
    yield made
    made.close()


@pytest.fixture(scope="session")
def loaded(cloud_servers: Cloud, cloud_child: Child, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The state that runs on the stand-ins begin with."""
    return Loaded(cloud_servers, cloud_child, tmp_path_factory.mktemp("loaded"))
