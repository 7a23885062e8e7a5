"""Every #include of proxy/ points down: to its own floor or to one that may be seen from it."""

import pathlib
import re
import sys

# Lowest first. A floor sees what stands before it, but for what EXCEPT takes away.
FLOORS = ["core/base", "core/http", "core/http2", "core/tls", "core/proxying", "core/ws", "core/catalogue", "core/session",
          "core/verdict", "capture", "output", "report", "diff", "sinks", "ssl", "net", "probe", "admin",
          "settings", "tools", "cli"]
EXCEPT = {"net": {"output", "report", "diff", "sinks", "capture"},
          "ssl": {"output", "report", "diff", "sinks", "capture"}, "diff": {"report"},
          "sinks": {"report", "diff"}, "admin": {"report", "diff", "probe"},
          "probe": {"report", "diff", "sinks"}, "settings": {"probe"}}  # the I/O shell knows observers, not who they are
# Third parties, and the only files or floors that may include them.
CONFINED = {
    r"^(yaml-cpp/)": ["settings/yaml_document.cpp"],
    r"^(CLI/)": ["cli/arguments.cpp", "cli/flags.cpp", "cli/knowledge_arguments.cpp",
                 "cli/report_arguments.cpp", "cli/analyze_arguments.cpp", "cli/diff_arguments.cpp",
                 "cli/probe_arguments.cpp"],
    r"^(libwebsockets)": ["net/libwebsockets.h"],
    r"^(simdjson)": ["core/ws/utf8.cpp", "report/record_parser.cpp"],
    r"^(zlib\.h)": ["core/ws/zlib_state.h", "capture/recording_format.cpp"],
    r"^(openssl/)": ["core/ws/opening_handshake.cpp", "core/session/privacy.cpp", "ssl/", "net/tls_leg",
                   "capture/tls_derivation.cpp", "capture/tls_opener.cpp"],
    r"^(nlohmann/)": ["cli/", "tools/written_record.cpp", "sinks/flat_record.cpp", "sinks/bulk_answer.cpp",
                      "probe/account_json.cpp", "probe/instruction.cpp", "capture/har_entry.cpp",
                      "capture/har_json.cpp"],
    r"^(nghttp2/)": ["core/http2/field_decoder.cpp"],
    r"^(curl/)": ["sinks/http_post.cpp"],
    r"^(prometheus/)": ["output/exposition.cpp"],
}
# What the core must not know: sockets, files, clocks, threads.
CORE_FORBIDDEN = re.compile(r"^(sys/|unistd|fcntl|netinet|arpa|poll|thread$|mutex$|fstream$|iostream"
                            r"|filesystem$|condition_variable$|atomic$|random$|fmt/chrono)")
# Numbers that other threads may read; a header that starts and locks nothing.
CORE_EXEMPT = {("core/base/counter.h", "atomic")}


def floor_of(path):
    return max((f for f in FLOORS if path.startswith(f + "/")), key=len, default=None)


def breaches(root):
    for file in sorted(root.rglob("*.cpp")) + sorted(root.rglob("*.h")):
        path = file.relative_to(root).as_posix()
        floor = floor_of(path)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'#include [<"]([^>"]+)[>"]', line)
            if not match:
                continue
            target, where = match.group(1), f"proxy/{path}:{number}"
            seen = floor_of(target)
            if floor and seen and seen != floor:
                if FLOORS.index(seen) > FLOORS.index(floor) or seen in EXCEPT.get(floor, ()):
                    yield f"{where}: {floor} must not see {seen} ({target})"
            for pattern, allowed in CONFINED.items():
                if re.match(pattern, target) and not any(path.startswith(a) for a in allowed):
                    yield f"{where}: {target} belongs in {', '.join(allowed)}"
            if floor and floor.startswith("core/") and CORE_FORBIDDEN.match(target) \
                    and (path, target) not in CORE_EXEMPT:
                yield f"{where}: the core must not know {target}"


found = list(breaches(pathlib.Path("proxy")))
print("\n".join(found) or "every include points down")
sys.exit(1 if found else 0)
