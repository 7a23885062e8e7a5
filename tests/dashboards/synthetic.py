"""Three hours of a service that never was: every family of docs/metrics.md, with a plausible story.

Two listeners, a deploy, an nginx that was put in with its 60 s, a client library with a bug, a
certificate that nears its end. The boards are drawn and their queries asked against it. Random,
but the same for the same seed.
"""

import bisect
import itertools
import math
import random
from collections import defaultdict

from page import buckets_of

STEP = 20  # seconds between two samples
LENGTH = 3 * 3600 + 1200  # a little more than a board shows
DEPLOY = LENGTH - 4500  # seconds after the beginning
NGINX = LENGTH - 2700  # from here on chat-b sits behind an nginx with its defaults
BAD_CLIENT = LENGTH - 5400  # a release of a client whose frames are wrong now and then

CHAT_A, CHAT_B, API = ("chat", "10.0.0.7:9000"), ("chat", "10.0.0.8:9000"), ("api", "10.0.1.4:80")


def always(rate):
    return lambda t: rate * (1 + 0.25 * math.sin(t / 2500))


def since(start, rate):
    return lambda t: rate if t >= start else 0.0


def spike(at, rate, seconds=45):
    return lambda t: rate if at <= t < at + seconds else 0.0


# where, code, initiator, clean, cause, closes a second at t, mean age, silence before the end
CLOSES = [
    (CHAT_A, "1000", "client", "true", "normal_closure", always(2.1), 900, 4),
    (CHAT_B, "1000", "client", "true", "normal_closure", always(1.8), 900, 4),
    (API, "1000", "server", "true", "normal_closure", always(1.2), 60, 1),
    (CHAT_A, "1001", "client", "true", "client_left", always(1.4), 1200, 12),
    (CHAT_B, "1001", "client", "true", "client_left", always(1.1), 1200, 12),
    (API, "1005", "client", "true", "closed_without_status", always(0.5), 60, 2),
    (CHAT_A, "none", "client", "false", "client_gone", always(0.22), 1500, 9),
    (CHAT_B, "none", "client", "false", "client_gone", always(0.18), 1500, 9),
    (CHAT_B, "none", "server", "false", "idle_timeout", since(NGINX, 1.2), 400, 60),
    (API, "none", "server", "false", "lifetime_limit", always(0.04), 7200, 3),
    (CHAT_A, "1012", "server", "true", "mass_close", spike(DEPLOY, 14), 3000, 5),
    (CHAT_A, "none", "server", "false", "mass_close", spike(DEPLOY, 5), 3000, 5),
    (API, "1002", "server", "true", "protocol_violation", since(BAD_CLIENT, 0.16), 30, 0.2),
    (API, "1009", "server", "true", "message_too_big", always(0.05), 40, 0.1),
    (CHAT_A, "1011", "server", "true", "keepalive_unanswered", always(0.09), 700, 20),
    (API, "1011", "server", "true", "server_error", spike(DEPLOY + 2400, 0.5, 400), 20, 0.2),
    (API, "4xxx", "server", "true", "session_expired", always(0.12), 3600, 8),
    (CHAT_A, "4001", "server", "true", "application_close", always(0.1), 200, 8),
    (API, "none", "client", "false", "sealed", always(0.02), 300, 20),
    (CHAT_B, "1008", "server", "true", "rate_limited", always(0.03), 90, 0.3),
]
VIOLATIONS = [
    ("api", "FR-01", "client", since(BAD_CLIENT, 0.11)), ("api", "FR-03", "client", always(0.01)),
    ("api", "FR-08", "client", since(BAD_CLIENT, 0.05)), ("chat", "TX-01", "client", always(0.02)),
    ("chat", "CT-01", "client", always(0.08)), ("chat", "FR-14", "server", spike(DEPLOY, 2)),
    ("chat", "CL-03", "server", always(0.015)), ("api", "FR-04", "server", always(0.004)),
    ("chat", "PD-08", "server", always(0.006)), ("api", "HS-07", "client", always(0.01)),
]
OUTCOMES = [
    (CHAT_A, "accepted", always(4.0)), (CHAT_B, "accepted", always(3.6)),
    (API, "accepted", always(2.2)), (API, "rejected", always(0.3)),
    (CHAT_A, "rejected", spike(DEPLOY, 9, 90)), (CHAT_A, "unanswered", spike(DEPLOY, 2, 60)),
    (CHAT_B, "abandoned", always(0.05)), (API, "failed", always(0.006)),
]
RESULTS = [
    ("chat", "websocket", always(7.6)), ("api", "websocket", always(2.2)),
    ("chat", "handshake_failed", spike(DEPLOY, 11, 90)), ("api", "handshake_failed", always(0.3)),
    ("chat", "connect_failed", spike(DEPLOY, 6, 40)), ("api", "tls_failed", always(0.09)),
    ("api", "other", always(0.4)), ("chat", "refused", always(0.002)),
    ("api", "sealed", always(0.01)),
]
CONNECT_FAILURES = [
    (CHAT_A, "connect_refused", spike(DEPLOY, 6, 40)), (API, "connect_timeout", always(0.004)),
    (API, "name_not_resolved", spike(NGINX, 0.4, 60)),
]
TLS_FAILURES = [
    ("api", "client", "tls_certificate_distrusted", always(0.05)),
    ("api", "client", "not_tls_to_tls_port", always(0.02)),
    ("api", "client", "tls_version_unsupported", always(0.012)),
    ("api", "server", "tls_certificate_expired", spike(NGINX + 900, 0.3, 500)),
]
STRAY = [("chat", "server_to_client", "http_response", spike(DEPLOY, 0.6, 60)),
         ("api", "client_to_server", "not_masked", since(BAD_CLIENT, 0.02))]
