"""What reading one file or archive member has come to: where it is, and how its documents and rejects are made."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cleaners.page import Kind, Page
from flows.jsonvalues import RecordError
from flows.options import CleanOptions
from flows.records import choice_in, page_of
from flows.sources import Document, Reject

STAGE: Final = "read"


def nothing() -> None:
    """Do nothing: who reads without a watch has nobody to tell that it goes on."""


@dataclass(slots=True)
class Notes:
    """What is not a row: files and records of other kinds, passed over; and which field was taken where several fit.

    `alive` is called while bytes come in, so that a watch does not take a long way between two documents for a hang.
    """

    passed_over: Counter[str] = field(default_factory=Counter)
    choices: Counter[str] = field(default_factory=Counter)
    alive: Callable[[], None] = nothing


@dataclass(slots=True)
class Intake:
    """The state of reading one file: `uri` names its documents, `offset` is where it has come to.

    A span reads what starts in [start, start + length); length None runs to the end. `suffix` is the kind by the name,
    `depth` how many archives are around, `address` what to open where that is not the uri.
    """

    uri: str
    options: CleanOptions
    notes: Notes
    suffix: str
    start: int = 0
    length: int | None = None
    size: int | None = None
    depth: int = 0
    offset: int = 0
    has_chosen: bool = False
    address: str = ""

    @property
    def end(self) -> int | None:
        """Where the span ends; None where it runs to the end of the file."""
        return None if self.length is None else self.start + self.length

    def reject(self, reason: str, message: str, *, size: int | None = None, digest: str | None = None) -> Reject:
        """Make a reject at the offset that the reading has come to."""
        return Reject(self.uri, self.offset, STAGE, reason, message, size, digest)

    def too_large(self, where: str = "", *, size: int | None = None, digest: str | None = None) -> Reject:
        """Make the reject of a document beyond --max-bytes."""
        return self.reject(
            "too_large",
            f"{where}larger than {self.options.max_bytes} bytes: raise --max-bytes",
            size=size,
            digest=digest,
        )

    def document(self, page: Page, raw: bytes) -> Document:
        """Make a document of what was read at the offset."""
        return Document(self.uri, self.offset, page, sha256(raw).hexdigest(), len(raw))

    def kind(self, found: Kind | None) -> Kind | None:
        """Give the kind of a page: what the options say, else what was found."""
        return found if self.options.kind == "auto" else self.options.kind

    def record(self, record: object, text: str, where: str) -> Document | Reject:
        """Make the document of one record, whose source is `text`; `where` opens the message of a reject."""
        raw = text.encode("utf-8", "surrogatepass")
        digest = sha256(raw).hexdigest()
        if len(raw) > self.options.max_bytes:
            return self.too_large(where, size=len(raw), digest=digest)
        try:
            page = page_of(record, self.options)
        except RecordError as error:
            return self.reject(error.reason, f"{where}{error}", size=len(raw), digest=digest)
        self.note_choice(record)
        return Document(self.uri, self.offset, page, digest, len(raw))

    def note_choice(self, record: object) -> None:
        """Note once a file which field holds the text, if others would do, too."""
        if not self.has_chosen:
            self.has_chosen = True
            if choice := choice_in(record, self.options):
                self.notes.choices[choice] += 1


def json_of(record: object) -> str:
    """Write a record as its digest is taken: the same for the same fields."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True)
