#!/bin/sh
# Puts back what an environment ran before the last deployment: image and settings, for each process that has changed since.
#
#   sh deploy/kubernetes/rollback.sh staging|production
#
# What was published stays as it is: `dataops rollback` is for that. TO_REVISION names another revision than the one before.
set -eu
cd "$(dirname "$0")"
. ./environment.sh

deployments="code webserver viewer daemon"
# Of those who have a Prometheus.
! $kubectl -n "$namespace" get deployment/dataops-metrics >/dev/null 2>&1 || deployments="$deployments metrics"
failed=0
for deployment in $deployments; do
    $kubectl -n "$namespace" rollout undo "deployment/dataops-$deployment" ${TO_REVISION:+"--to-revision=$TO_REVISION"} || failed=1
done
for deployment in $deployments; do
    $kubectl -n "$namespace" rollout status "deployment/dataops-$deployment" --timeout "${DEPLOY_TIMEOUT:-300s}" || failed=1
done
image=$($kubectl -n "$namespace" get deployment dataops-code -o 'jsonpath={.spec.template.spec.containers[0].image}')
[ "$failed" = 0 ] || { echo "$environment: not everything could be put back; see: kubectl -n $namespace get deployments" >&2; exit 1; }
echo "$environment runs $image again"