OPCODES = {"text": 60, "binary": 14, "continuation": 2, "ping": 7, "pong": 7, "close": 4}


class Service:
    """Counts as they stand after each step; samples() gives them in the text of Prometheus."""

    def __init__(self, metrics, start, seed=1):
        self.metrics = metrics  # as page.metrics() reads them
        self.start = start  # seconds since the epoch
        self.at = 0  # seconds since then
        self.random = random.Random(seed)
        self.counts = defaultdict(float)  # (name, labels) -> value
        self.buckets = {name: buckets_of(name) for name in metrics
                        if metrics[name].type == "histogram"}
        self.bounds = {name: [float(bound) for bound in bounds]
                       for name, bounds in self.buckets.items()}
        self.observed = {}  # (name, labels) -> how often in each bucket, not cumulative

    def step(self):
        self.at += STEP
        for (where, code, initiator, clean, cause, rate, age, silence) in CLOSES:
            for _ in range(self._times(rate)):
                self._closed(where, code, initiator, clean, cause, age, silence)
        for listener, rule, side, rate in VIOLATIONS:
            self._add("lastframe_violations_total", rate, listener=listener, rule=rule, side=side)
        for (listener, upstream), outcome, rate in OUTCOMES:
            self._add("lastframe_handshakes_total", rate, listener=listener, upstream=upstream,
                      outcome=outcome)
        for listener, result, rate in RESULTS:
            self._add("lastframe_connections_total", rate, listener=listener, result=result)
        for (listener, upstream), cause, rate in CONNECT_FAILURES:
            self._add("lastframe_connect_failures_total", rate, listener=listener,
                      upstream=upstream, cause=cause)
        for listener, leg, reason, rate in TLS_FAILURES:
            self._add("lastframe_tls_failures_total", rate, listener=listener, leg=leg,
                      reason=reason)
        for listener, direction, kind, rate in STRAY:
            self._add("lastframe_stray_finds_total", rate, listener=listener, direction=direction,
                      kind=kind)
        if abs(self.at - DEPLOY) < STEP:
            self._count("lastframe_mass_closes_total", 1, listener="chat", upstream=CHAT_A[1])
        self._traffic()
        self._own_counters()
        return self

    def _closed(self, where, code, initiator, clean, cause, age, silence):
        listener, upstream = where
        self._count("lastframe_closes_total", 1, listener=listener, upstream=upstream, code=code,
                    initiator=initiator, clean=clean)
        self._count("lastframe_close_causes_total", 1, listener=listener, upstream=upstream,
                    cause=cause)
        exact = cause in ("idle_timeout", "lifetime_limit")
        aged = age + self.random.random() if cause == "lifetime_limit" \
            else self.random.expovariate(1 / age) + silence
        quiet = silence + self.random.random() * 0.4 if exact or cause == "keepalive_unanswered" \
            else self.random.expovariate(1 / silence)
        self._observe("lastframe_connection_duration_seconds", aged, listener=listener)
        self._observe("lastframe_idle_before_close_seconds", min(quiet, aged), listener=listener)

    def _traffic(self):
        for listener, share in (("chat", 1.0), ("api", 0.6)):
            for _ in range(self._times(always(1.2 * share))):
                slow = 20 if abs(self.at - DEPLOY) < 120 and listener == "chat" else 1
                self._observe("lastframe_handshake_duration_seconds",
                              self.random.lognormvariate(-5.2, 0.9) * slow, 5, listener=listener)
            for side, mean in (("client", 0.045), ("server", 0.002)):
                for _ in range(self._times(always(0.6 * share))):
                    self._observe("lastframe_pong_latency_seconds",
                                  self.random.expovariate(1 / mean), 5, listener=listener,
                                  side=side)
            for direction, weight in (("client_to_server", 0.4), ("server_to_client", 1.0)):
                for opcode, rate in OPCODES.items():
                    self._add("lastframe_frames_total", always(rate * weight * share * 5),
                              listener=listener, direction=direction, opcode=opcode)
                for _ in range(self._times(always(1.5 * share * weight))):
                    size = self.random.lognormvariate(6.5, 1.6)
                    self._observe("lastframe_message_size_bytes", size, 40, listener=listener,
                                  direction=direction)
                    self._count("lastframe_payload_bytes_total", 40 * size, listener=listener,
                                direction=direction)
        self._add("lastframe_frames_total", always(0.01), listener="api",
                  direction="client_to_server", opcode="reserved")
        self._add("lastframe_untrusted_directions_total", always(0.012), listener="api",
                  direction="client_to_server")
        self._add("lastframe_untrusted_directions_total", always(0.004), listener="chat",
                  direction="server_to_client")

    def _own_counters(self):
        self._count("process_cpu_seconds_total", STEP * (0.22 + 0.05 * self.random.random()))
        for name, rate in (("accept_pauses", spike(DEPLOY, 0.2)), ("analyses_shed", always(0.003)),
                           ("other_protocols", always(0.05)),
                           ("log_dropped_lines", spike(DEPLOY, 8)), ("feed_dropped", always(0.01))):
            self._add(f"lastframe_{name}_total", rate)
        self._add("lastframe_source_ports_exhausted_total", always(0.001), listener="api",
                  upstream=API[1])
        for result, rate in (("delivered", always(9)), ("dropped", spike(DEPLOY + 300, 3, 90)),
                             ("sampled", spike(DEPLOY, 6))):
            self._add("lastframe_sink_records_total", rate, sink="clickhouse", result=result)
        for result, rate in (("ok", always(0.2)), ("retried", spike(DEPLOY + 300, 0.3, 200)),
                             ("refused", always(0.001))):
            self._add("lastframe_sink_batches_total", rate, sink="clickhouse", result=result)

    def _gauges(self):
        now = self.start + self.at
        wave = math.sin(self.at / 2500)
        after = self.at - DEPLOY
        dip = 0.35 if 0 <= after < 180 else 1
        storm = math.exp(-after / 400) if after >= 0 else 0
        sessions = {CHAT_A: (2600 + 400 * wave) * dip, CHAT_B: 2200 + 350 * wave,
                    API: 480 + 60 * wave}
        for (listener, upstream), value in sessions.items():
            yield "lastframe_sessions_active", round(value), {"listener": listener,
                                                              "upstream": upstream}
        yield "lastframe_connections_active", round(4900 + 700 * wave), {"listener": "chat"}
        yield "lastframe_connections_active", round(520 + 60 * wave), {"listener": "api"}
        if self.at > NGINX + 600:
            yield "lastframe_learnt_timeout_seconds", 60, {
                "listener": "chat", "upstream": CHAT_B[1], "kind": "idle"}
        yield "lastframe_learnt_timeout_seconds", 7200, {"listener": "api", "upstream": API[1],
                                                         "kind": "lifetime"}
        yield "lastframe_learnt_size_limit_bytes", 1048577, {
            "listener": "api", "upstream": API[1], "direction": "client_to_server"}
        yield "lastframe_build_info", 1, {"version": "0.1.0", "libwebsockets": "4.1.6",
                                          "openssl": "3.0.17"}
        own = {
            "lastframe_workers": 2, "lastframe_connections_limit": 9984,
            "lastframe_pending_bytes": 3e5 + 2.5e5 * wave + 4e7 * storm,
            "lastframe_pending_bytes_limit": 268435456,
            "lastframe_inflate_bytes": 2.1e7 + 4e6 * wave,
            "lastframe_tick_lag_seconds": 0.002 + 0.004 * self.random.random() + 0.05 * storm,
            "lastframe_config_last_reload_successful": 0 if 600 <= after < 1500 else 1,
            "lastframe_config_last_reload_success_timestamp_seconds": self.start - 86400,
            "lastframe_draining": 0, "lastframe_feed_subscribers": 2,
            "process_resident_memory_bytes": 1.6e8 + 1.2e7 * wave + 4e7 * storm,
            "process_open_fds": round(10900 + 1500 * wave), "process_max_fds": 20000,
            "process_start_time_seconds": self.start - 400000,
        }
        for name, value in own.items():
            yield name, value, {}
        for name, value in (("spool_bytes", 9e6 * storm),
                            ("last_success_timestamp_seconds", now - 4)):
            yield f"lastframe_sink_{name}", value, {"sink": "clickhouse"}
        for certificate, days in (("/etc/lastframe/api.pem", 11), ("/etc/lastframe/chat.pem", 63)):
            yield "lastframe_certificate_expiry_timestamp_seconds", \
                self.start + LENGTH + days * 86400, \
                {"listener": certificate.split("/")[-1][:-4], "certificate": certificate}

    def samples(self):
        """(name of the family, name, labels, value) of everything, now."""
        for (name, labels), value in self.counts.items():
            family = name.removesuffix("_sum")
            yield family if family in self.buckets else name, name, dict(labels), value
        for (name, labels), counts in self.observed.items():
            for bound, sum in zip(self.buckets[name], itertools.accumulate(counts)):
                yield name, f"{name}_bucket", {**dict(labels), "le": bound}, sum
            yield name, f"{name}_count", dict(labels), sum
        for name, value, labels in self._gauges():
            yield name, name, labels, value

    def _times(self, rate):
        """How often something of this rate happened in a step: Poisson's distribution."""
        mean, times = rate(self.at) * STEP, 0
        if mean > 50:
            return round(self.random.gauss(mean, math.sqrt(mean)))
        left = math.exp(-mean)
        chance = self.random.random()
        while chance > left:
            chance *= self.random.random()
            times += 1
        return times

    def _add(self, name, rate, **labels):
        if times := self._times(rate):
            self._count(name, times, **labels)

    def _count(self, name, value, **labels):
        self.counts[name, tuple(labels.items())] += value

    def _observe(self, name, value, times=1, **labels):
        key = name, tuple(labels.items())
        if key not in self.observed:
            self.observed[key] = [0] * len(self.buckets[name])
        self.observed[key][bisect.bisect_left(self.bounds[name], value)] += times
        self._count(f"{name}_sum", times * value, **labels)
