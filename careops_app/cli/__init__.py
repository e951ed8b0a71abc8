"""The command line: `careops run` and what an operator needs beside it. One function per command, one file per matter.

Exit codes: 0 done; 2 refused, or what was looked at is not well, with one line on standard error that says what and what
now; 143 and 130 stopped by SIGTERM and Ctrl-C. Expected failures never end in a traceback.
"""

import os
import signal

from careops_app.cli import keeping, looking, people, sending, serving, tables
from careops_app.cli.frame import ROOT, commands, give_up, stop_in_order
from careops_app.errors import CareOpsError
from careops_app.infra.settings import ConfigurationError

GROUPS = (
    serving,
    looking,
    tables,
    keeping,
    people,
    sending,
)  # imported for the commands they register, in the order of --help


def app() -> None:
    """The entry point: works in the project's folder and turns expected failures into one line."""
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, stop_in_order)
    try:
        commands()
    except (ConfigurationError, CareOpsError) as problem:
        give_up(str(problem))
