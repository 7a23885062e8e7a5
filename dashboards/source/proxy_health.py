"""Proxy health: is Lastframe itself well, and how much room is left?"""

from . import colours
from .board import board, row
from .histograms import latency_distribution, size_distribution
from .panels import colour, override, stat, table, target, targets, timeseries, value_map
from .query import TARGET, counted, per_second, quantile, select
from .shared import or_zero

BUILD = f"lastframe_build_info{{{TARGET}}}"
ROOM = ((None, colours.CALM), (0.7, colours.WARNING), (0.9, colours.ALARM))
LOST = ((None, colours.CALM), (0.5, colours.WARNING))
DROPPED = 'result="dropped"'
DIRECTIONS = [colour("client_to_server", colours.CALM, displayName="client to server"),
              colour("server_to_client", colours.CALM_DARK, displayName="server to client")]


def own(name):
    """A metric of the process, which has no listener."""
    return select(name, listener=False)


def proxy_health(docs):
    return board("lastframe-proxy-health",
                 "Is the proxy itself well: room, losses, configuration, traffic, process.",
                 [_now(), _room(), _losses(), _traffic(), _outputs(), _recorder(), _process()], docs)


def _share(part, whole):
    return f"max by (instance) ({own(part)} / {own(whole)})"


def _now():
    return row(
        "Now",
        "The relay goes on when the analysis, the log or a sink cannot: what is lost then is "
        "counted here. **Orange means that something was lost or will be.**",
        stat("Proxies", "Proxies that are scraped, and their versions.",
             target(f"count by (version) ({BUILD})", "{{version}}", instant=True), name=True,
             none="none is seen: see Prometheus's targets", graph=False, size=(3, 4), decimals=0),
        stat("Connections", "The fullest proxy's share of the connections that limits and open "
                            "files allow. Orange from 70 %, red from 90 %: beyond, clients wait in "
                            "the kernel's queue.",
             target(f"max(sum by (instance) ({select('lastframe_connections_active')}) / "
                    f"on (instance) max by (instance) ({own('lastframe_connections_limit')}))"),
             unit="percentunit", none="no proxy is seen", steps=ROOM, decimals=1),
        stat("Held for slow readers", "The fullest proxy's share of the bytes that may be held for "
                                      "readers that are slow. Orange from 70 %: then senders are "
                                      "slowed.",
             target(f"max({_share('lastframe_pending_bytes', 'lastframe_pending_bytes_limit')})"),
             unit="percentunit", none="no proxy is seen", steps=ROOM, decimals=1),
        stat("Timer lag", "How late the slowest worker's timers were. Orange from 50 ms: the "
             "machine is too busy for this load.",
             target(f"max({own('lastframe_tick_lag_seconds')})"), unit="s",
             none="no proxy is seen",
             steps=((None, colours.CALM), (0.05, colours.WARNING), (0.5, colours.ALARM))),
        stat("Not looked into", "Connections that are relayed and no longer analysed, for want of "
                                "memory or time, in the time shown.",
             target(or_zero(counted("lastframe_analyses_shed_total", listener=False)),
                    instant=True), decimals=0, graph=False, none="no proxy is seen", steps=LOST,
             size=(3, 4)),
        stat("Records lost", "Lines of the log, and records for sinks, that were lost in the time "
             "shown.",
             target(f"{_or_zero_counted('lastframe_log_dropped_lines_total')} + "
                    f"{_or_zero_counted('lastframe_sink_records_total', DROPPED)}", instant=True),
             decimals=0, graph=False, none="no proxy is seen", steps=LOST, size=(3, 4)),
        stat("Configuration", "Whether the last reload was taken. A refused one leaves everything "
             "as it was; the diagnostics name its mistakes.",
             target(f"min({own('lastframe_config_last_reload_successful')})", instant=True),
             none="no proxy is seen", graph=False, size=(3, 4),
             steps=((None, colours.ALARM), (1, colours.CALM)),
             mappings=value_map({"1": "as the file", "0": "reload refused"})))


def _or_zero_counted(metric, *matchers):
    return or_zero(counted(metric, "", *matchers, listener=False))


def _room():
    return row(
        "Room",
        "What is used of each limit. A proxy that is full refuses nobody: it accepts later, or "
        "slows senders, and says so here.",
        timeseries("Open connections", "Accepted and not yet over, and of these the open WebSocket "
                   "connections; dashed is the most there can be.",
                   targets((f"sum({select('lastframe_connections_active')})", "connections"),
                           (f"sum({select('lastframe_sessions_active')})", "WebSocket sessions"),
                           (f"sum({own('lastframe_connections_limit')})", "limit")), (8, 9),
                   none="no proxy is seen", overrides=[
                       colour("connections", "#9CC3DD"),
                       colour("WebSocket sessions", colours.CALM_DARK), _limit()]),
        timeseries("Bytes held for slow readers", "By proxy; dashed is what may be held at most "
                   "by one.",
                   targets((f"max by (instance) ({own('lastframe_pending_bytes')})",
                            "{{instance}}"),
                           (f"min({own('lastframe_pending_bytes_limit')})", "limit")), (8, 9),
                   unit="bytes", none="no proxy is seen", overrides=[_limit()]),
        timeseries("Memory of compressed messages", "Held to look into messages of "
                   "permessage-deflate (limits.inflate_memory). Beyond its limit they are relayed "
                   "and not looked into.",
                   target(f"max by (instance) ({own('lastframe_inflate_bytes')})",
                          "{{instance}}"), (8, 9), unit="bytes", none="no proxy is seen"))


