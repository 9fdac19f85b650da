# Everything a developer does; `make help` lists it. Needs Python >= 3.11 and nothing else: the targets set up .venv.

ifndef PYTHON
# Looked for once, and only by what needs it.
PYTHON = $(eval PYTHON := $$(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$$$p >/dev/null 2>&1 && $$$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$$$p && break; done))$(PYTHON)
endif
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SET_UP_STANDINS := $(BIN)/python -m dataops_assets_tests.standins.set_up
CHECKERS := .checkers
CHECKERS_STAMP := $(CHECKERS)/.installed
DVC := .dvc-tools
DVC_STAMP := $(DVC)/.installed
IMAGE ?= dataops-assets
PORT ?= 3000
PYTEST_FLAGS ?=
PERF_FLAGS ?=
# Three tests at a time on two cores: each waits for its servers a third of the time.
JOBS ?= 3

# Tests start hundreds of processes, each of which would compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup standins demo demo-gcp test test-slow test-cloud test-gcp coverage ui bench lint format lock \
	checkers dvc check-delivery ci \
	manifests image system-test perf-test sbom audit push scan deploy release-note smoke-test rollback announce clean reset

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make .venv with the pinned dependencies

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(strip $(PYTHON))" || { echo "No Python >= 3.11 found. Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is not Python >= 3.11." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,gcp,dev]'
	@$(BIN)/python -m compileall -q dataops_assets
	@touch $@

demo: $(STAMP) ## the demo's first week, from three kinds of source to production
	$(BIN)/dataops demo

standins: $(STAMP) ## the local stand-ins for Cloud Storage and BigQuery, in .standins; needs Python >= 3.13 beside
	@$(SET_UP_STANDINS)

demo-gcp: standins ## the demo's first week through Google's own clients, against the stand-ins
	$(BIN)/python -m dataops_assets_tests.standins -- $(BIN)/python -m dataops_assets_tests.standins.demo

test: $(STAMP) ## the test suite, without the slow proofs
	$(BIN)/python -m pytest -m "not slow and not cloud" -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

# The tests that need a stand-in, a checker or DVC say why, if it could not be set up; the others run all the same.
test-slow: $(STAMP) ## the proofs that take minutes
	-@$(SET_UP_STANDINS)
	-@$(MAKE) --no-print-directory checkers
	-@$(MAKE) --no-print-directory dvc
	$(BIN)/python -m pytest -m "slow and not cloud" -n $(JOBS) --dist loadgroup --no-loadscope-reorder $(PYTEST_FLAGS)

test-cloud: standins ## the tests of both backends on the stand-ins: an hour to an hour and a half
	$(BIN)/python -m pytest -m cloud -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

test-gcp: $(STAMP) ## warehouse and lake on a real project: DATAOPS_TEST_PROJECT and credentials; takes hours, costs a little
	@test -n "$$DATAOPS_TEST_PROJECT" || { echo "Set DATAOPS_TEST_PROJECT to a project in which buckets and datasets may be made and deleted." >&2; exit 2; }
	$(BIN)/python -m pytest -m gcp $(PYTEST_FLAGS)

coverage: $(STAMP) ## the test suite with coverage shown
	$(BIN)/python -m pytest -m "not slow and not cloud" -n $(JOBS) --dist worksteal --cov --cov-report=term-missing:skip-covered $(PYTEST_FLAGS)

ui: $(STAMP) ## Dagster's UI with the demo's runs, on http://127.0.0.1:$(PORT)
	$(BIN)/dataops ui --port $(PORT)

bench: $(STAMP) ## how long it takes, against a plain script and against Dagster's own IO manager
	$(BIN)/python -m bench

lint: $(STAMP) ## ruff and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

format: $(STAMP) ## let ruff format and sort
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(STAMP) ## resolve the dependencies again into constraints.txt, without any address
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header \
		--no-emit-index-url --all-extras pyproject.toml -o constraints.txt

# An environment of their own: what these programs need has nothing to do with what the project needs.
checkers: $(CHECKERS_STAMP) ## what checks Dockerfile, manifests and workflows, in .checkers

