"""Where a request comes from, for budgets."""

from __future__ import annotations

from ipaddress import ip_address, ip_network


def network_of(host: str) -> str:
    """The network of a client address: IPv4 /24, IPv6 /56; single addresses are easily changed. Else "unknown"."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
