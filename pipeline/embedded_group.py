"""Consumer groups in the file of the embedded log: members, leases and committed offsets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline import embedded_log
from pipeline.bus import Partition
from pipeline.embedded_file import Connection
from pipeline.errors import Fenced


@dataclass(frozen=True, slots=True)
class Member:
    """One bus in a group; `process` is the presence of the process it lives in."""

    id: str
    group: str
    process: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lease:
    """An owned partition: its id, the epoch it was given in, and the offset to start from."""

    id: int
    epoch: int
    committed: int


@dataclass(frozen=True, slots=True)
class _Share:
    """How the partitions of one topic are held: those of each member, by id of the partition, and the free ones."""

    held: Mapping[str, Sequence[int]]
    free: Sequence[int]

    def quota(self, member: str) -> int:
        """Return how many partitions a member is to hold: as many as each other, or one more.

        The one more stays where it is.
        """
        total = len(self.free) + sum(map(len, self.held.values()))
        least, extra = divmod(total, len(self.held))
        ranked = sorted(self.held, key=lambda one: (-len(self.held[one]), one))
        return least + (ranked.index(member) < extra)


def generation(connection: Connection, group: str) -> int:
    """Return a number that changes whenever the members of a group have to look at their shares again."""
    row = connection.execute("SELECT generation FROM groups WHERE name = ?", (group,)).fetchone()
    return int(row[0]) if row else 0


def _announce(connection: Connection, group: str) -> None:
    connection.execute(
        "INSERT INTO groups VALUES (?, 1) ON CONFLICT DO UPDATE SET generation = generation + 1", (group,)
    )


def attend(
    connection: Connection, member: Member, now: float, session: float, is_dead: Callable[[str], bool]
) -> dict[Partition, Lease]:
    """Show that a member is alive, joining if it is not there, and return its partitions after taking its share.

    A partition moves only when its member has released it here, was silent for `session` seconds, or died with its
    process. To be called in a write transaction; raises BusError for an unknown topic.
    """
    _expel(connection, member, now, session, is_dead)
    if connection.execute("UPDATE members SET seen = ? WHERE id = ?", (now, member.id)).rowcount == 0:
        _announce(connection, member.group)
        row = (member.id, member.group, member.process, json.dumps(member.topics), now)
        connection.execute("INSERT INTO members VALUES (?, ?, ?, ?, ?)", row)
    for topic in member.topics:
        share = _share(connection, member.group, topic)
        mine, quota = share.held[member.id], share.quota(member.id)
        if len(mine) > quota:
            _release(connection, member, mine[quota:])
        for id_ in share.free[: max(0, quota - len(mine))]:
            _take(connection, member, id_)
    return leases(connection, member)


def _expel(connection: Connection, member: Member, now: float, session: float, is_dead: Callable[[str], bool]) -> None:
    rows = connection.execute("SELECT id, process, seen FROM members WHERE group_name = ?", (member.group,)).fetchall()
    dead = {process for process in {row[1] for row in rows} - {member.process} if is_dead(process)}
    for id_, process, seen in rows:
        # A clock that was set back must not make a dead member live for ever.
        silent = abs(now - seen) > session
        if id_ != member.id and (process in dead or silent):
            leave(connection, id_, member.group)


def leave(connection: Connection, id_: str, group: str) -> None:
    """Take a member out of its group and free its partitions; to be called in a write transaction."""
    connection.execute("DELETE FROM members WHERE id = ?", (id_,))
    connection.execute("UPDATE cursors SET member = NULL WHERE group_name = ? AND member = ?", (group, id_))
    _announce(connection, group)


def _share(connection: Connection, group: str, topic: str) -> _Share:
    members = connection.execute("SELECT id, topics FROM members WHERE group_name = ?", (group,))
    held: dict[str, list[int]] = {id_: [] for id_, topics in members if topic in json.loads(topics)}
    free: list[int] = []
    owners = dict(connection.execute("SELECT partition, member FROM cursors WHERE group_name = ?", (group,)).fetchall())
    for id_ in embedded_log.partitions(connection, topic):
        held.get(owners.get(id_) or "", free).append(id_)
    return _Share(held, free)


def _release(connection: Connection, member: Member, ids: Iterable[int]) -> None:
    connection.executemany(
        "UPDATE cursors SET member = NULL WHERE group_name = ? AND partition = ?", [(member.group, id_) for id_ in ids]
    )
    _announce(connection, member.group)


def _take(connection: Connection, member: Member, id_: int) -> None:
    connection.execute(
        "INSERT INTO cursors (group_name, partition, member, epoch) VALUES (?, ?, ?, 1)"
        " ON CONFLICT DO UPDATE SET member = excluded.member, epoch = epoch + 1",
        (member.group, id_, member.id),
    )


def leases(connection: Connection, member: Member) -> dict[Partition, Lease]:
    """Return the partitions that a member owns."""
    rows = connection.execute(
        "SELECT topic, number, id, epoch, committed FROM cursors JOIN partitions ON partition = id"
        " WHERE group_name = ? AND member = ? ORDER BY topic, number",
        (member.group, member.id),
    )
    return {Partition(topic, number): Lease(id_, epoch, at) for topic, number, id_, epoch, at in rows}


def commit(
    connection: Connection, member: Member, owned: Mapping[Partition, Lease], offsets: Mapping[Partition, int]
) -> None:
    """Write the offsets of owned partitions. Raises Fenced when the member has lost one.

    To be called in a write transaction, which the error ends without a trace.
    """
    for partition, offset in offsets.items():
        lease = owned.get(partition)
        if lease is None or not _advance(connection, member, lease.id, offset):
            where = f"{partition.topic}[{partition.number}]"
            raise Fenced(f"{where} is not owned by this member of {member.group} any more")


def _advance(connection: Connection, member: Member, id_: int, offset: int) -> bool:
    changed = connection.execute(
        "UPDATE cursors SET committed = ? WHERE group_name = ? AND partition = ? AND member = ?",
        (offset, member.group, id_, member.id),
    )
    return changed.rowcount > 0


def lag(connection: Connection, member: Member) -> dict[Partition, int]:
    """Return, for each partition of a member, the records behind its committed offset."""
    rows = connection.execute(
        "SELECT topic, number, next - max(committed, first) FROM cursors JOIN partitions ON partition = id"
        " WHERE group_name = ? AND member = ?",
        (member.group, member.id),
    )
    return {Partition(topic, number): behind for topic, number, behind in rows}


def backlog(connection: Connection, group: str, topic: str) -> int:
    """Return how many records of a topic a group has not committed. Raises BusError for an unknown topic."""
    embedded_log.partitions(connection, topic)
    (behind,) = connection.execute(
        "SELECT sum(next - max(coalesce(committed, 0), first)) FROM partitions"
        " LEFT JOIN cursors ON partition = id AND group_name = ? WHERE topic = ?",
        (group, topic),
    ).fetchone()
    return int(behind)
