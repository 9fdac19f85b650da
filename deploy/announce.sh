#!/bin/sh
# Tells a Pub/Sub topic that an image was deployed to staging and verified there: what starts the way to production.
#
#   TOPIC=projects/P/topics/T sh deploy/announce.sh REGISTRY/dataops-assets@sha256:…
set -eu
image=$1
gcloud=${GCLOUD:-gcloud}
commit=${GIT_COMMIT_HASH:-$(git -C "$(dirname "$0")" rev-parse HEAD)}
case $image in
    *@sha256:*) ;;
    *) echo "IMAGE=$image: it is needed with its digest, NAME@sha256:…" >&2; exit 2 ;;
esac
case ${TOPIC:-} in
    projects/*/topics/*) ;;
    *) echo "TOPIC=${TOPIC:-}: it is needed as projects/PROJECT/topics/NAME" >&2; exit 2 ;;
esac
# Attributes to filter by, and the same as the message. None of them can hold a quote or a comma.
$gcloud pubsub topics publish "$TOPIC" --attribute "event=release.verified,environment=staging" \
    --message "{\"event\": \"release.verified\", \"environment\": \"staging\", \"image\": \"$image\", \"commit\": \"$commit\"}"
