# docker build -t lastframe .
# docker run --rm -p 8080:8080 lastframe proxy --listen :8080 --upstream ws://HOST:PORT
# docs/deploy.md has the rest: read-only root, health, drain, compose, Kubernetes.

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config \
      libwebsockets-dev libssl-dev zlib1g-dev libcap-dev libyaml-cpp-dev libsimdjson-dev libnghttp2-dev \
      libfmt-dev libcli11-dev nlohmann-json3-dev libcurl4-openssl-dev prometheus-cpp-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY CMakeLists.txt CMakePresets.json ./
COPY proxy proxy
COPY config/catalogue config/catalogue
RUN cmake --preset release -DLASTFRAME_TESTS=OFF \
 && cmake --build build/release \
 && DESTDIR=/staging cmake --install build/release --prefix /usr/local --strip

FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates libcurl4 libwebsockets17 libssl3 libyaml-cpp0.7 libsimdjson14 libfmt9 \
      libnghttp2-14 libprometheus-cpp-core1.0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* \
 && groupadd --system --gid 10001 lastframe \
 && useradd --system --uid 10001 --gid lastframe --no-create-home --shell /usr/sbin/nologin lastframe
COPY --from=build /staging/usr/local/bin/lastframe /usr/local/bin/lastframe
COPY config/deploy/container.yaml /etc/lastframe/lastframe.yaml
COPY LICENSE /usr/share/doc/lastframe/LICENSE

# --build-arg REVISION=$(git rev-parse HEAD) --build-arg CREATED=$(date -u +%FT%TZ)
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="lastframe" \
      org.opencontainers.image.description="Transparent WebSocket proxy and close-frame analyzer" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.licenses="MIT"

# Numbers, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 10001:10001
EXPOSE 8080
# Asks the admin port at 127.0.0.1:9464. With another one, or none: --health-cmd, --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
  CMD ["lastframe", "health"]
# Drains: running connections go on for drain_timeout (25s), so give `docker stop` 30 seconds.
STOPSIGNAL SIGTERM
# Writes no file: records go to standard output, so the root may be read-only.
ENTRYPOINT ["lastframe"]
CMD ["proxy", "--config", "/etc/lastframe/lastframe.yaml"]
