#!/bin/sh
# The demo's week inside an image (EXTRAS=demo), as it runs in a cluster: as uid 10001, with a read-only root file system and
# without capabilities. Once to its end; once killed in the middle and run again. Both have to publish the same.
#
#   sh deploy/system-test.sh IMAGE
#
# RUN_FLAGS go to each `run` (such as --network host). It is killed when KILL_AT is the last step that it has said to be done.
# KEEP=NAME keeps the volume of the killed week, under that name.
set -eu
. "$(dirname "$0")/engine.sh"
image=$1
week=2013-01-01..2013-01-07
name=dataops-system-test-$$
again=${KEEP:-$name-again}
work=$(mktemp -d)
cleanup() {
    "$engine" rm --force "$name-killed" >/dev/null 2>&1 || true
    "$engine" volume rm --force "$name-whole" >/dev/null 2>&1 || true
    [ -n "${KEEP:-}" ] || "$engine" volume rm --force "$again" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

# inside VOLUME [FLAGS] -- COMMAND: runs a command of the image on a volume.
inside() {
    volume=$1
    shift
    flags=
    while [ "$1" != -- ]; do
        flags="$flags $1"
        shift
    done
    shift
    # Both are several words. The image's health check is the code location's, which these are not.
    # shellcheck disable=SC2086
    "$engine" run ${RUN_FLAGS:-} $flags --no-healthcheck --init --read-only --cap-drop all --security-opt no-new-privileges --tmpfs /tmp \
        --volume "$volume:/var/lib/dataops" "$image" "$@"
}

# Rows of all published tables, without what says when and by which run they were written.
published() {
    for table in $(inside "$1" --rm -- dataops query --format csv \
        "select table_name from information_schema.tables where table_schema = 'production' and not starts_with(table_name, '_') order by 1" \
        | sed 1d); do
        echo "== $table"
        inside "$1" --rm -- dataops query --format csv \
            "select columns(lambda c: c not in ('created_at', 'updated_at') and not starts_with(c, '_')) from production.$table order by all"
    done
}

echo "== who it is, and what it may write"
inside "$name-whole" --rm -- sh -c '
    test "$(id -u)" = 10001 || { echo "it runs as uid $(id -u)"; exit 1; }
    for place in / /app /opt/venv; do
        ! touch "$place/written" 2>/dev/null || { echo "it can write to $place"; exit 1; }
    done
    ! command -v pip gcc cc make >/dev/null || { echo "it has build tools"; exit 1; }
    echo "uid 10001, nothing but the volume and /tmp, commit $GIT_COMMIT_HASH"'

echo "== a week from the sources to production"
inside "$name-whole" --rm -- dataops run --partitions "$week"
inside "$name-whole" --rm -- dataops verify
published "$name-whole" > "$work/whole.csv"

step=${KILL_AT:-staged/flights}
echo "== the same week, killed after $step"
inside "$again" --detach --name "$name-killed" -- dataops run --partitions "$week" >/dev/null
until "$engine" logs "$name-killed" 2>&1 | grep -q "^ *$step "; do
    # What has ended without that step never comes to it.
    [ -n "$("$engine" ps --quiet --filter "name=$name-killed")" ] || { "$engine" logs "$name-killed" >&2; exit 1; }
    sleep 0.1
done
"$engine" kill --signal KILL "$name-killed" >/dev/null || { echo "it had ended before: set KILL_AT to an earlier step" >&2; exit 1; }
ended=$("$engine" wait "$name-killed")
[ "$ended" = 137 ] || { echo "it was not killed but ended with $ended" >&2; exit 1; }

echo "== run again"
inside "$again" --rm -- dataops run --partitions "$week"
inside "$again" --rm -- dataops verify
published "$again" > "$work/again.csv"

rows=$(grep -cv '^==' "$work/whole.csv")
[ "$rows" -gt 100 ] || { echo "no more than $rows rows were published" >&2; exit 1; }
diff "$work/whole.csv" "$work/again.csv" || { echo "what the killed week published differs" >&2; exit 1; }
echo "$rows published lines, the same after a kill"
