from __future__ import annotations

import socket

import pytest
import requests
from loopback import zipped


def test_the_server_serves(publish):
    file = publish("carinthia", zipped({"data/a": b"1"}))
    assert len(requests.get(file.url, timeout=5).content) == file.size


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_no_test_reaches_the_network(host):
    with pytest.raises(pytest.fail.Exception, match=f"reach {host} on the network"):
        socket.create_connection((host, 80), timeout=1)
