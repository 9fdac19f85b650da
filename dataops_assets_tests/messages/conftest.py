"""A stand-in for Pub/Sub, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets_tests.messages.scene import Scene, pubsub
from dataops_assets_tests.standins.pubsub import PubSubServer


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    with pubsub() as opened:
        yield opened


@pytest.fixture
def at(tmp_path: Path, server: PubSubServer) -> Scene:
    return Scene.of(tmp_path, server)