$(CHECKERS_STAMP): deploy/checkers.txt | $(STAMP)
	@$(BIN)/python -m venv $(CHECKERS)
	$(CHECKERS)/bin/python -m pip install --quiet --disable-pip-version-check -r deploy/checkers.txt
	@touch $@

# As above: it has a hundred packages of its own.
dvc: $(DVC_STAMP) ## DVC, for the proof that it fetches published versions, in .dvc-tools

$(DVC_STAMP): deploy/dvc.txt | $(STAMP)
	@$(BIN)/python -m venv $(DVC)
	$(DVC)/bin/python -m pip install --quiet --disable-pip-version-check -r deploy/dvc.txt
	@touch $@

ci: ## all that a change must pass: lint, types, tests, the proofs that take minutes
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-slow

check-delivery: $(STAMP) $(CHECKERS_STAMP) ## hadolint, kubernetes-validate, actionlint and zizmor over what is delivered
	$(BIN)/python -m pytest dataops_assets_tests/delivery -m "not cloud" -k "not killed" -q $(PYTEST_FLAGS)

manifests: $(CHECKERS_STAMP) ## print what ENVIRONMENT (staging, production, cronjob) would be given
	@$(CHECKERS)/bin/kubectl kustomize deploy/kubernetes/$(or $(ENVIRONMENT),staging)

image: ## the image $(IMAGE), with docker, podman or buildah: EXTRAS=gcp,kubernetes PYTHON_DIGEST=sha256:…
	@sh deploy/image.sh "$(IMAGE)"

sbom: $(CHECKERS_STAMP) ## what is in $(IMAGE), as CycloneDX in sbom.json
	@sh deploy/packages.sh "$(IMAGE)" > .checkers/packages.txt
	$(CHECKERS)/bin/cyclonedx-py requirements --output-reproducible --output-format JSON --output-file sbom.json .checkers/packages.txt

audit: $(CHECKERS_STAMP) ## known vulnerabilities of sbom.json's packages; fails on what could not be looked up, too
	$(BIN)/python deploy/audit.py sbom.json

push: ## push $(IMAGE) to its registry, and say its digest
	@sh deploy/push.sh "$(IMAGE)"

scan: ## have Google look through IMAGE=NAME@sha256:… in Artifact Registry
	@sh deploy/scan.sh "$(IMAGE)"

announce: ## tell TOPIC that IMAGE=NAME@sha256:… is verified
	@sh deploy/announce.sh "$(IMAGE)"

system-test: ## the demo week in $(IMAGE): as uid 10001, read-only, without capabilities; killed and run again
	@sh deploy/system-test.sh "$(IMAGE)"

perf-test: $(STAMP) ## the demo's January ten times over through $(IMAGE), against its budget and the last release's figures
	@$(BIN)/python -m bench.load "$(IMAGE)" $(PERF_FLAGS)

deploy: ## put IMAGE=NAME@sha256:… into ENVIRONMENT, with the current kubectl context; undone if it does not come up
	@sh deploy/kubernetes/deploy.sh "$(ENVIRONMENT)" "$(IMAGE)"

release-note: ## what IMAGE=NAME@sha256:… would bring to ENVIRONMENT, and what checks have found there since the last
	@sh deploy/kubernetes/release-note.sh "$(ENVIRONMENT)" "$(IMAGE)"

smoke-test: ## the deployment of ENVIRONMENT answers, runs what it should, and `dataops plan` works there
	@sh deploy/kubernetes/smoke-test.sh "$(ENVIRONMENT)" "$(IMAGE)"

rollback: ## what ENVIRONMENT ran before the last deployment
	@sh deploy/kubernetes/rollback.sh "$(ENVIRONMENT)"

clean: ## remove .venv, .standins, .checkers, .dvc-tools and caches; the lake and the warehouse stay
	rm -rf $(VENV) .standins $(CHECKERS) $(DVC) sbom.json .pytest_cache .ruff_cache .hypothesis .coverage build *.egg-info

reset: ## remove the local lake, warehouse and runs (.dataops)
	rm -rf .dataops
