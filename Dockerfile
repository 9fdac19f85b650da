# One image for everything: the code location (default), the webserver, the daemon, the runs, and `dataops`.
#
#   make image                                                     with docker, podman or buildah, whichever is there
#   docker run dataops-assets                                      the code location, gRPC on 4000
#   docker run -p 127.0.0.1:3000:3000 dataops-assets dagster-webserver -h 0.0.0.0 -p 3000 -w workspace.yaml
#   docker run dataops-assets dagster-daemon run -w workspace.yaml
#   docker run --init dataops-assets dataops run --partitions 2013-01-01..2013-01-07
#
# It runs as uid 10001, without capabilities, and with a read-only root file system: what it writes goes to the volume
# /var/lib/dataops and to /tmp (`--read-only --cap-drop all --tmpfs /tmp`).
#
# EXTRAS=demo brings the data of the demo; leave it out where DATAOPS_FLIGHTS_URL and its like name the sources. EXTRAS=gcp
# brings what deploy/gcp/dagster.yaml needs, EXTRAS=gcp,kubernetes what deploy/kubernetes/dagster.yaml needs.

ARG PYTHON_VERSION=3.11.14-slim-bookworm
# sha256:…, of the very base that was tested; without one it is what the tag points to on the day of the build.
ARG PYTHON_DIGEST=""

FROM python:${PYTHON_VERSION}${PYTHON_DIGEST:+@}${PYTHON_DIGEST} AS builder
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
# The dependencies change seldom: a layer of their own, made before the code is copied.
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY dataops_assets/__init__.py dataops_assets/__init__.py
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-compile -c constraints.txt ".${EXTRAS:+[${EXTRAS}]}" \
    && /opt/venv/bin/pip uninstall --yes dataops_assets
COPY dataops_assets dataops_assets
# Google's client comes with descriptions of all of Google's interfaces, of which none is called, and two libraries with their tests.
# Bytecode halves the start of every process. Without the check of modification times it also stays valid when a copy of
# the files changes those. The installer goes last: what runs has no use for it, and nobody else should.
RUN /opt/venv/bin/pip install --no-compile --no-deps . \
    && /opt/venv/bin/pip uninstall --yes pip \
    && find /opt/venv/lib -type d \( -path '*/googleapiclient/discovery_cache/documents' -o -path '*/pyarrow/include' \
        -o -path '*/pandas/tests' -o -path '*/pyarrow/tests' \) -prune -exec rm -rf {} + \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM python:${PYTHON_VERSION}${PYTHON_DIGEST:+@}${PYTHON_DIGEST}
ARG GIT_COMMIT_HASH=unknown
# Dagster takes the time of Postgres for UTC: with another, what waits would count as waiting for hours, and be ended. And it
# gives a backfill up that it looks at while the code location is being started again, unless it is told to wait.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATAOPS_HOME=/var/lib/dataops \
    DAGSTER_HOME=/var/lib/dataops/dagster \
    PGTZ=UTC \
    DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR=1 \
    GIT_COMMIT_HASH=${GIT_COMMIT_HASH}
LABEL org.opencontainers.image.title=dataops-assets \
      org.opencontainers.image.revision=${GIT_COMMIT_HASH} \
      org.opencontainers.image.licenses=Apache-2.0
# The base comes with an installer and without bytecode: the first is not needed, the second is, for a root file system that
# is read-only gets none later.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/* \
    && python3 -m compileall -q -j 0 -x '/(test|tests|idlelib|lib2to3)/' \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && groupadd --gid 10001 dataops \
    && useradd --uid 10001 --gid dataops --no-create-home --home-dir /var/lib/dataops dataops \
    && install -d -o dataops -g dataops /var/lib/dataops /var/lib/dataops/dagster
COPY --from=builder /opt/venv /opt/venv
WORKDIR /app
COPY workspace.yaml dagster.yaml deploy/entrypoint.sh ./
# The settings of the instance in a cluster are in the image too: to go back to an image is to go back to its settings.
COPY deploy/kubernetes/dagster.yaml kubernetes/dagster.yaml
# A number, so that Kubernetes' runAsNonRoot can tell.
USER 10001:10001
VOLUME /var/lib/dataops
EXPOSE 3000 4000
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s \
    CMD ["dagster", "api", "grpc-health-check", "-p", "4000"]
ENTRYPOINT ["sh", "/app/entrypoint.sh"]
CMD ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", "dataops_assets.definitions"]
