# The image runs the Makefile's own steps; only the base and the user are its own.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements requirements
COPY Makefile pyproject.toml README.md LICENSE ./
RUN make libraries TORCH_INDEX="${TORCH_INDEX}"
COPY service service
COPY models models
COPY eval eval
RUN make runtime && .venv/bin/python -m compileall -q service models eval

FROM ${BASE}
LABEL org.opencontainers.image.title="counterclaim" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 counterclaim \
    && useradd --uid 10001 --gid counterclaim --no-create-home --home-dir /data counterclaim \
    && install --directory --owner counterclaim --group counterclaim /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    COUNTERCLAIM_DB=sqlite:////data/ledger.db \
    COUNTERCLAIM_HOST=0.0.0.0 \
    COUNTERCLAIM_PORT=8321
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8321
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8321/healthz', timeout=4)"]
ENTRYPOINT ["counterclaim"]
CMD ["serve"]
