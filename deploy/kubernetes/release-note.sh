#!/bin/sh
# What a deployment would bring, and what checks have found in the environment since the one before, as Markdown. Run it before
# `make deploy`: it asks what runs now. Nothing is written.
#
#   sh deploy/kubernetes/release-note.sh staging|production REGISTRY/dataops-assets@sha256:…
#
# GIT_COMMIT_HASH is the commit that the image was built of, by default that of the checkout, which needs its history.
set -eu
cd "$(dirname "$0")"
. ./environment.sh
image=$2
commit=${GIT_COMMIT_HASH:-$(git rev-parse HEAD)}

printf '# %s: %.12s\n\n`%s`\n' "$environment" "$commit" "$image"
before=$($kubectl -n "$namespace" exec deployment/dataops-code -- sh -c 'echo "$GIT_COMMIT_HASH"' 2>/dev/null) || before=
if [ -z "$before" ]; then
    printf '\nNothing runs in %s yet.\n' "$namespace"
    exit 0
fi
# When the code location got what it runs now.
since=$($kubectl -n "$namespace" get replicasets -l app.kubernetes.io/component=code --sort-by=.metadata.creationTimestamp \
    -o 'jsonpath={.items[-1:].metadata.creationTimestamp}')

printf '\n## Changes since %.12s\n\n' "$before"
git log --format='- %h %s' "$before..$commit" -- ../.. 2>/dev/null || echo "The history of $before is not in this checkout."
captured=$(git diff --name-only --diff-filter=A "$before" "$commit" -- ':(top)*/captured/*.json' ':(top)captured/*.json' 2>/dev/null) || captured=
if [ -n "$captured" ]; then
    printf '\n## Incidents that became tests\n\n'
    printf '%s\n' "$captured" | sed 's/^/- /'
fi

printf '\n## What checks have found since %s\n\n```\n' "$since"
# It ends with 1 if something is held back: that is what is asked.
$kubectl -n "$namespace" exec deployment/dataops-code -- dataops checks --failed --since "$since" || [ $? = 1 ]
printf '```\n'
