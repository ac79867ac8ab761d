"""What every sink that writes to the database holds to: a test class mixes this in and says what to write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Column, Engine, Table, event

from pipeline.database import reading
from pipeline.errors import Retry
from pipeline.messages import Message
from pipeline.stage import Sink
from pipeline.tables import metadata

MOST_STATEMENTS = 50


class SinkContract:
    """`sink` and `messages` come from fixtures of the class that mixes this in."""

    def test_a_redelivery_makes_no_second_row(self, sink: Sink, messages: list[Message], engine: Engine) -> None:
        sink.write(messages)
        before = contents(engine)
        sink.write(messages)
        for message in messages:
            sink.write([message])
        assert contents(engine) == before
        assert any(before.values())

    def test_a_batch_ends_as_its_messages_one_by_one(self, sink: Sink, messages: list[Message], engine: Engine) -> None:
        sink.write(messages)
        whole = contents(engine)
        empty(engine)
        for message in messages:
            sink.write([message])
        assert contents(engine) == whole

    def test_a_batch_is_all_or_nothing(self, sink: Sink, messages: list[Message], engine: Engine) -> None:
        nothing = contents(engine)
        for statement in range(MOST_STATEMENTS):
            with failing_at(engine, statement) as failed:
                try:
                    sink.write(messages)
                except Retry:
                    assert failed, "failed by itself"
            if not failed:
                break
            assert contents(engine) == nothing
        else:
            pytest.fail("never written")
        assert statement > 1, "the failures were not within a batch"
        assert contents(engine) != nothing

    def test_an_empty_batch_is_nothing(self, sink: Sink, engine: Engine) -> None:
        before = contents(engine)
        sink.write([])
        assert contents(engine) == before


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order of its own; numbers that the database gives are left out."""
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sqlalchemy.select(*_said(table)))), key=repr)
            for table in metadata.sorted_tables
        }


def _said(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column is not table.autoincrement_column]


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


@contextmanager
def failing_at(engine: Engine, number: int) -> Iterator[list[str]]:
    """Lose the connection at the numbered statement; yields what was asked then, nothing if it was never reached."""
    count = itertools.count()
    failed: list[str] = []

    def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if next(count) == number:
            failed.append(statement)
            raise lost_connection(engine)

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield failed
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def lost_connection(engine: Engine) -> Exception:
    """The error with which the driver says so."""
    driver = engine.dialect.dbapi
    assert driver is not None
    error: Exception = driver.OperationalError("the connection is lost")
    return error


def interleavings(first: Sequence[Any], second: Sequence[Any]) -> Iterator[list[Any]]:
    """Every way to mix two sequences that keeps the order of each."""
    size = len(first) + len(second)
    for places in itertools.combinations(range(size), len(first)):
        one, other = iter(first), iter(second)
        yield [next(one) if place in places else next(other) for place in range(size)]
