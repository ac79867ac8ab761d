#!/bin/sh
# Dumps the database into a folder; docker-compose.yml runs it every night in the profile "backup".
#
#   backup.sh once       one dump, now
#   backup.sh nightly    one a day at BACKUP_HOUR (of the container's clock, UTC), until it is stopped
#   backup.sh check      whether the newest dump is of the last two days
#
# PGHOST, PGUSER, PGDATABASE   the database; PGPASSWORD_FILE is the file with its password
# BACKUP_FOLDER   where the dumps go: /backups by default
# BACKUP_KEEP     dumps that are kept: 14 by default
set -eu
folder=${BACKUP_FOLDER:-/backups}
keep=${BACKUP_KEEP:-14}
hour=${BACKUP_HOUR:-3}

fail() { echo "backup.sh: $1" >&2; exit "${2:-1}"; }

[ -z "${PGPASSWORD_FILE:-}" ] || { PGPASSWORD=$(cat "$PGPASSWORD_FILE") && export PGPASSWORD; }
case $keep in ''|*[!0-9]*|0) fail "BACKUP_KEEP is '$keep', not a number above 0" 2 ;; esac
case $hour in ''|*[!0-9]*) fail "BACKUP_HOUR is '$hour', not an hour from 0 to 23" 2 ;; esac
[ "$hour" -le 23 ] || fail "BACKUP_HOUR is '$hour', not an hour from 0 to 23" 2

# A dump that was read back, under its name; what was begun and not finished is never taken for one.
dump() {
    umask 077
    name=$folder/wirewatch-$(date -u +%Y%m%dT%H%M%SZ).dump
    rm -f "$folder"/*.part
    pg_dump --format=custom --file="$name.part" || fail "pg_dump failed; the older dumps stay"
    pg_restore --list "$name.part" >/dev/null || fail "the dump cannot be read; the older dumps stay"
    mv "$name.part" "$name"
    echo "backup.sh: wrote $name, $(wc -c <"$name") bytes"
    # Names sort as their times do.
    ls "$folder"/wirewatch-*.dump | sort -r | tail -n "+$((keep + 1))" | while read -r old; do rm -f "$old"; done
}

seconds_to_hour() {
    now=$(date -u +%s)
    next=$((now - now % 86400 + hour * 3600))
    [ "$next" -gt "$now" ] || next=$((next + 86400))
    echo $((next - now))
}

case ${1:-} in
once) dump ;;
nightly)
    trap 'exit 0' TERM INT
    # A first one at once: a backup that nobody has seen is none.
    [ -n "$(ls "$folder"/wirewatch-*.dump 2>/dev/null)" ] || dump || true
    while :; do
        sleep "$(seconds_to_hour)" & wait $!
        (dump) || echo "backup.sh: tried again tomorrow" >&2
    done
    ;;
check) [ -n "$(find "$folder" -name 'wirewatch-*.dump' -mtime -2)" ] || fail "no dump of the last two days in $folder" ;;
*) fail "say once, nightly or check" 2 ;;
esac
