"""A small Cloud Storage that is strict where the stand-in is not, and that fails at the request it is told to.

It speaks the calls of the JSON API that the lake's client makes, and refuses any other, and any parameter it does not
know, with 501. What it does is what Google's documentation says, below https://cloud.google.com/storage/docs/:

- request-preconditions: `ifGenerationMatch=0` holds only if there is no live object; 412 `conditionNotMet` otherwise.
- data-validation: an upload whose content is not what `crc32c`, `md5Hash` or `x-goog-hash` says is refused with 400 and
  leaves no object. Downloads carry `x-goog-hash` of the whole object, also when they are a range of it.
- resumable-uploads, performing-resumable-uploads: pieces are multiples of 256 KiB but for the last; 308 with `Range`
  says what has been kept, which may be less than what was sent; bytes at an offset that is kept already are ignored;
  a finished session answers 200 and the object; a session that is gone answers 404 or 410, and the upload begins anew.
  Preconditions hold at the beginning and when the last piece has come.
- json_api/v1/objects/rewrite: a large object takes several calls with `rewriteToken`, which belongs to the generation
  that the first call saw; metadata in the request replaces that of the source.
- json_api/v1/objects/get: `generation` asks for exactly that one; a bucket without versioning has the live one only.
- json_api/v1/objects/list: with `delimiter`, names are folded into `prefixes`; 1000 items and prefixes in a page.
- bucket-lock: an object under retention is not overwritten: 403 `retentionPolicyNotMet`.
- access-control/iam-permissions: writing in the place of an object needs `storage.objects.delete`. Whether 403 or 412
  comes first for one who may only create is not written down: `first_forbidden` says it is 403.
- retry-strategy: 408, 429 and 5xx may come before the effect or after it, and so may a connection that ends.
"""

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import google_crc32c

PIECE = 256 << 10
KNOWN = {
    "upload": {"uploadType", "name", "ifGenerationMatch", "kmsKeyName"},
    "piece": {"uploadType", "upload_id"},
    "get": {"projection", "prettyPrint", "generation"},
    "download": {"alt", "generation"},
    "list": {"projection", "prettyPrint", "prefix", "delimiter", "fields", "pageToken"},
    "rewrite": {"prettyPrint", "ifGenerationMatch", "rewriteToken", "destinationKmsKeyName"},
}


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass
class Stored:
    content: bytes
    generation: int
    metadata: dict[str, str]
    kms_key: str = ""

    @property
    def crc32c(self) -> str:
        return base64.b64encode(google_crc32c.Checksum(self.content).digest()).decode()

    @property
    def md5(self) -> str:
        return base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()


@dataclass
class Upload:
    """A resumable upload; done: the answer to its last piece."""

    bucket: str
    resource: dict[str, Any]
    query: dict[str, str]
    content: bytearray = field(default_factory=bytearray)
    done: Answer | None = None


