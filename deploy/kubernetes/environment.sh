#!/bin/sh
# Sourced by what looks at, or changes, a deployment with Dagster: sets $kubectl, $environment, which is the first argument, and
# $namespace, with this folder as the working directory.
kubectl=${KUBECTL:-kubectl}
environment=$1
case $environment in
    staging | production) ;;
    *) echo "ENVIRONMENT=$environment: it is staging or production" >&2; exit 2 ;;
esac
namespace=$(sed -n 's/^namespace: //p' "$environment/kustomization.yaml")
