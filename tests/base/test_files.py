"""Files: judged by their bytes, freed of what a camera adds, sealed, owned."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from base import files, filetypes, pictures, privacy
from tests.people.crashing import dies

MARK = b"MARK-langxi-1980"
PDF = b"%PDF-1.7\n" + MARK + b"\n1 0 obj\nendobj\ntrailer\n%%EOF"


def picture(format="JPEG", size=(40, 20), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, format, **options)
    return out.getvalue()


def exif(**tags):
    found = Image.Exif()
    found[0x0112] = tags.get("orientation", 1)
    found[0x010E] = MARK.decode()
    found.get_ifd(0x8825)[1] = "N"
    return found


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name in names:
            box.writestr(name, "<x/>")
    return out.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


def everything(db):
    rows = list(db["files.files"].find()) + list(db["files.chunks"].find())
    return repr(rows).encode()


# What is taken


@pytest.mark.parametrize(
    ("content", "media", "extension"),
    [
        (picture("JPEG"), "image/jpeg", ".jpg"),
        (picture("MPO"), "image/jpeg", ".jpg"),
        (picture("PNG"), "image/png", ".png"),
        (picture("GIF"), "image/gif", ".gif"),
        (picture("WEBP"), "image/webp", ".webp"),
        (PDF, "application/pdf", ".pdf"),
        (b"ID3\x03\0\0\0\0\0!" + bytes(99), "audio/mpeg", ".mp3"),
        (b"#!AMR\n\x3c" + bytes(99), "audio/amr", ".amr"),
    ],
)
def test_the_bytes_tell_the_type_whatever_the_name_says(db, content, media, extension):
    file = files.put(db, "r1", "户口簿.exe", content)
    assert (file.type, file.name) == (media, "户口簿" + extension)
    assert file.is_picture == media.startswith("image/")


def test_word_and_excel_are_told_apart_by_what_lies_inside():
    word = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
    excel = archive("[Content_Types].xml", "xl/workbook.xml")
    assert filetypes.recognise(word).extension == ".docx"
    assert filetypes.recognise(excel).extension == ".xlsx"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + bytes(100),
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"hello",
        archive("a.exe"),
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        archive("word/document.xml")[:60],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b" " * 5 + PDF,
    ],
)
def test_programs_pages_macros_and_unknown_bytes_are_refused(db, content):
    with pytest.raises(filetypes.TypeRefused):
        files.put(db, "r1", "身份证.jpg", content)
    assert db["files.files"].find_one() is None


def test_an_apple_photograph_is_refused_with_its_own_advice(db):
    with pytest.raises(filetypes.AppleOnly):
        files.put(db, "r1", "a.jpg", b"\0\0\0\x18ftypheic" + bytes(100))


def test_no_bytes_and_too_many_bytes_are_refused(db):
    with pytest.raises(files.EmptyFile):
        files.put(db, "r1", "a.pdf", b"")
    with pytest.raises(files.FileTooLarge):
        files.put(db, "r1", "a.pdf", PDF + bytes(files.LARGEST_BYTES))


def test_twenty_megabytes_come_back_as_they_went_in(db):
    content = PDF.ljust(files.LARGEST_BYTES, b"x")
    file = files.put(db, "r1", "合同.pdf", content)
    assert file.size == files.LARGEST_BYTES
    assert files.read(db, file.id) == content


def test_a_resident_cannot_fill_the_store_with_files_never_submitted(db):
    waiting = [{"metadata": {"owner": "r1", "attached": None}} for _ in range(files.MOST_WAITING)]
    db["files.files"].insert_many(waiting)
    with pytest.raises(files.TooManyWaiting):
        files.put(db, "r1", "a.pdf", PDF)
    assert files.put(db, "r2", "a.pdf", PDF)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\我的文档\\房产证.PDF", "房产证.pdf"),
        ("a\r\nSet-Cookie: x\u202e.pdf", "aSet-Cookie: x.pdf"),
        ("", "文件.pdf"),
        ("长" * 300 + ".pdf", "长" * 80 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(db, given_name, kept):
    assert files.put(db, "r1", given_name, PDF).name == kept


# What a camera adds


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_camera_and_every_hidden_word(format):
    content = picture(format, exif=exif()) + MARK
    cleaned = pictures.clean(content)
    assert MARK in content
    assert MARK not in cleaned
    assert not dict(opened(cleaned).getexif())


def test_a_comment_and_a_colour_profile_are_left_behind():
    cleaned = pictures.clean(picture("JPEG", comment=MARK, icc_profile=MARK))
    assert MARK not in cleaned
    assert MARK not in pictures.clean(picture("GIF", comment=MARK))


def test_a_photograph_taken_sideways_stands_upright():
    cleaned = opened(pictures.clean(picture(exif=exif(orientation=6))))
    assert cleaned.size == (20, 40)


def test_a_transparent_signature_stays_transparent():
    assert opened(pictures.clean(picture("PNG", mode="RGBA"))).mode == "RGBA"


def test_a_huge_photograph_is_made_smaller_not_refused():
    cleaned = opened(pictures.clean(picture("JPEG", size=(8000, 6000))))
    assert max(cleaned.size) <= pictures.LONGEST_SIDE
    assert cleaned.width * 3 == cleaned.height * 4


@pytest.mark.parametrize("size", [(8000, 6300), (12000, 9000), (20000, 20000)])
def test_a_decompression_bomb_is_refused_unopened(size):
    content = picture("PNG", size=(1, 1))
    width, height = size
    forged = content[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + content[24:]
    crc = __import__("zlib").crc32(forged[12:29]).to_bytes(4, "big")
    with pytest.raises(pictures.PictureTooWide):
        pictures.clean(forged[:29] + crc + forged[33:])


def test_a_picture_cut_short_is_refused(db):
    with pytest.raises(pictures.BrokenPicture):
        files.put(db, "r1", "a.jpg", picture(size=(400, 400))[:900])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.data())
def test_damaged_pictures_are_read_or_refused_never_anything_else(format, data):
    content = bytearray(picture(format))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(pictures.BrokenPicture, pictures.PictureTooWide):
        opened(pictures.clean(bytes(content))).load()


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_recognised_or_refused(content):
    with contextlib.suppress(filetypes.TypeRefused, filetypes.AppleOnly):
        filetypes.recognise(content)


# What lies in the store


def test_neither_content_nor_name_is_found_in_the_store(db):
    file = files.put(db, "r1", "张三丰的身份证.pdf", PDF)
    kept = everything(db)
    assert MARK not in kept
    assert "张三丰" not in kept.decode()
    assert files.read(db, file.id) == PDF
    assert files.get(db, file.id) == file


def test_two_files_have_two_keys(db):
    ids = [files.put(db, "r1", "a.pdf", PDF).id for _ in range(2)]
    keys = [db["files.files"].find_one({"_id": id})["metadata"]["key"] for id in ids]
    opened_keys = {privacy.open_bytes(key.encode(), "file.key") for key in keys}
    assert len(opened_keys) == 2


def test_damaged_exchanged_or_lost_bytes_are_noticed(db):
    one, two = (files.put(db, "r1", "a.pdf", PDF).id for _ in range(2))
    bytes_of_two = db["files.chunks"].find_one({"files_id": two})["data"]
    db["files.chunks"].update_one({"files_id": one}, {"$set": {"data": bytes_of_two}})
    with pytest.raises(privacy.Unsealable):
        files.read(db, one)
    db["files.chunks"].delete_many({"files_id": two})
    with pytest.raises(privacy.Unsealable):
        files.read(db, two)


def test_an_upload_killed_halfway_is_nobodys_file(db):
    for after in (0, 1, 2):
        assert dies(lambda d: files.put(d, "r1", "a.pdf", PDF), db, after)
    assert db["files.files"].count_documents({"metadata.attached": files.GONE}) == 2
    assert db["files.chunks"].count_documents({}) == 1


def test_a_file_put_where_it_belongs_never_waits(db):
    file = files.put(db, "r1", "a.pdf", PDF, "ticket:1")
    assert files.attached(db, "ticket:1") == [file]


def test_an_unknown_file_is_missing(db):
    with pytest.raises(files.NoSuchFile):
        files.get(db, "nothing")
    with pytest.raises(files.NoSuchFile):
        files.read(db, "nothing")


# Whose it is and what it hangs on


def test_files_hang_on_one_thing_only_and_saying_so_twice_is_harmless(db):
    ids = [files.put(db, "r1", "a.pdf", PDF).id for _ in range(2)]
    files.attach(db, ids, "case:1", owner="r1")
    files.attach(db, ids, "case:1", owner="r1")
    assert [each.id for each in files.attached(db, "case:1")] == ids
    with pytest.raises(files.FileTaken):
        files.attach(db, ids, "case:2", owner="r1")


def test_anothers_file_cannot_be_attached_and_nothing_else_is_either(db):
    mine = files.put(db, "r1", "a.pdf", PDF).id
    theirs = files.put(db, "r2", "b.pdf", PDF).id
    with pytest.raises(files.NoSuchFile):
        files.attach(db, [mine, theirs], "case:1", owner="r1")
    assert files.get(db, mine).attached is None
    assert files.get(db, theirs).attached is None


def test_a_merged_residents_files_follow(db):
    id = files.put(db, "r1", "a.pdf", PDF).id
    files.rehome(db, "r1", "r2")
    assert files.get(db, id).owner == "r2"
