"""Every proxy/X.cpp has its tests/X_test.cpp, and every test its source."""

import pathlib
import sys

# Tests of a floor as a whole, beside those of its files.
OF_THE_WHOLE = ("capture/scenarios", "core/session/scenarios", "core/session/steady_state",
                "core/session/whole_domains", "core/verdict/causes", "core/verdict/scenarios")

# A source whose behaviour is one with another's, which is tested as a whole there.
TESTED_WITH = {
    "main": "tests/system: every test runs the binary",
    "capture/har_ending": "capture/har_reader_test.cpp",
    "capture/har_heads": "capture/har_reader_test.cpp",
    "capture/http2_connection": "capture/http2_sink_test.cpp",
    "capture/replay": "capture/scenarios_test.cpp: what was recorded of every scenario",
    **{f"capture/{name}": "capture/tls_decryption_test.cpp: every suite, losses, all that may be missing"
       for name in ("tls_decryption_keys", "tls_direction", "tls_opener")},
    "capture/har_json": "capture/har_writer_test.cpp",
    "capture/har_messages": "capture/har_writer_test.cpp",
    "core/session/direction_rules": "core/session/direction_tracker_test.cpp",
    "core/session/direction_evidence": "core/session/session_test.cpp",
    "core/session/session_circumstances": "core/session/session_test.cpp",
    "core/session/session_handshake": "core/session/session_test.cpp",
    "core/session/session_sealed": "tests/scenarios: tls_passed_* are whole connections",
    **{f"core/verdict/{name}": "tests/scenarios/causes: each cause and its near misses"
       for name in ("case", "codes", "connecting", "crowd", "handshake", "keepalive", "load", "own_ends",
                    "said", "time")},
    **{f"core/verdict/tls_{name}": "core/verdict/tls_test.cpp and tests/scenarios/causes"
       for name in ("case", "certificates", "ends", "terms", "trust")},
    "admin/exchange": "tests/system/test_admin.py: what clients see of it",
    "admin/loop": "tests/system/test_admin.py: the real program, real clients",
    "admin/loop_context": "tests/system/test_admin.py: its bounds and the fields of every answer",
    "admin/loop_feed": "tests/system/test_admin_sessions.py: readers of all kinds",
    "admin/server": "tests/system/test_admin.py and cli/admin_port_test.cpp",
    "output/record_parts": "output/record_json_test.cpp",
    "diff/direction_messages": "diff/direction_collector_test.cpp",
    **{f"diff/{name}": "diff/comparison_test.cpp: each kind of damage, whole connections"
       for name in ("finding", "item_comparison", "stream_comparison")},
    "net/relay_ends": "net/relay_connection_test.cpp",
    "net/worker_accept": "net/worker_test.cpp and net/relay_test.cpp",
    **{f"cli/{name}": "cli/arguments_test.cpp"
       for name in ("flags", "knowledge_arguments", "report_arguments", "diff_arguments")},
    "probe/account_json": "probe/account_test.cpp",
    **{f"probe/{name}": "tests/system/test_probe.py: through real hops and a corrupting one"
       for name in ("close_checks", "frame_checks", "head_checks", "path_peer")},
    "probe/dial": "probe/visit_test.cpp and tests/system/test_probe.py",
    "probe/visit_ways": "probe/visit_test.cpp and tests/system/test_probe.py",
    "probe/watched_wire": "probe/visit_test.cpp",
    "probe/echo_instructions": "probe/echo_connection_test.cpp",
    "probe/echo_server": "probe/echo_connection_test.cpp",
    "cli/echo_command": "tests/system/test_probe.py",
    "cli/probe_command": "tests/system/test_probe.py",
    "cli/proxy_command": "tests/system: every test runs the command",
}

proxy, tests = pathlib.Path("proxy"), pathlib.Path("tests")
found = []
for source in sorted(proxy.rglob("*.cpp")):
    name = source.relative_to(proxy).with_suffix("").as_posix()
    if name not in TESTED_WITH and not (tests / f"{name}_test.cpp").exists():
        found.append(f"proxy/{name}.cpp has no tests/{name}_test.cpp")
for test in sorted(tests.rglob("*_test.cpp")):
    name = test.relative_to(tests).as_posix().removesuffix("_test.cpp")
    if not (proxy / f"{name}.cpp").exists() and not (proxy / f"{name}.h").exists() \
            and name not in OF_THE_WHOLE:
        found.append(f"tests/{name}_test.cpp mirrors no source")
print("\n".join(found) or "tests mirror sources")
sys.exit(1 if found else 0)
