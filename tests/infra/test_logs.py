"""Nothing that opens a door, and nothing a customer wrote, reaches a log line."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from careops_app.infra import logs

TOKEN = "q9Xw3_rT-7LmN2bV8cK5jH1gF6dS4aPz"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.set_up()
    yield capsys
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        f"Cookie: sid={TOKEN}; theme=dark",
        f"__Host-sid={TOKEN}",
        f"GET /_event/?EIO=4&token={TOKEN}&transport=websocket",
        f"{{'cookie': 'sid={TOKEN}', 'x': 1}}",
        f'{{"authorization": "Bearer {TOKEN}"}}',
        f"Authorization: Bearer {TOKEN}",
        f"opened /m/{TOKEN} and /f/{TOKEN}/file",
        f"https://shop.example/reset/{TOKEN}",
        f"/api/v1/public/bookings/{TOKEN}/cancel",
        f"postgresql://careops:{TOKEN}@db:5432/careops",
        f"Error in reflex_event|app.state.go|{TOKEN}|ab12 [txid=ab12]:",
        f"Attempting to send delta to disconnected client '{TOKEN}'",
    ],
)
def test_credentials_are_cut_out_of_any_text(lines: pytest.CaptureFixture[str], text: str) -> None:
    logging.getLogger("reflex.app").warning(text)
    structlog.get_logger("careops").warning("happened", what=text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("elsewhere").exception("failed")
    printed = lines.readouterr().err
    assert printed.count("***") >= 3
    assert TOKEN not in printed


@pytest.mark.parametrize("name", ["token", "cookie", "body", "payload", "password", "Authorization"])
def test_values_under_a_telling_name_are_hidden(lines: pytest.CaptureFixture[str], name: str) -> None:
    structlog.get_logger("careops").warning("happened", **{name: "Dear doctor"})
    assert "Dear doctor" not in lines.readouterr().err


def test_what_helps_stays_readable(lines: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("careops").warning("event refused", handler="inbox.reply", workspace=7)
    printed = lines.readouterr().err
    assert "event refused" in printed
    assert "workspace=7" in printed