class Bucketful:
    """The state of the service: buckets of objects by name. keep: bytes that a piece may bring before the rest is lost.

    rewritten: bytes that one call of a rewrite copies.
    """

    def __init__(self, *buckets: str, rewritten: int = 1 << 20) -> None:
        self.objects: dict[str, dict[str, Stored]] = {bucket: {} for bucket in buckets}
        self.retained: set[str] = set()
        self.first_forbidden: set[str] = set()
        self.uploads: dict[str, Upload] = {}
        self.rewrites: dict[str, tuple[str, str, int, int]] = {}
        self.rewritten = rewritten
        self.keep: int | None = None
        self.page = 1000
        self._generation = 1_000

    def put(self, bucket: str, name: str, content: bytes, metadata: dict[str, str], kms_key: str = "") -> Stored:
        self._generation += 1
        self.objects[bucket][name] = Stored(content, self._generation, metadata, kms_key)
        return self.objects[bucket][name]

    def answer(self, request: Request) -> Answer:
        """Raises Refused."""
        path = request.path
        if match := re.fullmatch(r"/upload/storage/v1/b/([^/]+)/o", path):
            return self._piece(request) if request.method == "PUT" else self._upload(request, match[1])
        if match := re.fullmatch(r"/storage/v1/b/([^/]+)/o/([^/]+)/rewriteTo/b/([^/]+)/o/([^/]+)", path):
            return self._rewrite(request, *map(unquote, match.groups()))
        if match := re.fullmatch(r"(/download)?/storage/v1/b/([^/]+)/o/([^/]+)", path):
            stored, name = self._found(request, match[2], unquote(match[3])), unquote(match[3])
            return self._download(request, stored) if match[1] else _json(_resource(match[2], name, stored))
        if match := re.fullmatch(r"/storage/v1/b/([^/]+)/o", path):
            return self._list(request, match[1])
        raise Refused(501, f"unknown: {request.method} {path}")

    def _upload(self, request: Request, bucket: str) -> Answer:
        _expect(request, "POST", "upload")
        if request.query["uploadType"] == "resumable":
            resource = json.loads(request.body)
            self._check_generation(bucket, resource["name"], request.query)
            token = secrets.token_hex(8)
            self.uploads[token] = Upload(bucket, resource, request.query)
            host = request.headers["host"]
            location = f"http://{host}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={token}"
            return Answer(200, headers={"Location": location})
        boundary = re.search(r'boundary="?([^";]+)', request.headers["content-type"])
        assert boundary is not None
        _, first, second, *_ = request.body.split(b"--" + boundary[1].encode())
        metadata, content = (part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in (first, second))
        return self._finish(bucket, json.loads(metadata), request.query, content)

    def _piece(self, request: Request) -> Answer:
        _expect(request, "PUT", "piece")
        upload = self.uploads.get(request.query["upload_id"])
        if upload is None:
            raise Refused(410, "gone")
        if upload.done is not None:
            return upload.done
        message = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", request.headers["content-range"])
        if message is None:
            raise Refused(501, request.headers["content-range"])
        start, end = int(message[1]), int(message[2]) + 1
        last = message[3] == str(end)
        if end - start != len(request.body) or (not last and len(request.body) % PIECE):
            raise Refused(400, "invalid")
        if start > len(upload.content):
            raise Refused(400, "a piece after a gap")
        new = request.body[len(upload.content) - start :]
        lost = self.keep is not None
        upload.content += new[: self.keep // PIECE * PIECE] if self.keep is not None else new
        self.keep = None
        if last and not lost:
            checksums = dict(part.split("=", 1) for part in request.headers.get("x-goog-hash", "").split(",") if part)
            resource = {"crc32c": checksums.get("crc32c"), **upload.resource}
            upload.done = self._finish(upload.bucket, resource, upload.query, bytes(upload.content))
            return upload.done
        return Answer(308, headers={"Range": f"bytes=0-{len(upload.content) - 1}"} if upload.content else {})

    def _finish(self, bucket: str, resource: dict[str, Any], query: dict[str, str], content: bytes) -> Answer:
        self._check_generation(bucket, resource["name"], query)
        new = Stored(content, 0, {})
        if (resource.get("crc32c") or new.crc32c) != new.crc32c or (resource.get("md5Hash") or new.md5) != new.md5:
            raise Refused(400, "invalid")
        metadata = resource.get("metadata", {})
        stored = self.put(bucket, resource["name"], content, metadata, query.get("kmsKeyName", ""))
        return _json(_resource(bucket, resource["name"], stored))

    def _rewrite(self, request: Request, bucket: str, source: str, target_bucket: str, target: str) -> Answer:
        _expect(request, "POST", "rewrite")
        self._check_generation(target_bucket, target, request.query)
        origin = self.objects[bucket].get(source)
        if origin is None:
            raise Refused(404, "notFound")
        done = 0
        if token := request.query.get("rewriteToken"):
            *same, done = self.rewrites.get(token, ("", "", 0, 0))
            if same != [bucket, source, origin.generation]:
                raise Refused(400, "invalid")
        done = min(len(origin.content), done + self.rewritten)
        progress = {"totalBytesRewritten": str(done), "objectSize": str(len(origin.content))}
        if done < len(origin.content):
            token = secrets.token_hex(8)
            self.rewrites[token] = (bucket, source, origin.generation, done)
            return _json({**progress, "done": False, "rewriteToken": token})
        metadata = json.loads(request.body or b"{}").get("metadata", origin.metadata)
        key = request.query.get("destinationKmsKeyName", "")
        stored = self.put(target_bucket, target, origin.content, metadata, key)
        return _json({**progress, "done": True, "resource": _resource(target_bucket, target, stored)})

    def _found(self, request: Request, bucket: str, name: str) -> Stored:
        _expect(request, "GET", "download" if request.path.startswith("/download") else "get")
        stored = self.objects.get(bucket, {}).get(name)
        wanted = request.query.get("generation")
        if stored is None or wanted not in (None, str(stored.generation)):
            raise Refused(404, "notFound")
        return stored

    @staticmethod
    def _download(request: Request, stored: Stored) -> Answer:
        headers = {
            "X-Goog-Hash": f"crc32c={stored.crc32c},md5={stored.md5}",
            "X-Goog-Generation": str(stored.generation),
            "X-Goog-Stored-Content-Length": str(len(stored.content)),
            "X-Goog-Stored-Content-Encoding": "identity",
        }
        message = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if message is None:
            return Answer(200, stored.content, headers)
        start = int(message[1])
        if start >= len(stored.content):
            raise Refused(416, "requestedRangeNotSatisfiable")
        headers["Content-Range"] = f"bytes {start}-{len(stored.content) - 1}/{len(stored.content)}"
        return Answer(206, stored.content[start:], headers)

    def _list(self, request: Request, bucket: str) -> Answer:
        _expect(request, "GET", "list")
        if bucket not in self.objects:
            raise Refused(404, "notFound")
        prefix, after = request.query["prefix"], request.query.get("pageToken", "")
        names = sorted(name for name in self.objects[bucket] if name.startswith(prefix))
        folded = sorted(
            {prefix + name[len(prefix) :].partition("/")[0] + "/" for name in names if "/" in name[len(prefix) :]}
        )
        page = [name for name in folded if name > after][: self.page]
        more = {"nextPageToken": page[-1]} if page and page[-1] != folded[-1] else {}
        return _json({"kind": "storage#objects", "prefixes": page, **more})

    def _check_generation(self, bucket: str, name: str, query: dict[str, str]) -> None:
        if bucket not in self.objects:
            raise Refused(404, "notFound")
        there = self.objects[bucket].get(name)
        wanted = query.get("ifGenerationMatch")
        if there and bucket in self.first_forbidden:
            raise Refused(403, "forbidden")
        if wanted is not None and int(wanted) != (there.generation if there else 0):
            raise Refused(412, "conditionNotMet")
        if there and bucket in self.retained:
            raise Refused(403, "retentionPolicyNotMet")


def _expect(request: Request, method: str, call: str) -> None:
    unknown = request.query.keys() - KNOWN[call]
    if request.method != method or unknown:
        raise Refused(
            501, f"{request.method} {request.path} with {sorted(request.query)}: not known to {call} ({unknown})"
        )


def _json(value: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _resource(bucket: str, name: str, stored: Stored) -> dict[str, Any]:
    return {
        "bucket": bucket,
        "name": name,
        "generation": str(stored.generation),
        "metageneration": "1",
        "size": str(len(stored.content)),
        "crc32c": stored.crc32c,
        "md5Hash": stored.md5,
        "metadata": stored.metadata,
    }
