"""The demo business: a busy small clinic, deterministic, dated relative to now, built by calling commands only.

cast.py    who is in it: team, services, forms, stock, customers
story.py   what has happened and will happen, in order of time
build.py   tells the story with the clock pinned to each moment, and lets automation do its part
"""

from careops_app.demo.build import Teller, build_demo

__all__ = ["Teller", "build_demo"]
