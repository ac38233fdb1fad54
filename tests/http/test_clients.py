"""Who a request is from, as far as the network tells."""

import pytest

from gateway.messages.clients import client_of


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_names_an_address_or_what_one_customer_has_of_ipv6(host: str, client: str):
    assert client_of({"type": "http", "client": (host, 1)}) == client


def test_names_nobody_where_nobody_is_known():
    assert not client_of({"type": "http", "client": None})
