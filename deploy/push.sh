#!/bin/sh
# Pushes an image to its registry, and prints as its last line NAME@sha256:…, by which everything after asks for it.
#
#   sh deploy/push.sh REGISTRY/dataops-assets:TAG
set -eu
. "$(dirname "$0")/engine.sh"
image=$1
case $image in
    */*:*) ;;
    *) echo "IMAGE=$image: it is needed with its registry and a tag, REGISTRY/dataops-assets:TAG" >&2; exit 2 ;;
esac
name=${image%:*}

if [ "$engine" = docker ]; then
    docker push --quiet "$image" >&2
    # One for each registry it was ever pushed to.
    reference=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" | grep "^$name@sha256:" | head -n 1)
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    "$engine" push --quiet --digestfile "$work/digest" "$image" >&2
    reference=$name@$(cat "$work/digest")
fi
[ -n "${reference#"$name@"}" ] || { echo "$image: the registry told no digest" >&2; exit 1; }
echo "$reference"
