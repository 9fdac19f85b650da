#!/bin/sh
# Sourced by what runs the image: sets $engine to docker or podman, the first that is there and works, or to ENGINE.
engine=${ENGINE:-}
if [ -z "$engine" ]; then
    for candidate in docker podman; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" info >/dev/null 2>&1; then
            engine=$candidate
            break
        fi
    done
fi
[ -n "$engine" ] || {
    echo "No container engine that can run an image: docker (with its engine running) or podman" >&2
    exit 2
}
