#!/bin/sh
# Prints the Python packages of an image as requirements, as the image itself finds them.
#
#   sh deploy/packages.sh IMAGE
set -eu
. "$(dirname "$0")/engine.sh"
# RUN_FLAGS are several words.
# shellcheck disable=SC2086
exec "$engine" run --rm ${RUN_FLAGS:-} --no-healthcheck --read-only --cap-drop all --network none "$1" python3 -c '
from importlib.metadata import distributions

print("\n".join(sorted({f"{each.name}=={each.version}" for each in distributions()}, key=str.lower)))'
