"""The engine and the image, once for all tests of this folder: one worker runs them.

To work on these tests: DATAOPS_TEST_CONTAINERS names a folder in which images and their layers are kept.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets_tests.image.containers import Engine, engine


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    kept = os.environ.get("DATAOPS_TEST_CONTAINERS")
    with engine(Path(kept) if kept else tmp_path_factory.mktemp("containers"), keep=bool(kept)) as own:
        yield own


@pytest.fixture(scope="session")
def image(containers: Engine) -> str:
    """The image of this checkout."""
    containers.make_base()
    name = "localhost/dataops-assets:tested"
    containers.build(name, "demo,gcp,kubernetes")  # as the pipeline does
    return name


@pytest.fixture
def state(containers: Engine) -> Iterator[Path]:
    """A volume of the test's own, `state`; where it lies on this machine."""
    containers.podman("volume", "create", "state")
    yield Path(containers.podman("volume", "inspect", "--format", "{{.Mountpoint}}", "state"))
    containers.podman("volume", "rm", "--force", "state")
