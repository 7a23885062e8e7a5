"""The boxes that are measured, each as its documentation has it for WebSockets, in the page's order."""

from box import Box, Direct, IdleTimeout, Lastframe
from tunnel import tunnel

HAPROXY = """\
global
    maxconn 256
defaults
{matters}
frontend hop
    bind fd@{descriptor}
    default_backend service
backend service
    server service 127.0.0.1:{upstream}
"""


def haproxy(mode, tunnel_timeout="1h"):
    """The first three time-outs are Debian's."""
    return f"""\
    mode {mode}
    timeout connect 5s
    timeout client 50s
    timeout server 50s
    timeout tunnel {tunnel_timeout}"""


NGINX = """\
{user_line}
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{matters}
}
"""
# nginx.org/en/docs/http/websocket.html
NGINX_HTTP = """\
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }
    server {
        listen 127.0.0.1:{port};
        location / {
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }
    }"""
NGINX_STREAM_FRAME = """\
{user_line}
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 256; }
stream {
{matters}
}
"""
NGINX_STREAM = """\
    server {
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{upstream};
    }"""

CADDY = """\
{
    admin off
    auto_https off
}
{matters}
"""
CADDY_HTTP = """\
http://127.0.0.1:{port} {
    reverse_proxy 127.0.0.1:{upstream}
}"""

APACHE = """\
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so
# As Debian has it.
Timeout 300
{matters}
"""
APACHE_HTTP = 'ProxyPass "/" "http://127.0.0.1:{upstream}/" upgrade=websocket'
APACHE_WSTUNNEL = 'ProxyPass "/" "ws://127.0.0.1:{upstream}/"'

SQUID = """\
{matters}
http_access allow all
cache deny all
access_log none
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
coredump_dir {folder}
visible_hostname box.example
pinger_enable off
shutdown_lifetime 0 seconds
"""
SQUID_ACCELERATOR = """\
http_port 127.0.0.1:{port} accel defaultsite=127.0.0.1 no-vhost
cache_peer 127.0.0.1 parent {upstream} 0 no-query originserver
http_upgrade_request_protocols websocket allow all"""
SQUID_CONNECT = """\
http_port 127.0.0.1:{port}"""

SQUID_CLOCK = ("Connections that were silent for too long end together, at one moment: with 3 s that was "
               "after 2 s to 5 s.")

# varnish-cache.org/docs/7.1/users-guide/vcl-example-websockets.html
VARNISH = """\
vcl 4.1;
backend service { .host = "127.0.0.1"; .port = "{upstream}"; }
sub vcl_recv {
    if (req.http.upgrade ~ "(?i)websocket") {
        return (pipe);
    }
}
sub vcl_pipe {
    if (req.http.upgrade) {
        set bereq.http.upgrade = req.http.upgrade;
        set bereq.http.connection = req.http.connection;
    }
}"""

MITMPROXY = """\
{matters}
listen_host: 127.0.0.1
listen_port: {port}
flow_detail: 0
"""
MITMPROXY_REVERSE = 'mode: "reverse:http://127.0.0.1:{upstream}"'

HTTP_PROXY = """\
const httpProxy = require('http-proxy');

const proxy = httpProxy.createServer({target: 'http://127.0.0.1:{upstream}', ws: true});
proxy.on('error', () => {});
proxy.listen({port}, '127.0.0.1');"""


HAPROXY_SILENCE = (
    "[`timeout tunnel`](https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20tunnel): none; without it `timeout "
    "client` and `timeout server`, none either. Debian's configuration has 50 s for these two")
NGINX_DOCS = "https://nginx.org/en/docs"
APACHE_DOCS = "https://httpd.apache.org/docs/2.4/mod"
SQUID_SILENCE = (
    "[`read_timeout`](https://www.squid-cache.org/Doc/config/read_timeout/): 15 minutes without a byte from the "
    "server; "
    "[`client_lifetime`](https://www.squid-cache.org/Doc/config/client_lifetime/) ends any connection after a day")


def nginx(name, matters, frame, silence, idle):
    return Box(name, "nginx", "nginx-light libnginx-mod-stream", matters, frame,
               arguments=("-p", "{folder}", "-e", "stderr", "-c", "{folder}/box.conf"),
               environment={"NGINX": "{descriptor};"}, takes_socket=True, version_of=("-v",),
               silence=silence, idle=idle)


def apache(name, matters, module, note, silence):
    return Box(name, "apache2", "apache2-bin", matters, APACHE.replace("{module}", module),
               arguments=("-f", "{folder}/box.conf", "-DFOREGROUND"), version_of=("-v",), note=note,
               silence=silence, idle=IdleTimeout("Timeout 3", matters + "\nTimeout 3"))


def squid(name, matters, note, around=None):
    return Box(name, "squid", "squid", matters, SQUID, user="proxy", version_of=("-v",), note=note,
               arguments=("-N", "-f", "{folder}/box.conf"), around=around,
               silence=SQUID_SILENCE,
               idle=IdleTimeout("read_timeout 3 seconds", matters + "\nread_timeout 3 seconds"))


