"""`lastframe ca create` and `show`: the real binary's files, words and exit codes."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from support.proxy import BINARY, PATIENCE_S


def lastframe(*arguments, umask=-1, **environment):
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S, umask=umask, env={**os.environ, **environment})


@unittest.skipUnless(BINARY.is_file(), f"there is no {BINARY}")
class LocalAuthority(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_the_key_is_for_its_owner_alone_whatever_the_umask(self):
        done = lastframe("ca", "create", umask=0, XDG_CONFIG_HOME=str(self.folder))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = self.folder / "lastframe"
        self.assertEqual(made.stat().st_mode & 0o777, 0o700)
        self.assertEqual((made / "ca-key.pem").stat().st_mode & 0o777, 0o600)
        self.assertEqual((made / "ca.pem").stat().st_mode & 0o777, 0o644)
        self.assertIn("`tls: {authority: default}`", done.stdout)

    def test_show_tells_what_openssl_tells(self):
        place = ("--dir", str(self.folder / "a"))
        self.assertEqual(lastframe("ca", "create", *place).returncode, 0)
        told = json.loads(lastframe("ca", "show", "--json", *place).stdout)
        openssl = subprocess.run(
            ["openssl", "x509", "-in", told["certificate"], "-noout", "-fingerprint", "-sha256"],
            capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
        self.assertEqual(openssl.strip().split("=")[1], told["sha256"])

    def test_a_second_one_needs_force(self):
        place = ("--dir", str(self.folder / "a"))
        first = lastframe("ca", "create", *place)
        second = lastframe("ca", "create", *place)
        self.assertEqual((second.returncode, second.stdout), (2, ""))
        self.assertIn("there is one already", second.stderr)
        self.assertEqual(lastframe("ca", "show", *place).stdout, first.stdout)
        forced = lastframe("ca", "create", "--force", *place)
        self.assertEqual(forced.returncode, 0)
        self.assertNotEqual(forced.stdout, first.stdout)

    def test_nothing_to_show_is_told_with_the_way_out(self):
        shown = lastframe("ca", "show", XDG_CONFIG_HOME=str(self.folder))
        self.assertEqual((shown.returncode, shown.stdout), (2, ""))
        self.assertIn("`lastframe ca create`", shown.stderr)


if __name__ == "__main__":
    unittest.main()
