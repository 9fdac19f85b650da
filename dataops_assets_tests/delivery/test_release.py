"""What is done with a built image: pushed, scanned, announced; with a record of what registry and Google were asked."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from dataops_assets_tests.delivery.project import ROOT

DIGEST = "sha256:" + "a1" * 32
NAME = "europe-docker.pkg.dev/air/dataops/dataops-assets"


def run(folder: Path, script: str, argument: str, program: str, answers: str, **variables: str) -> tuple[int, str, str]:
    """Exit code and output of a script of deploy/, with a program that answers by a shell `case` of its arguments."""
    stand_in = folder / program
    stand_in.write_text(f'#!/bin/sh\necho "$*" >> {folder}/asked\ncase "$*" in {answers} esac\n')
    stand_in.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "GCLOUD": str(stand_in), **variables}
    command = ["sh", str(ROOT / "deploy" / script), argument]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def asked(folder: Path) -> str:
    file = folder / "asked"
    return file.read_text() if file.exists() else ""


def test_push_says_the_digest_of_the_registry_it_was_pushed_to(tmp_path: Path) -> None:
    answers = f"*inspect*) printf '%s\\n' elsewhere/dataops-assets@sha256:0 {NAME}@{DIGEST};;"
    code, said, wrong = run(tmp_path, "push.sh", f"{NAME}:abc", "docker", answers, ENGINE="docker")
    assert (code, said) == (0, f"{NAME}@{DIGEST}\n"), wrong
    assert f"push --quiet {NAME}:abc" in asked(tmp_path)


def test_push_without_a_digest_or_a_registry_fails(tmp_path: Path) -> None:
    assert run(tmp_path, "push.sh", f"{NAME}:abc", "docker", "x) ;;", ENGINE="docker")[0] != 0
    code, _, wrong = run(tmp_path, "push.sh", "dataops-assets", "docker", "x) ;;", ENGINE="docker")
    assert code == 2
    assert "REGISTRY/dataops-assets:TAG" in wrong


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        ("LOW CVE-1 zlib 1.3", 0, "nothing high or critical, of 1 found"),
        ("", 0, "nothing high or critical, of 0 found"),
        ("HIGH CVE-2 openssl 3.0", 1, "HIGH CVE-2 openssl 3.0"),
        ("CRITICAL CVE-3 glibc 2.36", 1, "CRITICAL CVE-3"),
    ],
)
def test_scan_fails_for_what_is_serious(tmp_path: Path, found: str, code: int, said: str) -> None:
    answers = f"*images\\ scan*) echo scans/1;; *list-vulnerabilities\\ scans/1*) echo '{found}';;"
    done, out, wrong = run(tmp_path, "scan.sh", f"{NAME}@{DIGEST}", "gcloud", answers)
    assert done == code
    assert said in out + wrong


def test_scan_fails_where_nothing_was_looked_up(tmp_path: Path) -> None:
    assert run(tmp_path, "scan.sh", f"{NAME}@{DIGEST}", "gcloud", "x) ;;")[0] == 1
    assert run(tmp_path, "scan.sh", f"{NAME}@{DIGEST}", "gcloud", "*list*) exit 1;; *) echo scans/1;;")[0] != 0


def test_announcement_has_what_production_needs(tmp_path: Path) -> None:
    variables = {"TOPIC": "projects/air/topics/releases", "GIT_COMMIT_HASH": "abc"}
    code, _, wrong = run(tmp_path, "announce.sh", f"{NAME}@{DIGEST}", "gcloud", "x) ;;", **variables)
    assert code == 0, wrong
    message = json.loads(asked(tmp_path).partition("--message ")[2])
    assert message == {
        "event": "release.verified",
        "environment": "staging",
        "image": f"{NAME}@{DIGEST}",
        "commit": "abc",
    }


@pytest.mark.parametrize(
    ("image", "topic", "said"),
    [(f"{NAME}:latest", "projects/air/topics/releases", "IMAGE"), (f"{NAME}@{DIGEST}", "releases", "TOPIC")],
)
def test_announcement_of_a_tag_or_to_nowhere_is_refused(tmp_path: Path, image: str, topic: str, said: str) -> None:
    code, _, wrong = run(tmp_path, "announce.sh", image, "gcloud", "x) ;;", TOPIC=topic, GIT_COMMIT_HASH="abc")
    assert (code, wrong.startswith(said)) == (2, True)
    assert asked(tmp_path) == ""
