"""A wrong setting is one line that names the variable and the cure; secrets are made once and kept private."""

from pathlib import Path

import pytest

from careops_app.infra.settings import ConfigurationError, LogFormat, reset_settings, settings

RANDOM = "k3V9-aZq_0pLw7RtYs2MxNc5BvHg8JdF"


@pytest.fixture(autouse=True)
def _from_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("CAREOPS_DATABASE_URL", "CAREOPS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    reset_settings()
    yield
    monkeypatch.undo()
    reset_settings()


def test_without_anything_it_runs_on_localhost_with_the_embedded_database(tmp_path: Path) -> None:
    assert settings().database_url is None
    assert settings().public_url == "http://localhost:3000"
    assert not settings().public_url_is_set
    assert settings().data_dir == tmp_path / "data"


@pytest.mark.parametrize("name", ["DATABASE_URL", "CAREOPS_DATABASE_URL"])
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgres_address_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, scheme: str) -> None:
    monkeypatch.setenv(name, f"{scheme}://u:p@h:5432/db")
    assert settings().database_url == "postgresql+psycopg://u:p@h:5432/db"


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("DATABASE_URL", "mysql://u@h/db", "postgresql://user:password@host"),
        ("DATABASE_URL", "nonsense", "embedded database"),
        ("DATABASE_URL", "postgresql://host", "postgresql://user:password@host"),
        ("DATABASE_URL", "postgresql://u:p@ss@host:port/db", "postgresql://user:password@host"),
        ("CAREOPS_SECRET_KEY", "changeme-changeme-changeme-changeme", "placeholder"),
        ("CAREOPS_SECRET_KEY", "short", "at least 32"),
        ("CAREOPS_SECRET_KEY", "a" * 40, "too simple"),
        ("CAREOPS_ENCRYPTION_KEY", "your-encryption-key-goes-here-123456", "placeholder"),
        ("PORT", "99999", "less than or equal to 65535"),
        ("PORT", "abc", "integer"),
        ("CAREOPS_PUBLIC_URL", "careops.example", "https://name.example"),
        ("CAREOPS_PUBLIC_URL", "https://careops.example/path", "without a path"),
        ("CAREOPS_SIGNUP", "maybe", "open"),
        ("CAREOPS_LOG_LEVEL", "loud", "pattern"),
        ("CAREOPS_RUN_WORKER", "perhaps", "boolean"),
        ("CAREOPS_SECRET_KEY_FILE", "/nowhere/at/all", "correct the path"),
    ],
)
def test_a_wrong_value_is_one_line_with_the_name_and_the_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, cure: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as problem:
        settings()
    assert str(problem.value).startswith(f"{name}: ")
    assert cure in str(problem.value)
    assert "\n" not in str(problem.value)
    assert "p@ss" not in str(problem.value)


def test_a_value_may_come_from_a_file_or_from_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(RANDOM + "\n")
    (tmp_path / ".env").write_text("CAREOPS_LOG_FORMAT=json\nGMAIL=me@gmail.com\nCAREOPS_PORT=\n")
    monkeypatch.setenv("CAREOPS_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert settings().secret_key == RANDOM
    assert settings().log_format is LogFormat.JSON
    assert settings().gmail == "me@gmail.com"
    assert settings().port == 3000


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = (settings().secret_key, settings().encryption_key)
    reset_settings()
    assert (settings().secret_key, settings().encryption_key) == first
    assert first[0] != first[1]
    for name in ("secret.key", "encryption.key"):
        assert (tmp_path / "data" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREOPS_SECRET_KEY", RANDOM)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/db")
    monkeypatch.setenv("APP_PASSWORD", "hunter2")
    assert RANDOM not in repr(settings())
    assert "hunter2" not in repr(settings())


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CAREOPS_DATA_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigurationError, match="CAREOPS_DATA_DIR: cannot write"):
        settings().with_data_dir()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().port = 1  # pyright: ignore
