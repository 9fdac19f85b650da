#!/bin/sh
# Puts an image into an environment, with the kubectl context in force, and undoes that if it does not come up.
#
#   sh deploy/kubernetes/deploy.sh staging|production|cronjob REGISTRY/dataops-assets@sha256:…
#
# The digest, not a tag: what was tested is what runs. Settings are part of what is rolled out, so that
# deploy/kubernetes/rollback.sh goes back to image and settings together. KUBECTL names another kubectl.
set -eu
cd "$(dirname "$0")"
kubectl=${KUBECTL:-kubectl}
environment=$1
image=$2

case $environment in
    staging | production | cronjob) ;;
    *) echo "ENVIRONMENT=$environment: it is staging, production or cronjob" >&2; exit 2 ;;
esac
printf '%s\n' "$image" | grep -Eqx '[a-z0-9][a-z0-9./_-]*@sha256:[0-9a-f]{64}' || {
    echo "IMAGE=$image: it is needed with its digest, NAME@sha256:…; a tag may be another image tomorrow" >&2
    exit 2
}

# A copy, so that the checkout stays as it was committed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R . "$work"
(
    cd "$work/$environment"
    # The name that the environment has for the image, and its tag, give way to the digest.
    sed -i.old -e "s|^    newName: .*dataops-assets\$|    newName: ${image%@*}|" -e "s|^    newTag: undeployed\$|    digest: ${image#*@}|" \
        kustomization.yaml
    grep -q "^    digest: ${image#*@}\$" kustomization.yaml || { echo "deploy/kubernetes/$environment names no image" >&2; exit 1; }
)
$kubectl kustomize "$work/$environment" > "$work/rendered.yaml"
namespace=$(sed -n 's/^namespace: //p' "$environment/kustomization.yaml")

if [ "$environment" = cronjob ]; then
    exec $kubectl apply --server-side --field-manager dataops-deploy -f "$work/rendered.yaml"
fi

$kubectl apply --server-side --field-manager dataops-deploy -f "$work/rendered.yaml"
deployments="code webserver viewer daemon"
! grep -q "^  name: dataops-metrics\$" "$work/rendered.yaml" || deployments="$deployments metrics"
for deployment in $deployments; do
    $kubectl -n "$namespace" rollout status "deployment/dataops-$deployment" --timeout "${DEPLOY_TIMEOUT:-300s}" || {
        echo "$environment: dataops-$deployment did not come up; what ran before is put back" >&2
        $kubectl -n "$namespace" get pods -l "app.kubernetes.io/component=$deployment" >&2 || true
        KUBECTL=$kubectl sh ./rollback.sh "$environment" || true
        exit 1
    }
done
echo "$environment runs $image"
