"""Everything that may be set from outside, validated once at the start; nothing else reads the environment.

Values come from environment variables (prefix CAREOPS_; DATABASE_URL, PORT, GMAIL and APP_PASSWORD also bare), from a
`.env` file in the working folder, or from a file named by the same variable with `_FILE` appended (container secrets).
"""

import errno
import os
import secrets
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "CAREOPS_"
SHORTEST_SECRET = 32
PROBE_BYTES = 64 * 1024
FULL = (errno.ENOSPC, errno.EDQUOT)
PLACEHOLDERS = ("changeme", "change-me", "change_me", "secret", "password", "example", "placeholder", "your-", "xxxx")


class ConfigurationError(Exception):
    """A setting is wrong; the text is one line that names the setting and the cure."""


class Signup(StrEnum):
    """Who may create a business on this installation."""

    OPEN = "open"
    CLOSED = "closed"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


def _postgres_url(value: str) -> str:
    """The same database named for psycopg 3; every other engine is refused."""
    for scheme in ("postgres://", "postgresql://"):
        if value.startswith(scheme):
            value = "postgresql+psycopg://" + value.removeprefix(scheme)
    cure = "write it as postgresql://user:password@host:5432/database, or remove it to use the embedded database"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(cure) from None
    if url.drivername != "postgresql+psycopg" or not url.database:
        raise ValueError(cure)
    return value


def _redis_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path):
        raise ValueError("write it as redis://host:6379/0, or remove it to run a single app process")
    return value


def _real_secret(value: str) -> str:
    cure = f"use a random value of at least {SHORTEST_SECRET} characters, or remove it to have one made for you"
    if any(word in value.lower() for word in PLACEHOLDERS):
        raise ValueError(f"this is a placeholder; {cure}")
    if len(value) < SHORTEST_SECRET or len(set(value)) < 10:
        raise ValueError(f"too short or too simple; {cure}")
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("write it as https://name.example, without a path")
    return value.rstrip("/")


