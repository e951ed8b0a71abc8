"""`python -m careops_app` is the command line."""

from careops_app.cli import app

app()
