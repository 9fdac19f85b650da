#!/bin/sh
# Has Google look through an image in Artifact Registry: the packages of Debian and of Python. Fails for a vulnerability that is
# high or critical, and where there was no answer. Needs the On-Demand Scanning API and roles/ondemandscanning.admin.
#
#   sh deploy/scan.sh REGISTRY/dataops-assets@sha256:…
set -eu
image=$1
gcloud=${GCLOUD:-gcloud}
scan=$($gcloud artifacts docker images scan "$image" --remote --quiet --format 'value(response.scan)')
[ -n "$scan" ] || { echo "$image: the scan has no name, so nothing was looked up" >&2; exit 1; }
found=$($gcloud artifacts docker images list-vulnerabilities "$scan" \
    --format 'csv[no-heading,separator=" "](vulnerability.effectiveSeverity,vulnerability.shortDescription,vulnerability.packageIssue[0].affectedPackage,vulnerability.packageIssue[0].fixedVersion.fullName)')
serious=$(printf '%s\n' "$found" | grep -E '^(CRITICAL|HIGH) ' || true)
# Accepted are those of deploy/accepted-vulnerabilities.txt, as for `make audit`.
accepted=$(sed -n '/^#/!s/^\([^ ]*\) ..*/ \1 /p' "$(dirname "$0")/accepted-vulnerabilities.txt")
[ -z "$accepted" ] || serious=$(printf '%s\n' "$serious" | grep -vF "$accepted" || true)
[ -z "$serious" ] || { printf '%s has:\n%s\n' "$image" "$serious" >&2; exit 1; }
echo "$image has nothing high or critical, of $(printf '%s\n' "$found" | grep -c . || true) found"
