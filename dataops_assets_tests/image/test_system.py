"""The system test of the image, as a pipeline runs it; and what it published is what the demo's data say."""

import os
import shutil
from pathlib import Path

import pytest

from dataops_assets_tests.image.containers import Engine
from dataops_assets_tests.oracle import Published, check_carrier_daily, check_delay_features, check_flight_performance

pytestmark = pytest.mark.slow
LARGEST = 1000  # megabytes: an image that grows beyond is to be a decision


def test_a_killed_week_in_the_image_is_what_the_data_say(
    containers: Engine, image: str, state: Path, tmp_path: Path
) -> None:
    said = containers.run("make", "system-test", IMAGE=image, KEEP="state").stdout
    assert said.splitlines()[-1].endswith("published lines, the same after a kill"), said
    assert {path.stat().st_uid for path in [state, *state.rglob("*")]} == {10001}
    shutil.copytree(state, tmp_path / "state")  # a reader takes locks, and makes files beside
    published = Published.of_days(tmp_path / "state", "2013-01-01", "2013-01-07")
    check_flight_performance(published)
    check_carrier_daily(published)
    check_delay_features(published)


def test_nothing_of_the_build_is_left_in_the_image(containers: Engine, image: str) -> None:
    size = int(containers.podman("image", "inspect", "--format", "{{.Size}}", image)) / 1e6
    assert size < LARGEST, f"{size:.0f} MB"
    probe = "cat /etc/pip.conf 2>/dev/null; find / -xdev -name '*.whl' -o -xdev -path '*/.cache/*' | head; env"
    found = containers.podman("run", "--rm", "--no-healthcheck", "--entrypoint", "sh", image, "-c", probe)
    leaked = [value for name, value in os.environ.items() if name.startswith("PIP_") and len(value) > 4]
    assert not [value for value in leaked if value in found]
    assert "index-url" not in found


def test_the_processes_of_the_image_say_that_they_are_well(containers: Engine, image: str) -> None:
    """The image's own command and its health check, which only an engine runs."""
    flags = ("--detach", "--name", "code", "--init", "--read-only", "--cap-drop", "all", "--tmpfs", "/tmp")
    containers.podman("run", *flags, "--tmpfs", "/var/lib/dataops:mode=1777", image)
    try:
        asked = (containers.run("podman", "healthcheck", "run", "code", check=False) for _ in range(60))
        assert any(each.returncode == 0 for each in asked), containers.podman("logs", "code")
    finally:
        containers.run("podman", "rm", "--force", "--time", "0", "code")