class _FromFiles(PydanticBaseSettingsSource):
    """Reads NAME from the file that NAME_FILE points at, so that secrets need not stand in the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        for name in environment_names(field_name, field):
            if path := _outside().get(f"{name}_FILE"):
                return self._text(path, f"{name}_FILE"), field_name, False
        return None, field_name, False

    @staticmethod
    def _text(path: str, name: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise ConfigurationError(f"{name}: cannot read {path} ({problem.strerror}); correct the path") from None

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, field_name)
            if value is not None:
                found[environment_names(field_name, field)[0]] = value
        return found


def _outside() -> dict[str, str]:
    """The environment over the `.env` file, without empty values; names in upper case."""
    merged = {**dotenv_values(".env"), **os.environ}
    return {name.upper(): value for name, value in merged.items() if value}


def environment_names(field_name: str, field: FieldInfo) -> list[str]:
    """The variables that set this field, the preferred one first."""
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices]
    return [f"{PREFIX}{field_name.upper()}"]


class Settings(BaseSettings):
    """The configuration of this installation; frozen, read through `settings()`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    given_database_url: Annotated[str, AfterValidator(_postgres_url)] | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_DATABASE_URL", "DATABASE_URL"), repr=False
    )
    database_password: str | None = Field(None, repr=False)
    redis_url: Annotated[str, AfterValidator(_redis_url)] | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_REDIS_URL", "REDIS_URL"), repr=False
    )
    data_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        default_factory=lambda: Path("data").absolute()
    )
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65535, validation_alias=AliasChoices("CAREOPS_PORT", "PORT"))
    given_public_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_PUBLIC_URL")
    )
    given_secret_key: Annotated[str, AfterValidator(_real_secret)] | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_SECRET_KEY"), repr=False
    )
    given_encryption_key: Annotated[str, AfterValidator(_real_secret)] | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_ENCRYPTION_KEY"), repr=False
    )
    gmail: str | None = Field(None, validation_alias=AliasChoices("CAREOPS_GMAIL", "GMAIL"))
    app_password: str | None = Field(
        None, validation_alias=AliasChoices("CAREOPS_APP_PASSWORD", "APP_PASSWORD"), repr=False
    )
    log_level: Annotated[str, BeforeValidator(lambda value: str(value).upper())] = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$"
    )
    log_format: LogFormat = LogFormat.CONSOLE
    signup: Signup = Signup.OPEN
    trusted_proxy_hops: int = Field(0, ge=0, le=10)
    metrics: bool = False
    metrics_token: Annotated[str, AfterValidator(_real_secret)] | None = Field(None, repr=False)
    run_worker: bool = True
    migrate_on_start: bool = True

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, _FromFiles(settings_cls)

    @property
    def database_url(self) -> str | None:
        """The address of the database with its password, which may come apart from it, as a secret of its own."""
        if self.given_database_url is None or self.database_password is None:
            return self.given_database_url
        return (
            make_url(self.given_database_url).set(password=self.database_password).render_as_string(hide_password=False)
        )

    @property
    def public_url(self) -> str:
        """The address in every link that leaves the machine; without a slash at the end."""
        return self.given_public_url or f"http://localhost:{self.port}"

    @property
    def local_url(self) -> str:
        """Where a program on this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://{host}:{self.port}"

    @property
    def public_url_is_set(self) -> bool:
        return self.given_public_url is not None

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @cached_property
    def secret_key(self) -> str:
        """Signs links and tokens; made once and kept in the data folder when it is not given."""
        return self.given_secret_key or _kept_secret(self.data_dir / "secret.key")

    @cached_property
    def encryption_key(self) -> str:
        """Encrypts stored channel passwords; made once, in Fernet's format, when it is not given."""
        return self.given_encryption_key or _kept_secret(self.data_dir / "encryption.key")

    def with_data_dir(self) -> Self:
        """Makes the data folder. Raises ConfigurationError when it cannot be written."""
        probe = self.data_dir / f".write-{secrets.token_hex(4)}"
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                probe.write_bytes(b"\0" * PROBE_BYTES)
            finally:
                probe.unlink(missing_ok=True)
        except OSError as problem:
            cure = "make room on its disk" if problem.errno in FULL else "name a folder that this user may write to"
            raise ConfigurationError(
                f"CAREOPS_DATA_DIR: cannot write to {self.data_dir} ({problem.strerror}); {cure}"
            ) from None
        return self


def new_secret() -> str:
    """A random key in Fernet's format."""
    return Fernet.generate_key().decode()


def write_secret(path: Path, secret: str) -> None:
    """Put another secret into a file that keeps one: the old one or the new one is in it, never half of either."""
    _draft(path, secret).replace(path)


def _draft(path: Path, secret: str) -> Path:
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _kept_secret(path: Path) -> str:
    """The secret in this file; made with mode 0600 the first time, by whichever process comes first."""
    if not path.exists():
        draft = _draft(path, new_secret())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def _one_line(problem: ValidationError) -> str:
    error = problem.errors(include_url=False, include_input=False)[0]
    field_name = str(error["loc"][0]) if error["loc"] else "settings"
    field = Settings.model_fields.get(field_name)
    name = environment_names(field_name, field)[0] if field else field_name
    if (bare := name.removeprefix(PREFIX)) in _outside() and name not in _outside():
        name = bare
    if error["type"] == "value_error":
        return f"{name}: {error['msg'].removeprefix('Value error, ')}"
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}; correct it, or remove it to have the default"


@cache
def settings() -> Settings:
    """The settings of this process. Raises ConfigurationError with one line for the first thing that is wrong."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as problem:
        raise ConfigurationError(_one_line(problem)) from None


def reset_settings() -> None:
    """Reads the environment anew at the next call; for tests and for the start of the embedded database."""
    settings.cache_clear()
