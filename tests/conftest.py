"""For all tests: no way out to the network, no time limits; a loopback server; every figure is checked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import pytest
from figures_checked import figures_checked
from hypothesis import settings
from loopback import publish, server

__all__ = ["figures_checked", "publish", "server"]

settings.register_profile("semlib", deadline=None)  # a busy machine is no failure
settings.load_profile("semlib")


def _check(host: object) -> None:
    """Fail the test where a host is not this machine; a name counts as another one, as asking is network."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return
    try:
        inside = ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        # pytest's failure is no Exception, so that no "except" in the code under test can hide it
        pytest.fail(f"A test tried to reach {name} on the network; serve the bytes with the fixture `server`")


def _guarded(original: Callable) -> Callable:
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])
        return original(self, address)

    return connect


@pytest.fixture(scope="session", autouse=True)
def _no_network():
    def resolve(host, *args, original=socket.getaddrinfo, **kwargs):
        _check(host)
        return original(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", resolve)
        yield
