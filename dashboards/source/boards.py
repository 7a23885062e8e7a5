"""All boards: file name and the function that makes it, given where docs/ can be read."""

from .close_reasons import close_reasons
from .handshakes_and_tls import handshakes_and_tls
from .protocol_violations import protocol_violations
from .proxy_health import proxy_health

BOARDS = {
    "close-reasons": close_reasons,
    "protocol-violations": protocol_violations,
    "handshakes-and-tls": handshakes_and_tls,
    "proxy-health": proxy_health,
}
