"""The blob store: presigned URLs over HTTP, and the RPCs that hand them out."""

import base64
import hashlib
from dataclasses import dataclass

from modal_proto import api_pb2

from .errors import invalid, not_found
from .http import Request, Response
from .ids import new_id
from .rpc import Caller

#: above this a client has to upload in parts, which nothing here needs
_LARGEST = 1 << 30


@dataclass
class Blob:
    """A blob as announced, and its content once it is uploaded."""

    content_md5: str
    content_length: int
    content: bytes | None = None


class Blobs:
    """All blobs of the run, in memory."""

    def __init__(self) -> None:
        self.url = ""
        self._blobs: dict[str, Blob] = {}

    def content(self, blob_id: str) -> bytes:
        """What was uploaded under this id."""
        blob = self._blobs.get(blob_id)
        if blob is None or blob.content is None:
            raise not_found(f"Blob '{blob_id}' was not uploaded.")
        return blob.content

    async def BlobCreate(self, _: Caller, request: api_pb2.BlobCreateRequest) -> object:
        if not request.content_md5 or not request.content_sha256_base64:
            raise invalid("content_md5 and content_sha256_base64 are required")
        if request.content_length > _LARGEST:
            raise invalid("uploads in parts are not served here")
        blob_id = new_id("bl")
        self._blobs[blob_id] = Blob(request.content_md5, request.content_length)
        url = f"{self.url}/{blob_id}?signature={new_id('sig')}"
        # Python reads the lists, the JavaScript and Go clients the single fields.
        answer = api_pb2.BlobCreateResponse(blob_id=blob_id, upload_url=url, blob_ids=[blob_id])
        answer.upload_urls.items.append(url)
        return answer

    async def BlobGet(self, _: Caller, request: api_pb2.BlobGetRequest) -> object:
        self.content(request.blob_id)
        return api_pb2.BlobGetResponse(download_url=f"{self.url}/{request.blob_id}")

    async def serve(self, request: Request) -> Response:
        """PUT and GET, with the checks that a presigned URL of S3 makes."""
        if any(name.startswith("x-modal-") for name in request.headers):
            return Response(400, b"the URL is the authorization: send no header of Modal's")
        blob = self._blobs.get(request.path.strip("/"))
        if blob is None:
            return Response(404, b"NoSuchKey")
        if request.method == "PUT":
            return _upload(blob, request)
        if request.method == "GET" and blob.content is not None:
            return Response(200, blob.content, {"Content-Type": "application/octet-stream"})
        return Response(404, b"NoSuchKey")


def _upload(blob: Blob, request: Request) -> Response:
    digest = hashlib.md5(request.body)
    received = base64.b64encode(digest.digest()).decode()
    if received != blob.content_md5 or received != request.headers.get("content-md5", received):
        return Response(400, b"The Content-MD5 you specified did not match what we received.")
    if len(request.body) != blob.content_length:
        return Response(400, b"IncompleteBody")
    if "content-type" in request.headers:
        if request.headers["content-type"] != "application/octet-stream":
            return Response(400, b"SignatureDoesNotMatch")
    blob.content = request.body
    return Response(200, b"", {"ETag": f'"{digest.hexdigest()}"'})
