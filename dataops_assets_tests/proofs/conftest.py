from collections.abc import Iterator

import pytest

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


@pytest.fixture(scope="module")
def led_to_cloud(cloud_servers: Cloud) -> Iterator[Cloud]:
    """Both stand-ins, with the environment of this process leading there for the length of a module."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud_servers.environment.items():
            patch.setenv(name, value)
        yield cloud_servers
