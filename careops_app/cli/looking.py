"""Commands that only look: `doctor`, `version`."""

import platform
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from careops_app.cli.frame import commands


@commands.command(epilog="Example: careops doctor --no-network")
def doctor(
    network: Annotated[bool, typer.Option(help="Also ask mail servers, text providers and the public address.")] = True,
) -> None:
    """Check this installation and say what is wrong; exit code 2 when something is."""
    from careops_app import doctor as examination

    findings = examination.examine(network=network)
    for finding in findings:
        print(finding)
    if not all(finding.is_well for finding in findings):
        raise SystemExit(2)


@commands.command()
def version() -> None:
    """Print the versions that a bug report needs."""
    print(f"CareOps {installed_version('careops')}, Python {platform.python_version()}, {platform.platform()}")
