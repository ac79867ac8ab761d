#!/bin/sh
# Makes the account that Grafana reads the database with: it reads every table, now and later, and writes none.
# PostgreSQL's image runs this once, when the volume is new; docs/operations.md says how to run it later.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
    -v password="$(cat "${GRAFANA_PASSWORD_FILE:-/run/secrets/grafana_database_password}")" <<'SQL'
SELECT 'CREATE ROLE grafana' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE grafana LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO grafana;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
SQL
