#!/bin/sh
# Builds the image with docker, podman or buildah: the first of them that is there and works (docker's client without its
# engine does not). ENGINE names one of them; BUILD_FLAGS go to its build command.
#
#   sh deploy/image.sh NAME[:TAG]
#
# EXTRAS, PYTHON_VERSION and PYTHON_DIGEST are the Dockerfile's arguments. GIT_COMMIT_HASH is that of the checkout, with
# "-dirty" where files differ from it: what such an image writes says that no commit explains it.
set -eu
cd "$(dirname "$0")/.."
image=$1

engine=${ENGINE:-}
if [ -z "$engine" ]; then
    for candidate in docker podman buildah; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" info >/dev/null 2>&1; then
            engine=$candidate
            break
        fi
    done
fi
[ -n "$engine" ] || {
    echo "No container engine that works: docker (with its engine running), podman or buildah. On Debian: apt-get install buildah" >&2
    exit 2
}

commit=${GIT_COMMIT_HASH:-}
if [ -z "$commit" ]; then
    commit=$(git rev-parse HEAD 2>/dev/null) || commit=unknown
    [ -z "$(git status --porcelain 2>/dev/null)" ] || commit=$commit-dirty
fi

# Only docker's format keeps the HEALTHCHECK.
case $engine in
    docker) set -- build ;;
    podman) set -- build --format docker ;;
    buildah) set -- bud --format docker ;;
    *) echo "ENGINE=$engine: it is docker, podman or buildah" >&2; exit 2 ;;
esac
set -- "$@" --build-arg "GIT_COMMIT_HASH=$commit" --build-arg "EXTRAS=${EXTRAS:-}"
[ -z "${PYTHON_VERSION:-}" ] || set -- "$@" --build-arg "PYTHON_VERSION=$PYTHON_VERSION"
[ -z "${PYTHON_DIGEST:-}" ] || set -- "$@" --build-arg "PYTHON_DIGEST=$PYTHON_DIGEST"
# BUILD_FLAGS are several words.
# shellcheck disable=SC2086
exec "$engine" "$@" ${BUILD_FLAGS:-} --tag "$image" .
