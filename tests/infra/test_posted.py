"""Reading posted forms with files: limits, odd shapes, and what is kept when something is too large."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from careops_app.infra import posted
from careops_app.infra.files import LARGEST


async def echo(request: Request) -> JSONResponse:
    sent = await posted.sent(request)
    files = {name: [file.name, len(file.content), file.problem] for name, file in sent.files.items()}
    return JSONResponse({"texts": dict(sent.texts), "files": files})


client = TestClient(Starlette(routes=[Route("/", echo, methods=["POST"])]))
BOUNDARY = {"content-type": "multipart/form-data; boundary=cut"}


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    file = f'; filename="{file_name}"' if file_name is not None else ""
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def post(*parts: bytes):
    return client.post("/", content=b"".join(parts) + b"--cut--\r\n", headers=BOUNDARY)


def test_texts_and_files_are_told_apart():
    found = post(part("a", b"one"), part("a", "zwölf\r\nx\x00".encode()), part("f", b"\x89PNG", "cheek ü.png")).json()
    assert found == {"texts": {"a": ["one", "zwölf\nx"]}, "files": {"f": ["cheek ü.png", 4, ""]}}


def test_an_empty_file_field_sends_nothing():
    assert post(part("f", b"", "")).json() == {"texts": {}, "files": {}}


def test_an_empty_file_with_a_name_is_a_file():
    assert post(part("f", b"", "empty.txt")).json()["files"] == {"f": ["empty.txt", 0, ""]}


def test_a_plain_form_is_read_too():
    assert client.post("/", data={"a": ["1", "2"], "b": ""}).json() == {
        "texts": {"a": ["1", "2"], "b": [""]},
        "files": {},
    }


def test_a_file_that_is_too_large_is_dropped_and_the_texts_are_kept():
    found = post(part("f", b"x" * (LARGEST + 1), "big.pdf"), part("a", b"typed"), part("g", b"small", "g.txt")).json()
    assert found["texts"] == {"a": ["typed"]}
    assert found["files"]["f"] == ["big.pdf", 0, "This file is larger than 10 MB. Send a smaller one."]
    assert found["files"]["g"] == ["g.txt", 5, ""]


def test_files_that_are_too_large_together_are_sent_one_after_the_other():
    found = post(*(part(name, b"x" * (LARGEST - 100), f"{name}.pdf") for name in "abc"), part("t", b"typed")).json()
    assert [bool(found["files"][name][2]) for name in "abc"] == [False, False, True]
    assert "after the others" in found["files"]["c"][2] and found["texts"] == {"t": ["typed"]}


def test_what_is_no_form_is_refused():
    for content, headers in (
        (b"--cut\r\nnonsense", BOUNDARY),
        (b"\r\n", {"content-type": "multipart/form-data"}),
        (b"--other--\r\n", BOUNDARY),
        (b"".join(part("a", b"") for _ in range(posted.MOST_PARTS + 1)) + b"--cut--", BOUNDARY),
        (part("a", b"x" * (posted.MOST_TEXT + 1)) + b"--cut--", BOUNDARY),
    ):
        assert client.post("/", content=content, headers=headers).status_code == 400


def test_other_content_is_an_empty_form():
    assert client.post("/", json={"a": 1}).json() == {"texts": {}, "files": {}}