def _limit():
    return colour("limit", colours.ALARM, custom__lineStyle={"fill": "dash", "dash": [8, 8]},
                  custom__fillOpacity=0, custom__lineWidth=1)


def _losses():
    def lost(name):
        return per_second(name, "", listener=False)
    return row(
        "What was lost or late",
        "Each of these lines should lie at zero. A pause of accepting means: raise the limit of "
        "open files. Dropped lines: the disk or the reader of the log is too slow.",
        timeseries("Losses", "Events per second of each kind.",
                   targets((lost("lastframe_accept_pauses_total"), "accepting paused"),
                           (lost("lastframe_analyses_shed_total"), "analysis shed"),
                           (lost("lastframe_log_dropped_lines_total"), "log lines dropped"),
                           (lost("lastframe_feed_dropped_total"), "feed events dropped")),
                   (12, 9), unit="cps", none="no proxy is seen", overrides=[
                       colour("accepting paused", colours.ALARM),
                       colour("analysis shed", colours.BETWEEN),
                       colour("log lines dropped", colours.WARNING),
                       colour("feed events dropped", colours.MUTED)]),
        timeseries("Lag of timers", "How late the slowest worker's timers were.",
                   target(f"max by (instance) ({own('lastframe_tick_lag_seconds')})",
                          "{{instance}}"), (6, 9), unit="s", none="no proxy is seen",
                   steps=((None, "transparent"), (0.05, colours.WARNING))),
        timeseries("Other protocols", "Connections per second in a protocol that is relayed and "
                                      "not looked into, such as HTTP/2.",
                   target(per_second("lastframe_other_protocols_total", "instance",
                                     listener=False), "{{instance}}"), (6, 9), unit="cps",
                   none="none in this time"))


def _traffic():
    latency, size = "lastframe_pong_latency_seconds", "lastframe_message_size_bytes"
    return row(
        "Traffic",
        "What passes, and how soon Pings are answered. A Pong that comes late is a slow client, a "
        "busy event loop or a full network before it is a close with 1011.",
        timeseries("Frames by opcode", "Frames per second, both directions together.",
                   target(per_second("lastframe_frames_total", "opcode"), "{{opcode}}"), (8, 9),
                   unit="cps", stack=True, none="no frames in this time", overrides=[
                       colour("text", colours.CALM), colour("binary", colours.CALM_DARK),
                       colour("continuation", "#9CC3DD"), colour("ping", colours.APPLICATION),
                       colour("pong", "#4DBF9C"), colour("close", colours.WARNING),
                       colour("reserved", colours.ALARM)]),
        timeseries("Payload", "Bytes per second in each direction.",
                   target(per_second("lastframe_payload_bytes_total", "direction"),
                          "{{direction}}"), (8, 9), unit="Bps", none="no frames in this time",
                   overrides=DIRECTIONS),
        timeseries("Pong latency", "95 of 100 Pongs came sooner, by who answered.",
                   target(quantile(0.95, latency, "side"), "{{side}}"), (8, 9), unit="s",
                   none="no Pongs in this time",
                   overrides=[colour("client", colours.WARNING), colour("server", colours.CALM)]),
        size_distribution("Message sizes", "Text and binary messages in the time shown, as on the "
                          "wire. The bounds are famous limits of libraries.", size, (12, 10),
                          "no messages in this time"),
        latency_distribution("Pong latencies", "From a Ping to its Pong, in the time shown.",
                             latency, (12, 10), "no Pongs in this time"))


