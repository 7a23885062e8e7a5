"""Every byte and every end passes unchanged where either leg or both speak TLS.

The tests of plain legs once more: a FIN is close_notify and a FIN then. With LASTFRAME_DIRECT=1
client and server speak TLS to each other, which shows that a transparent proxy must not differ.
"""

import ssl
import unittest

import test_malformed
import test_transparency
from support.tls_legs import TlsLegs


class OnClientsLeg(TlsLegs):
    server_tls = False


class OnServersLeg(TlsLegs):
    client_tls = False


class Tls12(TlsLegs):
    version = ssl.TLSVersion.TLSv1_2


class NoUrgentData:
    """TLS has no place for it."""

    test_urgent_data_keeps_its_place = None
    test_much_data_around_urgent_bytes_keeps_its_order = None


class Ends(TlsLegs, test_transparency.Ends):
    pass


class EndsOnClientsLeg(OnClientsLeg, test_transparency.Ends):
    pass


class EndsOnServersLeg(OnServersLeg, test_transparency.Ends):
    pass


class EndsOfTls12(Tls12, test_transparency.Ends):
    pass


class SomeOffsets(NoUrgentData):
    """A handshake for each of some hundred offsets takes its time; heads and frames both have some."""

    def rests(self, sender):
        return super().rests(sender)[::7]


class Bytes(TlsLegs, SomeOffsets, test_transparency.Bytes):
    pass


class BytesOnClientsLeg(OnClientsLeg, SomeOffsets, test_transparency.Bytes):
    pass


class BytesOnServersLeg(OnServersLeg, SomeOffsets, test_transparency.Bytes):
    pass


class BytesOfTls12(Tls12, SomeOffsets, test_transparency.Bytes):
    pass


class Malformed(TlsLegs, test_malformed.Malformed):
    pass


class NotHttp(TlsLegs, test_malformed.NotHttp):
    pass


if __name__ == "__main__":
    unittest.main()
