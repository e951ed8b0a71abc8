"""The server of `careops run` without the build of the staff's screens; a program of its own, started by `ground`."""

from __future__ import annotations

import os
from pathlib import Path

from careops_app import front_end
from careops_app.cli import serving
from careops_app.infra import logs


def main() -> None:
    """Serves until SIGTERM."""
    front_end.serve(Path(os.environ["CAREOPS_WEB"]))
    logs.set_up()
    serving.serve()


if __name__ == "__main__":
    main()
