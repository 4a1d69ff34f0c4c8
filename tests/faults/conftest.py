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
def portal(request: pytest.FixtureRequest) -> Iterator[OwnPortal]:
    """Running, with customers enough for each test to take a fresh one."""
    with own_portal(10 * request.config.getoption("--times")) as portal:
        yield portal


@pytest.fixture(scope="session")
def customers(portal: OwnPortal) -> Iterator[dict[str, str]]:
    return iter(portal.stage["customers"])
