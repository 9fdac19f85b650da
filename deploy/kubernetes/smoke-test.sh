#!/bin/sh
# Whether a deployment is what was deployed and does its work: all processes run the image, the code location is loaded, the daemon
# beats, `dataops plan` reaches lake and warehouse. Nothing is written.
#
#   sh deploy/kubernetes/smoke-test.sh staging|production REGISTRY/dataops-assets@sha256:…
set -eu
cd "$(dirname "$0")"
. ./environment.sh
image=$2

# Of the pods, not of what was asked for; DAGSTER_CURRENT_IMAGE is what runs will be made of. Pods of the deployment before take
# their time to end.
images() {
    $kubectl -n "$namespace" get pods -l 'app.kubernetes.io/component in (code, webserver, viewer, daemon)' \
        --field-selector status.phase=Running \
        -o 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{.spec.containers[0].env[?(@.name=="DAGSTER_CURRENT_IMAGE")].value}{"\n"}{end}' \
        | sed '/^$/d' | sort -u
}
tries=0
until running=$(images) && [ "$running" = "$image" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt "${SMOKE_TRIES:-12}" ] || {
        printf '%s runs other images than %s:\n%s\n' "$environment" "$image" "$running" >&2
        exit 1
    }
    sleep "${SMOKE_WAIT:-10}"
done

inside() {
    component=$1
    shift
    $kubectl -n "$namespace" exec "deployment/dataops-$component" -- "$@"
}
# What the webserver knows, by its own API.
inside webserver python3 -c '
import json, os, sys, urllib.request

query = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename } } } } }"
address = "http://127.0.0.1:" + os.environ.get("UI_PORT", "3000") + "/graphql"
request = urllib.request.Request(address, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"})
entries = json.load(urllib.request.urlopen(request, timeout=60))["data"]["workspaceOrError"]["locationEntries"]
if not entries:
    sys.exit("the webserver knows no code location")
for entry in entries:
    found = (entry["locationOrLoadError"] or {}).get("__typename")
    if entry["loadStatus"] != "LOADED" or found != "RepositoryLocation":
        sys.exit("the code location " + entry["name"] + " is not loaded: " + str(found))
'
inside daemon dagster-daemon liveness-check
inside code dataops plan
commit=$(inside code sh -c 'echo "$GIT_COMMIT_HASH"')
echo "$environment: all processes run $image, built of commit $commit"