BOXES = (
    Direct(),
    Lastframe(),
    *(Box(f"haproxy, mode {mode}", "haproxy", "haproxy", haproxy(mode), HAPROXY,
          arguments=("-db", "-f", "{folder}/box.conf"), takes_socket=True, version_of=("-v",),
          silence=HAPROXY_SILENCE, idle=IdleTimeout("timeout tunnel 3s", haproxy(mode, "3s")))
      for mode in ("http", "tcp")),
    nginx("nginx, http", NGINX_HTTP, NGINX,
          f"[`proxy_read_timeout`]({NGINX_DOCS}/http/ngx_http_proxy_module.html#proxy_read_timeout): 60 s "
          f"([WebSocket]({NGINX_DOCS}/http/websocket.html))",
          IdleTimeout("proxy_read_timeout 3s",
                      NGINX_HTTP.replace("proxy_http", "proxy_read_timeout 3s;\n proxy_http"))),
    nginx("nginx, stream", NGINX_STREAM, NGINX_STREAM_FRAME,
          f"[`proxy_timeout`]({NGINX_DOCS}/stream/ngx_stream_proxy_module.html#proxy_timeout): 10 minutes",
          IdleTimeout("proxy_timeout 3s",
                      NGINX_STREAM.replace("proxy_pass", "proxy_timeout 3s;\n proxy_pass"))),
    Box("caddy", "caddy", "caddy", CADDY_HTTP, CADDY, file="Caddyfile", version_of=("version",),
        arguments=("run", "--adapter", "caddyfile", "--config", "{folder}/Caddyfile"),
        environment={"HOME": "{folder}", "XDG_DATA_HOME": "{folder}", "XDG_CONFIG_HOME": "{folder}"},
        note="A frame that comes in one piece with the request never reaches the echo. RFC 6455 has "
             "clients wait for the 101.",
        silence="none; [`stream_timeout`](https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming), "
                "from 2.7 on, ends a connection by its age, and is off"),
    apache("apache, mod_proxy_http", APACHE_HTTP, "proxy_http",
           "`ProxyTimeout 3`, and `timeout=3` behind ProxyPass, did not end a connection that was silent "
           "for 12 s; `Timeout 3` did.",
           f"[`ProxyTimeout`]({APACHE_DOCS}/mod_proxy.html#proxytimeout): as "
           f"[`Timeout`]({APACHE_DOCS}/core.html#timeout), 60 s; Debian has 300 s"),
    apache("apache, mod_proxy_wstunnel", APACHE_WSTUNNEL, "proxy_wstunnel",
           "Without mod_proxy_http, which takes `ws://` over where it is loaded (since 2.4.47, unless "
           "`ProxyWebsocketFallbackToProxyHttp Off`). It stands still where both ends write and neither "
           "reads until it has written: the packets show its window and the echo's at zero, while the "
           "client would take more. How much passes before depends on the kernel's buffers. Neither "
           "`Timeout 3`, `ProxyTimeout 3` nor `timeout=3` behind ProxyPass ended a connection that was "
           "silent for 10 s.",
           f"[`ProxyTimeout`]({APACHE_DOCS}/mod_proxy.html#proxytimeout) and `Timeout` as above; of its own "
           f"[none]({APACHE_DOCS}/mod_proxy_wstunnel.html): `ProxyWebsocketIdleTimeout` is "
           "[2.5's](https://httpd.apache.org/docs/trunk/mod/mod_proxy_wstunnel.html#proxywebsocketidletimeout), and "
           "off"),
    squid("squid, accelerator", SQUID_ACCELERATOR, SQUID_CLOCK),
    squid("squid, CONNECT", SQUID_CONNECT, "The client asks it for a tunnel (`CONNECT`) first, as "
          "browsers do; what is measured is what passes through. " + SQUID_CLOCK, tunnel),
    Box("varnish", "varnishd", "varnish gcc libc6-dev", VARNISH, file="box.vcl", version_of=("-V",),
        arguments=("-F", "-j", "none", "-a", "127.0.0.1:{port}", "-f", "{folder}/box.vcl",
                   "-n", "{folder}/work", "-s", "malloc,16m", "-T", "none"),
        silence="[`pipe_timeout`](https://varnish-cache.org/docs/7.1/reference/varnishd.html#pipe-timeout): 60 s "
                "without a byte in either direction",
        idle=IdleTimeout("-p pipe_timeout=3", VARNISH, ("-p", "pipe_timeout=3"))),
    Box("mitmproxy", "mitmdump", "mitmproxy", MITMPROXY_REVERSE, MITMPROXY,
        file="config.yaml", arguments=("-q", "--set", "confdir={folder}"),
        note="It ends WebSocket and opens a connection of its own. It stands still where the echo "
             "writes back before it has read the whole message: the packets show both windows between "
             "them at zero. How much passes before depends on the kernel's buffers. With "
             "permessage-deflate it compresses whatever passes.",
        silence="none is documented; its source has 10 minutes (`CONNECTION_TIMEOUT`), which later versions let "
                "[`tcp_timeout`](https://github.com/mitmproxy/mitmproxy/pull/7910) change"),
    Box("node http-proxy", "node", "http-proxy", HTTP_PROXY, file="box.cjs",
        arguments=("{folder}/box.cjs",), environment={"NODE_PATH": "{here}/node/node_modules"},
        silence="none; [`timeout` and `proxyTimeout`](https://github.com/http-party/node-http-proxy#options) are those "
                "of requests, and it takes every time-out off the sockets of a WebSocket"),
)
BY_NAME = {box.name: box for box in BOXES}
