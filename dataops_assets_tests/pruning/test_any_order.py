"""After any sequence of answers, publications, rollbacks and prunings the books balance, and what is needed stays."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.lake.versions import read_version
from dataops_assets.pruning.needed import needed_by
from dataops_assets.publish.decisions import DecisionRefused
from dataops_assets.retention import Retention
from dataops_assets_tests.place import DAY
from dataops_assets_tests.pruning.scene import Scene

AMOUNTS = st.integers(1, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), AMOUNTS),
        st.tuples(st.just("publish"), AMOUNTS),
        st.tuples(st.just("extract"), AMOUNTS),
        st.tuples(st.just("validate"), AMOUNTS),
        st.tuples(st.just("back"), st.just(0)),
        st.tuples(st.just("back to"), st.integers(0, 5)),
        st.tuples(st.just("release"), st.just(0)),
        st.tuples(st.just("prune"), st.integers(1, 2)),
    ),
    min_size=6,
    max_size=14,
)


def kept(scene: Scene, layer: str, keep: int) -> dict[str, bytes]:
    """What has to be there, of the versions that are."""
    storage, made = scene.at.project.storage, scene.at.project.catalog.derived["made"]
    assert made.calendar
    with storage.warehouse.session() as session, session.reading():
        asset = f"{'production' if layer == 'production' else 'transformed'}/made"
        known = needed_by(session, storage.warehouse.staging, asset, keep, [DAY]).get(DAY)
    store, there = getattr(storage, layer), scene.versions(layer)
    wanted = [each for each in there if known is None or not known.allows(each)]
    return {each: read_version(store, "made", made.calendar.of(DAY), each) for each in wanted}


def do(scene: Scene, word: str, number: int) -> None:
    if word == "publish":
        scene.publish(number)
    elif word == "extract":
        scene.offer(number)
        scene.at.extract("t", DAY)
    elif word == "validate":
        scene.offer(number)
        scene.at.take("t", DAY)
        scene.at.transform("made", DAY)
    elif word == "prune":
        keeps = Retention(versions=number, raw_days=1)
        before = scene.shown(), kept(scene, "production", number), kept(scene, "staging", number)
        scene.prune(keeps)
        shown, production, staging = before
        assert scene.shown() == shown
        assert production.items() <= kept(scene, "production", number).items()
        assert staging.items() <= kept(scene, "staging", number).items()
        assert scene.look(keeps).is_empty
    else:
        try:
            versions = scene.versions()
            if word == "release":
                scene.release()
            elif word == "back":
                scene.back()
            elif versions:
                scene.back(versions[number % len(versions)])
        except (DecisionRefused, KeyError):
            return


@pytest.mark.slow
@settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=STEPS)
def test_any_sequence(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]) -> None:
    home: Path = tmp_path_factory.mktemp("any")
    scene = Scene(home)
    scene.publish(1)
    for word, number in steps:
        do(scene, word, number)
        scene.at.verify()
    do(scene, "prune", 1)
    scene.at.verify()
