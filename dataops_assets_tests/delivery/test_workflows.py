"""The pipeline: its checkers find nothing, and it takes a commit to production in order, with least rights."""

import re
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.delivery.checkers import checked
from dataops_assets_tests.delivery.project import ROOT, document, make_commands, make_targets

NAMES = sorted(path.name for path in (ROOT / ".github" / "workflows").iterdir())
WORKFLOWS = {name: document(f".github/workflows/{name}") for name in NAMES}
JOBS = {(name, key): job for name, each in WORKFLOWS.items() for key, job in each["jobs"].items()}
STEPS = [step for job in JOBS.values() for step in job.get("steps", [])]


def commands(name: str, job: str) -> list[str]:
    """The make targets of a job, in order."""
    return make_commands("\n".join(step.get("run", "") for step in WORKFLOWS[name]["jobs"][job]["steps"]))


def needs(job: dict[str, Any]) -> set[str]:
    return {job["needs"]} if isinstance(job.get("needs"), str) else set(job.get("needs", []))


@pytest.mark.slow
def test_actionlint_finds_nothing() -> None:
    done = checked("actionlint", "-no-color")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.slow
def test_zizmor_finds_nothing() -> None:
    done = checked("zizmor", "--offline", "--no-progress", "--no-ignores", ".github/workflows")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"completed .github/workflows/{name}" in done.stderr for name in NAMES)


@pytest.mark.slow
def test_the_checkers_would_find_something(tmp_path: Path) -> None:
    workflow = """
        on: pull_request_target
        jobs:
          it:
            runs-on: ubuntu-24.04
            steps:
              - uses: actions/checkout@v4
              - run: echo "${{ github.event.pull_request.title }}"
    """
    (tmp_path / "bad.yml").write_text(workflow)
    said = checked("zizmor", "--offline", "--no-progress", tmp_path / "bad.yml").stdout
    assert all(name in said for name in ("dangerous-triggers", "template-injection", "unpinned-uses"))
    assert "is potentially untrusted" in checked("actionlint", "-no-color", tmp_path / "bad.yml").stdout


def test_actions_are_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", name) for name in used), used
    assert len({name.split("@")[0] for name in used}) == len(set(used)), "an action has one version"


def test_a_job_may_read_and_where_it_has_to_be_somebody_at_google_that() -> None:
    for (name, key), job in JOBS.items():
        assert WORKFLOWS[name]["permissions"] == {}
        uses = {step.get("uses", "").split("@")[0] for step in job.get("steps", [])}
        at_google = "google-github-actions/auth" in uses or job.get("uses", "").endswith("/deploy.yml")
        assert job["permissions"] == {"contents": "read"} | ({"id-token": "write"} if at_google else {}), key
        # What may be somebody else is bound to an environment, which says who lets it.
        assert "environment" in job or not at_google or "uses" in job, key
        if "steps" in job:
            assert job["timeout-minutes"] <= 120
    for step in STEPS:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_nothing_is_kept_that_could_leak() -> None:
    for name in NAMES:
        content = (ROOT / ".github" / "workflows" / name).read_text()
        assert "secrets." not in content
        assert "credentials_json" not in content


def test_every_step_is_a_target_that_a_laptop_has() -> None:
    for (name, key), job in JOBS.items():
        if "steps" in job:
            assert set(commands(name, key)) <= make_targets(), key
            assert commands(name, key), key


def test_ci_runs_lint_tests_and_image() -> None:
    assert commands("ci.yml", "test") == ["setup", "lint", "test", "test-slow"]
    assert WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert commands("ci.yml", "integration") == ["setup", "test-cloud"]
    assert commands("ci.yml", "image") == ["image", "system-test"]


def test_a_commit_goes_to_production_in_this_order() -> None:
    jobs = WORKFLOWS["delivery.yml"]["jobs"]
    order: list[str] = []
    while len(order) < len(jobs):
        ready = [key for key, job in jobs.items() if key not in order and needs(job) <= set(order)]
        assert ready, "a circle"
        order += ready
    assert order == ["ci", "image", "staging", "performance", "announce", "production"]
    assert needs(jobs["staging"]) == {"image"}
    assert {"staging", "performance"} <= needs(jobs["announce"])
    assert commands("delivery.yml", "performance") == ["setup", "perf-test"]
    assert commands("delivery.yml", "image") == ["image", "system-test", "sbom", "audit", "push", "scan"]


def test_production_is_given_the_image_that_staging_was_given() -> None:
    jobs = WORKFLOWS["delivery.yml"]["jobs"]
    given = [jobs[key]["with"] for key in ("staging", "production")]
    assert [each["environment"] for each in given] == ["staging", "production"]
    assert {each["image"] for each in given} == {"${{ needs.image.outputs.image }}"}


def test_what_does_not_work_is_put_back() -> None:
    assert commands("deploy.yml", "deploy") == ["release-note", "deploy", "smoke-test", "rollback"]
    *_, last = WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"]
    assert last["if"] == "(failure() || cancelled()) && steps.deploy.outcome == 'success'"


def test_cloud_build_does_the_same_with_the_image_of_the_message() -> None:
    build = document("deploy/cloudbuild/production.yaml")
    checkout, deploy = build["steps"]
    assert checkout["args"][-1] == "$_COMMIT"
    assert "IMAGE=$_IMAGE" in deploy["env"]
    scripts = re.findall(r"sh deploy/kubernetes/(\S+)\.sh production", deploy["args"][-1])
    assert scripts == ["deploy", "smoke-test", "rollback"]
    assert all((ROOT / "deploy" / "kubernetes" / f"{script}.sh").exists() for script in scripts)


@pytest.mark.parametrize(("variable", "script"), [("_IMAGE", "image"), ("_COMMIT", "commit")])
def test_what_cloud_build_reads_is_in_the_message(variable: str, script: str) -> None:
    assert document("deploy/cloudbuild/production.yaml")["substitutions"][variable] == ""
    assert f'\\"{script}\\": ' in (ROOT / "deploy" / "announce.sh").read_text()
    assert f"{variable}=$(body.message.data.{script})" in (ROOT / "docs" / "deploying.md").read_text()
