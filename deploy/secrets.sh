#!/bin/sh
# Makes the secret files that docker-compose.yml names, in ./secrets; what is there already stays as it is.
set -eu
cd "$(dirname "$0")/.."

# Only the owner enters the folder. The files themselves are readable, because each container sees the ones it is
# given under an account of its own.
umask 022
install -d -m 0700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -e "secrets/$1" ] || { printf '%s' "$2" >"secrets/$1"; echo "made secrets/$1"; }; }

keep postgres_password "$(random)"
keep database_url "postgresql+psycopg://wirewatch:$(cat secrets/postgres_password)@postgres:5432/wirewatch"
keep grafana_password "$(random)"
keep grafana_database_password "$(random)"
# Empty until you have a channel.
keep webhook_url ""
keep webhook_secret ""
keep apprise_urls ""
keep mail_password ""
keep slack_url ""
keep teams_url ""
keep alertmanager_url ""
