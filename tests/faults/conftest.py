"""Faults are made with connections of the tests' own, beside the portal's."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.faults.own_portal import OwnPortal, own_portal


@pytest.fixture
def beside(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """A second connection as the application role: the same role may end its own connections."""
    where = connection.get_connection_params()
    wanted = {name: where[name] for name in ("host", "port", "dbname", "user", "password") if name in where}
    with psycopg.connect(**wanted, autocommit=True) as second:
        yield second


@pytest.fixture(scope="session")
def portal() -> Iterator[OwnPortal]:
    with own_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def customers(portal: OwnPortal) -> Iterator[dict[str, str]]:
    """For each test to take a fresh one."""
    return portal.arrivals()
