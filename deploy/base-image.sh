#!/bin/sh
# Makes a base image for deploy/Dockerfile from this Debian machine's own package mirror, where no image registry can
# be reached: debootstrap with Python, imported into Docker. Must run as root, on Debian 12 or newer.
#   deploy/base-image.sh [IMAGE]     IMAGE is wirewatch-base:debian by default
set -eu
image=${1:-wirewatch-base:debian}
docker=${DOCKER:-docker}

for program in debootstrap tar "$docker"; do
    command -v "$program" >/dev/null || { echo "base-image.sh: $program is missing: apt-get install debootstrap docker.io" >&2; exit 2; }
done

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# The mirror that apt itself uses for this release: the first address it knows the main section from.
mirror=$(apt-get indextargets --format '$(CREATED_BY) $(CODENAME) $(COMPONENT) $(SITE)' \
    | awk -v release="$release" '$1 == "Packages" && $2 == release && $3 == "main" { print $4; exit }')
[ -n "$mirror" ] || { echo "base-image.sh: apt knows no mirror of $release: apt-get update" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$release" "$work/root" "$mirror" >"$work/log" 2>&1 \
    || { tail -n 20 "$work/log" >&2; exit 1; }
rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists"
tar -C "$work/root" --numeric-owner -c . | "$docker" import - "$image" >/dev/null
echo "$image: Debian $release, $("$docker" image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0f MB", $1 / 1e6 }')"
