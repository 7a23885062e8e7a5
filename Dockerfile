# docker build -t lastframe .
# docker run --rm -p 8080:8080 lastframe proxy --listen :8080 --upstream ws://HOST:PORT

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config \
      libwebsockets-dev libssl-dev zlib1g-dev libcap-dev libyaml-cpp-dev libsimdjson-dev \
      libfmt-dev libcli11-dev nlohmann-json3-dev libcurl4-openssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY CMakeLists.txt CMakePresets.json ./
COPY proxy proxy
RUN cmake --preset release -DLASTFRAME_TESTS=OFF \
 && cmake --build build/release \
 && DESTDIR=/staging cmake --install build/release --prefix /usr/local --strip

FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libwebsockets17 libssl3 libyaml-cpp0.7 libsimdjson14 libfmt9 libcurl4 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 lastframe \
 && useradd --system --uid 10001 --gid lastframe --no-create-home --shell /usr/sbin/nologin lastframe
COPY --from=build /staging/usr/local/bin/lastframe /usr/local/bin/lastframe
COPY config/deploy/container.yaml /etc/lastframe/lastframe.yaml
COPY LICENSE /usr/share/doc/lastframe/LICENSE

LABEL org.opencontainers.image.title="lastframe" \
      org.opencontainers.image.description="Transparent WebSocket proxy and close-frame analyzer" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

USER 10001:10001
EXPOSE 8080
# Drains: running connections go on for drain_timeout (25s), so give `docker stop` 30 seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["lastframe"]
CMD ["proxy", "--config", "/etc/lastframe/lastframe.yaml"]