def _outputs():
    last = f"time() - max by (sink) ({own('lastframe_sink_last_success_timestamp_seconds')})"
    return row(
        "Where records go",
        "Sinks that take records by HTTP, and readers of the live feed. What a sink does not take "
        "waits in its spool; *dropped* is what did not fit.",
        timeseries("Records for sinks", "By what became of them, per second.",
                   target(per_second("lastframe_sink_records_total", "sink, result",
                                     listener=False), "{{sink}} {{result}}"), (7, 8), unit="cps",
                   none="no sink", overrides=[
                       colour("/ delivered$/", colours.CALM, pattern=True),
                       colour("/ dropped$/", colours.ALARM, pattern=True),
                       colour("/ sampled$/", colours.WARNING, pattern=True)]),
        timeseries("Requests to sinks", "Batches per second: *retried* ones come again, *refused* "
                   "ones do not.",
                   target(per_second("lastframe_sink_batches_total", "sink, result",
                                     listener=False), "{{sink}} {{result}}"), (6, 8), unit="cps",
                   none="no sink", overrides=[
                       colour("/ ok$/", colours.CALM, pattern=True),
                       colour("/ refused$/", colours.ALARM, pattern=True),
                       colour("/ retried$/", colours.WARNING, pattern=True)]),
        timeseries("Waiting for sinks", "Bytes that wait in each spool.",
                   target(f"sum by (sink) ({own('lastframe_sink_spool_bytes')})", "{{sink}}"),
                   (5, 8), unit="bytes", none="no sink"),
        stat("Last batch taken", "Time since each sink last took a batch. Orange from a minute, "
                                 "red from 10.",
             target(last, "{{sink}}", instant=True), unit="s", none="no sink", graph=False,
             size=(3, 8), name=True, decimals=0,
             steps=((None, colours.CALM), (60, colours.WARNING), (600, colours.ALARM))),
        stat("Feed readers", "Readers of /api/v1/events.",
             target(f"sum({own('lastframe_feed_subscribers')})"), none="no proxy is seen",
             size=(3, 8), steps=((None, colours.MUTED),), decimals=0))


def _recorder():
    room = _share("lastframe_recorder_memory_bytes", "lastframe_recorder_memory_limit_bytes")
    return row(
        "The flight recorder",
        "The last frames of every connection, for whoever wants to see how one ended. Over its "
        "memory, those that have been quiet for longest give up theirs.",
        timeseries("Memory of the recorder", "What is kept, by proxy.",
                   target(f"max by (instance) ({own('lastframe_recorder_memory_bytes')})",
                          "{{instance}}"), (9, 7), unit="bytes", none="no recorder runs"),
        stat("Recorder's room", "The fullest proxy's share of the memory that the recorder may "
                                "take.",
             target(f"max({room})"), unit="percentunit", none="no recorder runs", steps=ROOM,
             decimals=1, size=(3, 7)),
        timeseries("Gave up their frames", "Connections per second whose frames gave way to those "
                                           "of others.",
                   target(per_second("lastframe_recorder_given_up_total", "instance",
                                     listener=False), "{{instance}}"), (6, 7), unit="cps",
                   none="no recorder runs"),
        timeseries("Recordings", "Connections per second that were to be written to files.",
                   target(per_second("lastframe_recordings_total", "result", listener=False),
                          "{{result}}"), (6, 7), unit="cps", none="no recorder runs",
                   overrides=[colour("written", colours.CALM),
                              colour("dropped", colours.ALARM)]))


def _process():
    reload = "lastframe_config_last_reload_success_timestamp_seconds"
    rows = [(f"max by (instance) ({own('lastframe_workers')})", ""),
            (f"time() - max by (instance) ({own('process_start_time_seconds')})", ""),
            (f"time() - max by (instance) ({own(reload)})", ""),
            (f"max by (instance) ({own('lastframe_draining')})", ""),
            (f"max by (instance, version, libwebsockets, openssl) ({BUILD})", "")]
    return row(
        "The process",
        "Each proxy's own needs. A connection takes two open files; one worker is one thread.",
        timeseries("CPU", "Processor cores in use, by proxy.",
                   target(per_second("process_cpu_seconds_total", "instance", listener=False),
                          "{{instance}}"), (8, 8), none="no proxy is seen", decimals=2),
        timeseries("Resident memory", "Memory that the process holds.",
                   target(f"max by (instance) ({own('process_resident_memory_bytes')})",
                          "{{instance}}"), (8, 8), unit="bytes", none="no proxy is seen"),
        timeseries("Open files", "Of the fullest proxy; dashed is the limit.",
                   targets((f"max({own('process_open_fds')})", "open"),
                           (f"min({own('process_max_fds')})", "limit")), (8, 8),
                   none="no proxy is seen",
                   overrides=[colour("open", colours.CALM_DARK), _limit()]),
        table("Instances", "Each proxy: what it runs, since when, and with which configuration.",
              targets(*rows, instant=True, form="table"), (24, 6),
              [("instance", "Proxy"), ("version", "Version"), ("libwebsockets", "libwebsockets"),
               ("openssl", "OpenSSL"), ("Value #A", "Workers"), ("Value #B", "Running for"),
               ("Value #C", "Configuration taken"), ("Value #D", "State")],
              none="none is seen: see Prometheus's targets", overrides=[
                  override("Workers", unit="none"), override("Running for", unit="s"),
                  override("Configuration taken", unit="s"),
                  override("State", custom__cellOptions={"type": "color-text"},
                           mappings=value_map({"0": ("serving", colours.CALM),
                                               "1": ("draining", colours.WARNING)}))]))
