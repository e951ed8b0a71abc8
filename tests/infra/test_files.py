"""The file store: what may be kept, under which name and type, and how it leaves again."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid, NotFound
from careops_app.infra import files

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def office(folder: str, *more: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("[Content_Types].xml", f"{folder}/document.xml", *more):
            archive.writestr(name, "<x/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "content_type"),
    [
        ("scan.pdf", b"%PDF-1.7 ...", "scan.pdf", "application/pdf"),
        ("cheek.PNG", PNG, "cheek.png", "image/png"),
        ("cheek.heic", b"\xff\xd8\xff\xe0" + b"x" * 20, "cheek.jpg", "image/jpeg"),  # phones convert and keep the name
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic....", "a.heic", "image/heic"),
        ("letter.docx", office("word"), "letter.docx", files.KINDS[5].content_type),
        ("list.xlsx", office("xl"), "list.xlsx", files.KINDS[6].content_type),
        ("notes.txt", "Größe 12\n".encode(), "notes.txt", "text/plain; charset=utf-8"),
        ("page.html", PNG, "page.png", "image/png"),
    ],
)
def test_files_are_what_their_content_says(name, content, kept_as, content_type):
    accepted = files.accept(name, content)
    assert (accepted.name, accepted.content_type, accepted.size) == (kept_as, content_type, len(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b""),
        ("a.html", HTML),
        ("a.png", HTML),
        ("a.svg", SVG),
        ("a.png", SVG),
        ("a.js", b"alert(1)"),
        ("a.exe", b"MZ\x90\x00"),
        ("a.zip", office("elsewhere")),
        ("a.docm", office("word", "word/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.gif", b"GIF89a"),
        ("a.txt", b"\xff\xfe\x00t"),
        ("a.txt", b"bell\x07"),
        ("a.pdf", b" %PDF-1.7"),
        ("big.pdf", b"%PDF-" + b"0" * files.LARGEST),
    ],
)
def test_other_files_are_refused_with_a_sentence(name, content):
    with pytest.raises(Invalid) as refused:
        files.accept(name, content, "q2")
    assert refused.value.fields["q2"].endswith(".")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\cheek.png", "cheek.png"),
        ("invoice\u202egpj.exe", "invoicegpj.png"),
        ("a\x00b\r\nc.png", "abc.png"),
        (".htaccess", "file.png"),
        ("", "file.png"),
        ("   .png", "file.png"),
        ("x" * 300, "x" * 96 + ".png"),
        ("a.tar.gz", "a.tar.png"),
        ("Größe  groß.png", "Größe groß.png"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert files.safe_name(name, "png") == safe


@given(st.text(max_size=200), st.sampled_from(["png", "docx"]))
def test_every_name_is_safe(name, extension):
    safe = files.safe_name(name, extension)
    assert safe.endswith(f".{extension}") and len(safe) <= files.LONGEST_NAME
    assert not set(safe) & set('/\\<>:"|?*\r\n\x00') and not safe.startswith(".")


def test_files_leave_as_attachments_and_only_safe_pictures_in_place():
    for content_type in (kind.content_type for kind in files.KINDS):
        sent = files.headers('Größe "x"\r\n.pdf', content_type)
        assert sent["Content-Disposition"] == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22x%22%0D%0A.pdf"
        assert sent["X-Content-Type-Options"] == "nosniff" and "sandbox" in sent["Content-Security-Policy"]
        inline = files.headers("x", content_type, inline=True)["Content-Disposition"].startswith("inline")
        assert inline == (content_type in {"image/png", "image/jpeg", "image/webp"})


def test_bytes_are_kept_under_a_random_key_of_the_workspace(tmp_path):
    store = files.Folder(tmp_path)
    first, second = store.keep(7, b"one"), store.keep(7, b"one")
    assert first != second and first.startswith("7/")
    assert store.read(first) == b"one"
    store.remove(first)
    store.remove(first)
    with pytest.raises(NotFound):
        store.read(first)
    assert store.read(second) == b"one"


@pytest.mark.parametrize("key", ["../secret.key", "7/../../secret.key", "7/abc", "/etc/passwd", "7/" + "g" * 32, ""])
def test_only_keys_of_the_store_are_read(tmp_path, key):
    with pytest.raises(NotFound):
        files.Folder(tmp_path / "files").read(key)
