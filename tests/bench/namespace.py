"""A fresh network namespace, set up so that figures can be compared.

The host's firewall rules cost about 1 us for each small message; a congestion control that paces
(bbr) makes large messages bimodal; and a full TIME_WAIT table makes connecting slow.
"""

import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys

MARK = "LASTFRAME_BENCH_NAMESPACE"
SETTINGS = {
    "net/ipv4/tcp_congestion_control": "reno",
    "net/ipv4/tcp_max_tw_buckets": "512",
}


def enter():
    """Starts this program again inside a namespace; returns only when that has happened."""
    if os.environ.get(MARK) == str(os.getpid()):
        bring_loopback_up()
        for name, value in SETTINGS.items():
            pathlib.Path("/proc/sys", name).write_text(value)
        return
    unshare = shutil.which("unshare")
    if not unshare:
        sys.exit("run.py: no 'unshare' found (apt install util-linux); "
                 "--no-namespace measures without one, with figures that say less")
    flags = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user"]
    trial = subprocess.run([unshare, *flags, "true"], capture_output=True, text=True)
    if trial.returncode != 0:
        sys.exit(f"run.py: no network namespace: {trial.stderr.strip()}; run as root, or "
                 "--no-namespace measures without one, with figures that say less")
    os.environ[MARK] = str(os.getpid())  # exec keeps the id, a child gets another one
    os.execv(unshare, [unshare, *flags, "--", sys.executable, *sys.argv])


def bring_loopback_up():
    siocsifflags, iff_up, iff_running = 0x8914, 0x1, 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", iff_up | iff_running)
        fcntl.ioctl(any_socket, siocsifflags, request)


def congestion_control():
    return pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
