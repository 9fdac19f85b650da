# One image for everything: the code location (default), the webserver, the daemon, and `dataops`.
#
#   docker build --build-arg GIT_COMMIT="$(git rev-parse HEAD)" --build-arg EXTRAS=demo -t dataops-assets .
#   docker run dataops-assets                                      the code location, gRPC on 4000
#   docker run -p 127.0.0.1:3000:3000 dataops-assets dagster-webserver -h 0.0.0.0 -p 3000 -w workspace.yaml
#   docker run dataops-assets dagster-daemon run -w workspace.yaml
#   docker run --init dataops-assets dataops run --partitions 2013-01-01..2013-01-07
#
# EXTRAS=demo brings the data of the demo; leave it out where DATAOPS_FLIGHTS_URL and its like name the sources. EXTRAS=gcp
# brings what deploy/gcp/dagster.yaml needs; both are EXTRAS=demo,gcp.

ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS builder
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
# Bytecode halves the start of every process. Without the check of modification times it also stays valid when a copy of
# the files changes those.
RUN /opt/venv/bin/pip install --no-compile --no-deps . \
    && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM python:${PYTHON_VERSION}-slim
ARG GIT_COMMIT=unknown
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATAOPS_HOME=/var/lib/dataops \
    DAGSTER_HOME=/var/lib/dataops/dagster \
    GIT_COMMIT=${GIT_COMMIT}
LABEL org.opencontainers.image.revision=${GIT_COMMIT} org.opencontainers.image.licenses=Apache-2.0
RUN groupadd --gid 10001 dataops \
    && useradd --uid 10001 --gid dataops --no-create-home --home-dir /var/lib/dataops dataops \
    && install -d -o dataops -g dataops /var/lib/dataops /var/lib/dataops/dagster
COPY --from=builder /opt/venv /opt/venv
WORKDIR /app
COPY workspace.yaml dagster.yaml deploy/entrypoint.sh ./
# A number, so that Kubernetes' runAsNonRoot can tell.
USER 10001:10001
VOLUME /var/lib/dataops
EXPOSE 3000 4000
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s \
    CMD ["dagster", "api", "grpc-health-check", "-p", "4000"]
ENTRYPOINT ["sh", "/app/entrypoint.sh"]
CMD ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", "dataops_assets.definitions"]
