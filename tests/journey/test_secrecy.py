"""After the journey nothing personal is found on disk, in the store, in the queue, in a log."""

import base64

import pytest

from . import looking, secrecy
from .conftest import MARKER

pytestmark = pytest.mark.xdist_group("town")


@pytest.fixture
def wanted(walked):
    """Everybody's name, number and phone, and the marker of their papers."""
    everybody = looking.people(walked.platform)
    personal = {word for each in everybody for word in (each.name, each.id_number, each.phone)}
    return secrecy.needles({*personal, MARKER, MARKER[4:]})


def test_nothing_personal_is_in_the_store_s_files(walked, wanted):
    folder = walked.platform.folder / "store"
    assert any(each.is_file() for each in folder.rglob("*"))
    assert secrecy.in_folder(folder, wanted) == {}


def test_nothing_personal_is_in_any_document_or_uploaded_file(walked, wanted):
    uri = f"mongodb://127.0.0.1:{walked.platform.port + 17}/"
    found = secrecy.in_store(uri, [*wanted, *secrecy.pictures()])
    assert {"cases", "residents", "tickets", "messages", "files.chunks"} <= {
        name.partition(".")[2] for name in found
    }
    assert {name: abouts for name, abouts in found.items() if abouts} == {}


def test_nothing_personal_is_in_the_queue_s_files(walked, wanted):
    assert secrecy.in_folder(walked.platform.folder / "queue", wanted) == {}


def test_nothing_personal_is_in_a_log(walked, wanted):
    logs = walked.platform.folder / "run"
    assert (logs / "web.log").stat().st_size > 0
    assert secrecy.in_folder(logs, wanted) == {}


def test_the_search_finds_what_is_no_secret(walked, wanted):
    folder, uri = walked.platform.folder, f"mongodb://127.0.0.1:{walked.platform.port + 17}/"
    open_words = secrecy.needles(["chuangkou"])
    assert secrecy.in_folder(folder / "store", open_words)
    assert any(secrecy.in_store(uri, open_words).values())
    assert secrecy.in_folder(folder / "queue", secrecy.needles(["app.jobs.look"]))
    assert secrecy.in_folder(folder / "run", secrecy.needles(["/api/v1/cases"]))
    assert secrecy.in_folder(folder / "simulator", wanted)


@pytest.mark.parametrize("ahead", ["", "x", "xy"])
def test_the_search_sees_through_base64_and_gzip(ahead):
    wanted = secrecy.needles(["宇文璟"])
    coded = base64.b64encode(f"{ahead}宇文璟yes".encode())
    assert secrecy.in_bytes(b"junk" + coded, wanted)
    assert secrecy.in_bytes(b"junk" + secrecy.gzipped("宇文璟") + b"more", wanted)
    assert secrecy.in_bytes("a宇文璟".encode("utf-16-le"), wanted)
