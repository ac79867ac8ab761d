#!/bin/sh
# Tries the image by hand, without a registry and without a container network: builds it on a base made by
# deploy/base-image.sh, starts every stage in it on the embedded log against the sample news site, and sees that each
# is healthy and that each ends within 10 s of SIGTERM. Must run as root on Debian; needs debootstrap and docker.io.
#
#   deploy/try-image.sh
#
# DOCKER_HOST   a Docker daemon to use; otherwise one of its own is started, in a temporary folder, and stopped
# CA_BUNDLE     authorities for the build's downloads, where a proxy signs with one of its own
# DOCKER        the docker program
# PYTHON        a Python that has wirewatch installed, for the sample site; .venv/bin/python by default
set -eu
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker}
python=${PYTHON:-.venv/bin/python}
base=wirewatch-base:debian
image=wirewatch:try
stages="poller fetcher tagger stories surges store alerts metrics"
first_port=19464

work=$(mktemp -d)
daemon='' site=''
finish() {
    status=$?
    for stage in $stages; do "$docker" rm -f "try-$stage-$$" >/dev/null 2>&1 || true; done
    "$docker" volume rm -f "try-$$" >/dev/null 2>&1 || true
    for process in $site $daemon; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
    # The daemon leaves its network namespaces mounted.
    for mounted in "$work"/run/netns/*; do umount "$mounted" 2>/dev/null || true; done
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# Tries a command twice a second, for at most so many seconds.
within() {
    left=$(($1 * 2)) && shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.5
    done
}
said() { "$docker" logs "try-$1-$$" 2>&1 | tail -n 20 >&2; echo "try-image.sh: $1 $2" >&2; exit 1; }

if [ -z "${DOCKER_HOST:-}" ]; then
    export DOCKER_HOST="unix://$work/docker.sock"
    dockerd --data-root "$work/docker" --exec-root "$work/run" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
        --iptables=false --bridge=none >"$work/docker.log" 2>&1 &
    daemon=$!
    within 30 "$docker" version || { tail -n 5 "$work/docker.log" >&2; exit 1; }
fi

"$docker" image inspect "$base" >/dev/null 2>&1 || deploy/base-image.sh "$base"
began=$(date +%s)
DOCKER_BUILDKIT=1 "$docker" build --quiet --network host -f deploy/Dockerfile -t "$image" \
    --build-arg BASE_IMAGE="$base" --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    ${CA_BUNDLE:+--secret id=ca,src="$CA_BUNDLE"} . >/dev/null
echo "built $image in $(($(date +%s) - began)) s: $("$docker" image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0f MB", $1 / 1e6 }')"

"$python" -m wirewatch.site --opml "$work/site.opml" &
site=$!
within 20 test -s "$work/site.opml" || { echo "try-image.sh: the sample site does not start" >&2; exit 1; }
chmod 0755 "$work" && chmod 0644 "$work/site.opml"

# The root is read-only and no right is left, as in docker-compose.yml; the first stage fills the volume.
start() {
    "$docker" run --detach --name "try-$1-$$" --network host --read-only --tmpfs /tmp --cap-drop ALL \
        --security-opt no-new-privileges:true --volume "try-$$:/var/lib/wirewatch" \
        --volume "$work/site.opml:/etc/site.opml:ro" --env WIREWATCH_METRICS__PORT="$2" \
        --env WIREWATCH_METRICS__HOST=127.0.0.1 --env WIREWATCH_POLLER__CATALOGUE=/etc/site.opml \
        --env WIREWATCH_POLLER__FLOOR=1 --env WIREWATCH_POLLER__CAP=2 --env WIREWATCH_POLITENESS__DELAY=0 \
        --env WIREWATCH_HTTP__ALLOW_NETWORKS=127.0.0.0/8 --env WIREWATCH_HTTP__CONTACT="sample site" \
        --health-interval 1s "$image" "$1" >/dev/null
}
healthy() { [ "$("$docker" inspect --format '{{.State.Health.Status}}' "try-$1-$$")" = healthy ]; }

port=$first_port
for stage in $stages; do
    began=$(date +%s)
    start "$stage" "$port"
    within 60 healthy "$stage" || said "$stage" "did not become healthy"
    echo "$stage: healthy after $(($(date +%s) - began)) s"
    port=$((port + 1))
done

alerted() { "$docker" logs "try-alerts-$$" 2>&1 | grep -q 'alert.sent'; }
within 90 alerted || said alerts "sent no alert"
echo "alerts: $("$docker" logs "try-alerts-$$" 2>&1 | grep -c 'alert.sent') sent so far"

for stage in $stages; do
    began=$(date +%s)
    "$docker" kill --signal TERM "try-$stage-$$" >/dev/null
    code=$(timeout 10 "$docker" wait "try-$stage-$$") || said "$stage" "did not stop within 10 s"
    [ "$code" -eq 0 ] || said "$stage" "ended with exit code $code"
    echo "$stage: stopped within $(($(date +%s) - began + 1)) s, exit code 0"
done
