"""The sign-in cookie: hidden from scripts, tied to this host, found among other programs' cookies."""

from collections.abc import Iterator

import pytest
from starlette.responses import Response

from careops_app.infra import cookies
from careops_app.infra.settings import reset_settings


@pytest.fixture
def https(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CAREOPS_PUBLIC_URL", "https://careops.example")
    reset_settings()
    yield
    monkeypatch.undo()
    reset_settings()


def sent() -> str:
    answer = Response()
    cookies.set_session(answer, "t0ken")
    return answer.headers["set-cookie"]


def found(header: str) -> str | None:
    return cookies.read_session([(b"accept", b"*/*"), (b"cookie", header.encode())])


def test_over_http_it_is_a_plain_name() -> None:
    assert sent().startswith("sid=t0ken; ")
    assert "HttpOnly" in sent()
    assert "SameSite=lax" in sent()
    assert "Secure" not in sent()


@pytest.mark.usefixtures("https")
def test_over_https_it_belongs_to_this_host_alone() -> None:
    assert sent().startswith("__Host-sid=t0ken; ")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in sent().split(";")}
    assert "Domain" not in sent()
    assert found("__Host-sid=t0ken") == "t0ken"
    assert found("sid=t0ken") is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("sid=abc", "abc"),
        ("a=1; sid=abc; b=2", "abc"),
        ('odd[name]="x y"; sid=abc', "abc"),
        ("__Host-sid=abc", None),
        ("xsid=abc", None),
        ("sid=", None),
        ("", None),
    ],
)
def test_it_is_found_among_others(header: str, token: str | None) -> None:
    assert found(header) == token


def test_signing_out_takes_it_away() -> None:
    answer = Response()
    cookies.clear_session(answer)
    assert "Max-Age=0" in answer.headers["set-cookie"]
