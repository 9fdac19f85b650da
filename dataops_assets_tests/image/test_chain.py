"""From a commit to production on one machine, step by step; then releases that are broken, and stop where they should.

The steps are those of .github/workflows/delivery.yml, by the same scripts. There are stand-ins for BigQuery, Cloud
Storage and Pub/Sub; podman is the clusters, the engine's own images are Artifact Registry, this test is the reviewer.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataops_assets.demo.data import flights
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.image.containers import Engine
from dataops_assets_tests.image.environments import Environments
from dataops_assets_tests.oracle import Published, check_carrier_daily
from dataops_assets_tests.sources.postgres import server
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.standins.pubsub import PubSubServer

pytestmark = pytest.mark.slow
DAY = "2013-01-01"
TABLE = "carrier_daily"
BROKEN = "raise RuntimeError('a release that does not load')"


@pytest.fixture
def environments(
    containers: Engine, cloud: Cloud, tmp_path: Path, record_property: Callable[[str, object], None]
) -> Iterator[Environments]:
    with server() as postgres, PubSubServer() as pubsub:
        made = Environments(containers, cloud, postgres, pubsub, tmp_path, record_property)
        yield made
        containers.run("podman", "pod", "rm", "--all", "--force", "--time", "0", check=False)
        for title, said in made.said.items():
            print(f"== {title}\n{said[-1500:]}\n")


def digest(containers: Engine, image: str) -> str:
    """The image by its digest, as pushing it would tell it."""
    name = image.partition(":")[0]
    return f"{name}@{containers.podman('image', 'inspect', '--format', '{{.Digest}}', image)}"


def release(containers: Engine, image: str, tag: str, folder: Path, script: str) -> str:
    """Another release: the image, changed by a script of the shell; by its digest."""
    (folder / tag).mkdir()
    # What is kept as bytecode is not looked for in the sources again.
    clean = "find /opt/venv/lib/python3*/site-packages/dataops_assets -name '*.pyc' -delete"
    instructions = f"FROM {image}\nUSER root\nWORKDIR /opt/venv/lib/python3.11/site-packages\nRUN {clean} && {script}\n"
    (folder / tag / "Dockerfile").write_text(f"{instructions}WORKDIR /app\nUSER 10001:10001\n")
    name = f"{image.partition(':')[0]}:{tag}"
    containers.run("podman", "build", "--format", "docker", "--tag", name, str(folder / tag))
    return digest(containers, name)


def test_from_a_commit_to_production_and_what_is_broken_stops(
    containers: Engine, image: str, environments: Environments, state: Path, tmp_path: Path
) -> None:
    from google.cloud import pubsub_v1

    at, project = environments, environments.cloud.project
    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    topic, releases = f"projects/{project}/topics/releases", f"projects/{project}/subscriptions/production"
    for each in ("releases", "staging", "production"):
        publisher.create_topic(name=f"projects/{project}/topics/{each}")
    subscriber.create_subscription(name=releases, topic=topic)

    # A commit is linted (its tests are running around this one), built, and known by its digest from here on.
    at.step("lint", ".venv/bin/ruff", "check", ".")
    built = digest(containers, image)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    at.step("packages of the image", "sh", "deploy/packages.sh", image)
    assert "dagster==" in at.said["packages of the image"]

    # Staging.
    at.script("staging: deploy", "deploy.sh", "staging", built)
    tested = at.script("staging: smoke test", "smoke-test.sh", "staging", built).stdout
    assert f"staging: all processes run {built}, built of commit {commit.stdout.strip()}" in tested
    at.inside("staging", "dataops", "run", "--select", "+staged/airlines")
    at.inside("staging", "dataops", "messages", "--deployed", built)
    config = json.dumps({"ops": {"verify_all": {"config": {"image": built}}}})
    execute = "dagster job execute -m dataops_assets.definitions -j verify_release -c /tmp/config.yaml"
    at.inside("staging", "sh", "-c", f'echo "$0" > /tmp/config.yaml && {execute}', config)
    at.inside("staging", "dataops", "messages", "--send")  # unless the daemon has sent it by then
    told = [json.loads(each.data) for each in at.pubsub.published[f"projects/{project}/topics/staging"]]
    events = [each["event"] for each in told if each["about"] == "release"]
    assert list(dict.fromkeys(events)) == ["deployed", "verified"]

    # The message, and nothing of production before somebody has approved it.
    emulator = at.own["staging"]["PUBSUB_EMULATOR_HOST"]
    at.step("announce", "sh", "deploy/announce.sh", built, TOPIC=topic, PUBSUB_EMULATOR_HOST=emulator)
    (received,) = subscriber.pull(subscription=releases, max_messages=10).received_messages
    assert received.message.attributes["event"] == "release.verified"
    announced = json.loads(received.message.data)
    assert announced["image"] == built
    assert at.pods("production") == ""
    subscriber.acknowledge(subscription=releases, ack_ids=[received.ack_id])

    # Production: the same digest, with settings, buckets, datasets and a database of its own.
    at.script("production: deploy", "deploy.sh", "production", announced["image"])
    at.script("production: smoke test", "smoke-test.sh", "production", announced["image"])
    at.inside("production", "dataops", "run", "--partitions", DAY, "--select", f"+production/{TABLE}")
    published = at.rows("production", TABLE)
    assert sum(row["flights"] for row in published) == len(flights().day(2013, 1, 1))
    for key, value in at.own["staging"].items():
        if key.endswith(("_BUCKET", "_DATASET", "_DB", "_TOPIC", "_ENVIRONMENT")):
            assert at.own["production"][key] != value
    stands = at.pods("production")
    assert stands.count(built) == 4

    # A release whose code location does not load: put back in staging, told to nobody.
    broken = release(containers, image, "broken", tmp_path, f'echo "{BROKEN}" >> dataops_assets/definitions.py')
    stopped = at.script("a release that does not load: deploy", "deploy.sh", "staging", broken, check=False)
    assert stopped.returncode == 1
    assert "dataops-code did not come up; what ran before is put back" in stopped.stderr
    at.script("staging again: smoke test", "smoke-test.sh", "staging", built)
    # A release whose results differ: what it publishes is not what the data say.
    wrong = release(containers, image, "wrong", tmp_path, f"sed -i 's/< 15/<= 15/' dataops_assets/datasets/{TABLE}.py")
    flags = ("--rm", "--no-healthcheck", "--init", "--read-only", "--cap-drop", "all", "--tmpfs", "/tmp")
    containers.podman("run", *flags, "--volume", "state:/var/lib/dataops", wrong, "dataops", "run", "--partitions", DAY)
    shutil.copytree(state, tmp_path / "state")
    with pytest.raises(AssertionError, match=r"carrier_daily\.on_time_rate differs"):
        check_carrier_daily(Published.of_days(tmp_path / "state", DAY, DAY))
    assert not subscriber.pull(subscription=releases, max_messages=10).received_messages
    assert at.pods("production") == stands
    assert at.rows("production", TABLE) == published

    # One that comes up and is not wanted all the same: one command, and the release before runs again.
    other = release(containers, image, "other", tmp_path, "true")
    at.script("another release: deploy", "deploy.sh", "production", other)
    assert at.pods("production").count(other) == 4
    assert f"production runs {built} again" in at.script("rollback", "rollback.sh", "production").stdout
    at.script("production again: smoke test", "smoke-test.sh", "production", built)
    assert at.rows("production", TABLE) == published
