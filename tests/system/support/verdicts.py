"""What a record must say of traffic that breaks no rule: the false-alarm check of every test."""


class Verdicts:
    """Beside unittest.TestCase."""

    def assert_legal(self, record):
        self.assertEqual(record["violations"], [])
        self.assertEqual(record["violation_count"], 0)
        self.assertNotIn("stray_bytes", record)
        self.assertNotIn("opaque", record)

    def assert_broken(self, record, *expected):
        """All that was broken: (id, side, frame, offset) of each, in the order found."""
        found = [(each["id"], each["side"], each["frame"], each["offset"])
                 for each in record["violations"]]
        self.assertEqual(found, list(expected))
        self.assertEqual(record["violation_count"], len(expected))
