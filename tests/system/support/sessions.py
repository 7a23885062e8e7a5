"""A WebSocket between a client and a server whose bytes the test decides: its beginning, life, end."""

from support.frames import client_frame, server_frame, upgrade_request, upgrade_response


def open_between(client, server):
    """The opening handshake."""
    client.send(upgrade_request())
    server.expect(upgrade_request())
    server.send(upgrade_response())
    client.expect(upgrade_response())


def upgraded(test, client, listener):
    """(client, server) behind their opening handshake; both are closed with the test."""
    test.addCleanup(client.close)
    server = listener.accept()
    test.addCleanup(server.close)
    open_between(client, server)
    return client, server


def assert_relays(client, server, up=b"up", down=b"down"):
    """A frame passes in each direction."""
    client.send(client_frame(up))
    server.expect(client_frame(up))
    server.send(server_frame(down))
    client.expect(server_frame(down))


def end_in_order(client, server):
    """Each ends its stream, the client first, and sees the other's end."""
    client.finish()
    server.expect_fin()
    server.finish()
    client.expect_fin()
