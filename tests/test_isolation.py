"""The tests' own promises: no test leaves this machine, and each has a database of its own."""

import asyncio
import socket

import psycopg
import pytest


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
def test_another_machine_is_out_of_reach(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe, pytest.raises(OSError, match="loopback only"):
        probe.connect((address, 80))
    with (
        socket.socket(family, socket.SOCK_DGRAM) as probe,
        pytest.raises(OSError, match="loopback only"),
    ):
        probe.sendto(b"", (address, 53))


async def test_an_event_loop_reaches_no_other_machine() -> None:
    with pytest.raises(OSError, match="loopback only"):
        await asyncio.open_connection("192.0.2.1", 80)


def test_no_name_is_asked_of_a_server() -> None:
    with pytest.raises(socket.gaierror, match="tests resolve no names"):
        socket.getaddrinfo("dealer.example", 80)


def test_the_loopback_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        with socket.create_connection((host, port), timeout=5):
            pass
        with socket.create_connection(("localhost", port), timeout=5):
            pass


@pytest.mark.parametrize("_", range(2))
def test_no_test_sees_what_another_wrote(connection: psycopg.Connection, _: int) -> None:
    assert connection.execute("SELECT count(*) FROM page_fetches").fetchone() == (0,)
    connection.execute("INSERT INTO page_fetches (url) VALUES ('https://dealer.example/')")
