"""Uploading: known by content, freed of EXIF, sealed, and nobody else's to see."""

import io

import pytest
from PIL import Image

from app import clockwork
from base import audit, clock

from .checked import refusal
from .doing import PICTURE, application, upload

MARK = "SECRET-PLACE-31.12N"


def photo():
    exif = Image.Exif()
    exif[0x010E] = MARK
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def sent(api, token, content, name="x.png"):
    return api.call("POST", "/files", token, files={"file": (name, content)})


def test_a_file_is_known_by_its_content_not_its_name(api):
    _, token = api.citizen()
    answer = sent(api, token, PICTURE, "户口簿.pdf").json()
    assert (answer["type"], answer["name"]) == ("image/png", "户口簿.png")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"MZ\x90\x00" + bytes(200), "file_type_refused"),
        (b"<html><script>alert(1)</script>", "file_type_refused"),
        (PICTURE[:40], "broken_picture"),
    ],
)
def test_what_is_no_paper_is_refused(api, content, code):
    _, token = api.citizen()
    assert refusal(sent(api, token, content)) == (422, code)


def test_twenty_megabytes_is_the_limit(api):
    _, token = api.citizen()
    answer = sent(api, token, b"%PDF-1.4" + bytes(20 * 1024 * 1024))
    assert refusal(answer) == (413, "file_too_large")
    assert not list(api.db["files.files"].find({"metadata.size": {"$gt": 20 * 1024 * 1024}}))


def test_where_a_photo_was_taken_is_forgotten(api):
    _, token = api.citizen()
    assert MARK.encode() in photo()
    id = upload(api, token, photo(), "证件.jpg")
    seen = api.get(f"/files/{id}", token)
    assert seen.content[:2] == b"\xff\xd8"
    assert MARK.encode() not in seen.content


def test_what_is_kept_is_sealed(api):
    _, token = api.citizen()
    id = upload(api, token, photo())
    chunks = b"".join(row["data"] for row in api.db["files.chunks"].find({"files_id": id}))
    assert chunks
    assert chunks[:2] != b"\xff\xd8"
    assert "户口簿" not in str(api.db["files.files"].find_one({"_id": id}))


def test_ones_own_file_is_shown_closed_and_the_look_is_recorded(api):
    _, token = api.citizen()
    id = upload(api, token)
    seen = api.get(f"/files/{id}", token)
    assert seen.headers["Content-Type"] == "image/png"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert [line["act"] for line in audit.of_subject(api.db, f"file:{id}")] == ["file.read"]


def test_anybody_elses_file_does_not_exist(api):
    _, token = api.citizen()
    _, other = api.citizen()
    id = upload(api, token)
    assert refusal(api.get(f"/files/{id}", other)) == (404, "no_such_file")
    assert refusal(api.get("/files/unknown", other)) == (404, "no_such_file")


def test_only_what_was_never_handed_in_is_swept(api):
    person, token = api.citizen()
    body = application(api, person, token)
    kept = body["files"]["hukou_or_other"][0]
    assert api.post("/cases", token, body).status_code == 201
    lost = upload(api, token)
    clock.move(api.db, 8 * 24 * 3600)
    tidy = next(wake for wake in clockwork.SCHEDULE if wake.name == "tidy")
    tidy.act(api.runtime)
    api.put_back()
    assert api.get(f"/files/{kept}", token).status_code == 200
    assert refusal(api.get(f"/files/{lost}", token)) == (404, "no_such_file")


def test_a_form_without_its_file_is_refused(api):
    _, token = api.citizen()
    answer = api.call("POST", "/files", token, files={"other": ("x.png", PICTURE)})
    assert refusal(answer) == (422, "invalid")
