#!/bin/sh
# Gives Dagster's instance the settings that belong to this image, then becomes the command.
# They are written at each start: a volume may be empty, or filled by an older image. A DAGSTER_HOME of one's own is left
# alone, for what is mounted there is meant.
set -eu

if [ "${DAGSTER_HOME:-}" = "$DATAOPS_HOME/dagster" ]; then
    mkdir -p "$DAGSTER_HOME"
    # Written beside and moved: another container of the same volume may be reading.
    new=$(mktemp "$DAGSTER_HOME/.dagster.yaml.XXXXXX")
    cp "$(dirname "$0")/dagster.yaml" "$new"
    mv -f "$new" "$DAGSTER_HOME/dagster.yaml"
fi

# What Dagster's own processes log, as what runs and commands log.
if [ "${DATAOPS_LOG_FORMAT:-text}" = json ]; then
    case "$*" in
        "dagster api grpc "* | "dagster-daemon run "* | "dagster-webserver "*) set -- "$@" --log-format json ;;
    esac
fi

exec "$@"
