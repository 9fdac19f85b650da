"""The engine and the image, once for all tests of this folder: one worker runs them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets_tests.image.containers import Engine, engine


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(tmp_path_factory.mktemp("containers")) as own:
        yield own


@pytest.fixture(scope="session")
def image(containers: Engine) -> str:
    """The image of this checkout."""
    containers.make_base()
    name = "localhost/dataops-assets:tested"
    containers.build(name, "demo,gcp,kubernetes")
    return name


@pytest.fixture
def state(containers: Engine) -> Iterator[Path]:
    """A volume of the test's own, `state`; where it lies on this machine."""
    containers.podman("volume", "create", "state")
    yield Path(containers.podman("volume", "inspect", "--format", "{{.Mountpoint}}", "state"))
    containers.podman("volume", "rm", "--force", "state")
