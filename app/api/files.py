"""Uploading what a case or a ticket needs, and looking at one's own files."""

from typing import Any

from apiflask import APIBlueprint, fields
from apiflask.schemas import FileSchema
from flask import Response

from base import audit, files

from .. import downloads
from ..runtime import here
from .guard import auth, caller
from .shapes import In, Out

blueprint = APIBlueprint("files", __name__, url_prefix="/api/v1")


class UploadIn(In):
    """One file of a multipart form."""

    file = fields.File(required=True)  # type: ignore[no-untyped-call]


class FileOut(Out):
    """A file that was taken in."""

    id = fields.String()
    name = fields.String()
    type = fields.String()
    size = fields.Integer()


@blueprint.post("/files")
@blueprint.auth_required(auth)
@blueprint.input(UploadIn, location="files")
@blueprint.output(FileOut, 201)
def upload(files_data: dict[str, Any]) -> files.File:
    """Upload one file (≤ 20 MB); it belongs to nothing until something is submitted with it."""
    sent = files_data["file"]
    content = sent.stream.read(files.LARGEST_BYTES + 1)
    return files.put(here().db, caller().id, sent.filename or "", content)


@blueprint.get("/files/<id>")
@blueprint.auth_required(auth)
@blueprint.output(FileSchema, content_type="application/octet-stream")
def download(id: str) -> Response:
    """One of my own files."""
    runtime, resident = here(), caller()
    found = files.get(runtime.db, id)
    if found.owner != resident.id:
        raise files.NoSuchFile
    audit.record(runtime.db, f"resident:{resident.id}", "file.read", f"file:{id}")
    return downloads.send(found, files.read(runtime.db, id))
