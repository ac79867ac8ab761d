"""Broker and database in containers that are made of this machine's own programs, where no image can be pulled.

A container of the base image gets this machine's /usr, read-only, in place of its own: both are the same Debian.
"""

from __future__ import annotations

import pwd
import shutil
from pathlib import Path

from tests.deploy.docker import DockerUnavailable, within
from tests.deploy.services import Deployment, hardening
from tests.kafka_server import KafkaUnavailable, fetch_jars
from tests.postgres import programs as postgres_programs

PASSWORD = "of-the-test"
START_SECONDS = 90.0
QUESTIONS = {"kafka": ": </dev/tcp/kafka/9092", "postgres": "/usr/lib/postgresql/*/bin/pg_isready -q -h postgres"}
"""What tells, inside its container, whether a service answers."""

KAFKA = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://kafka:9092
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=/var/lib/kafka/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""

START_KAFKA = """\
set -ef
java="{java} -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
java="$java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp /jars/*"
$java kafka.tools.StorageTool format --ignore-formatted -t d2lyZXdhdGNoLXRlc3RzIQ -c /config/server.properties
exec $java kafka.Kafka /config/server.properties
"""

START_POSTGRES = """\
set -e
if [ ! -e /var/lib/postgresql/data/PG_VERSION ]; then
    {bin}/initdb -D /var/lib/postgresql/data -U wirewatch -E UTF8 --locale=C -A scram-sha-256 --auth-local=trust \\
        --pwfile=/run/secrets/postgres_password
    echo 'host all all all scram-sha-256' >>/var/lib/postgresql/data/pg_hba.conf
    echo 'CREATE DATABASE wirewatch' | {bin}/postgres --single -D /var/lib/postgresql/data postgres
fi
exec {bin}/postgres -D /var/lib/postgresql/data -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
"""


def start_kafka(made: Deployment, base: str) -> str:
    """Start a real broker with the rights of the service `kafka`; return the container. Raises DockerUnavailable."""
    found = shutil.which("java")
    if found is None:
        raise DockerUnavailable("java is not installed (Debian: apt-get install openjdk-17-jre-headless maven)")
    try:
        jars = fetch_jars()
    except KafkaUnavailable as error:
        raise DockerUnavailable(str(error)) from error
    java = Path(found).resolve()
    config = made.folder / "kafka"
    config.mkdir()
    (config / "server.properties").write_text(KAFKA, encoding="utf-8")
    settings = [
        f"--volume=/etc/{folder}:/etc/{folder}:ro" for folder in ("java-17-openjdk",) if Path("/etc", folder).exists()
    ]
    mounts = ["/usr:/usr:ro", f"{jars}:/jars:ro", f"{config}:/config:ro", f"{made.prefix}-kafka:/var/lib/kafka"]
    options = [*hardening(made.services["kafka"]), *settings, *(f"--volume={mount}" for mount in mounts)]
    command = ["/bin/sh", "-c", START_KAFKA.format(java=java)]
    return made.run(made.name("kafka"), "kafka", made.services["kafka"]["networks"], options, base, command)


def start_postgres(made: Deployment, base: str) -> str:
    """Start a real PostgreSQL with the rights of the service `postgres`; it also answers on a socket in the folder.

    Returns the container. Raises DockerUnavailable.
    """
    programs = postgres_programs()
    if programs is None:
        raise DockerUnavailable("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    account = pwd.getpwnam("postgres")
    sockets = made.folder / "socket"
    sockets.mkdir()
    sockets.chmod(0o777)
    data = made.folder / "postgres"
    data.mkdir(mode=0o700)
    shutil.chown(data, account.pw_uid, account.pw_gid)
    spec = {**made.services["postgres"], "tmpfs": ["/tmp"]}  # noqa: S108  # of the container
    mounts = [
        "/usr:/usr:ro",
        "/etc/passwd:/etc/passwd:ro",
        f"{data}:/var/lib/postgresql/data",
        f"{sockets}:/run/postgresql",
    ]
    mounts.append(f"{made.folder}/secrets/postgres_password:/run/secrets/postgres_password:ro")
    who = f"--user={account.pw_uid}:{account.pw_gid}"
    options = [*hardening(spec), who, "--shm-size=256m", *(f"--volume={mount}" for mount in mounts)]
    command = ["/bin/sh", "-c", START_POSTGRES.format(bin=programs)]
    return made.run(made.name("postgres"), "postgres", spec["networks"], options, base, command)


def database_url(made: Deployment) -> str:
    """Return the database's address for this machine: through the socket."""
    return f"postgresql+psycopg://wirewatch@/wirewatch?host={made.folder}/socket"


def wait_for(made: Deployment, service: str) -> None:
    """Wait until broker or database answers."""
    container = made.name(service)
    within(
        START_SECONDS,
        f"{service} answers",
        lambda: made.docker.attempt("exec", container, "bash", "-c", QUESTIONS[service]).returncode == 0,
        lambda: _said(made, container)[-3000:],
    )


def _said(made: Deployment, container: str) -> str:
    done = made.docker.attempt("logs", container)
    return done.stdout + done.stderr
