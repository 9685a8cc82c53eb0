"""How a place is called: an absolute path of this machine, or an address of a store (`s3://`, `gs://`, …).

A place is a `uri` as `uri_of` gives it, in which nothing is secret. Nothing here looks at what lies there, but for
`glob_of`, which has to know whether a name with brackets is a pattern.
"""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

_ADDRESS: Final = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_MAGIC: Final = re.compile(r"[*?\[]")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MEMBER_SIGN: Final = re.compile(r"(?:!|%(?:25)*21)/")
"""What would read as the sign between an archive and its member (`!/`) in the name of a plain file."""
WEB: Final = frozenset({"http", "https"})
EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az"}
"""Which extra of the package brings the driver of a protocol; the web is read with that of S3's."""


def is_remote(place: str | Path) -> bool:
    """Tell an address from a local path.

    >>> is_remote("s3://bucket/raw/"), is_remote("raw/a.txt"), is_remote("file:///raw/a.txt")
    (True, False, False)
    """
    return isinstance(place, str) and protocol_of(place) not in {"", "file"}


def is_web(place: str) -> bool:
    """Tell an address of the web: one that is read as it is, never listed."""
    return protocol_of(place) in WEB


def protocol_of(place: str) -> str:
    """Give the protocol of an address in lower case, empty for a path."""
    found = _ADDRESS.match(place)
    return found[1].lower() if found else ""


def in_small(place: str) -> str:
    """Give a place with its protocol, where it has one, in small letters.

    >>> in_small("S3://Raw/May.jsonl"), in_small("Raw/May.jsonl")
    ('s3://Raw/May.jsonl', 'Raw/May.jsonl')
    """
    return _ADDRESS.sub(lambda found: found[0].lower(), place)


def shown(place: str) -> str:
    """Give an address as it may be shown and stored: without user, password, query and fragment.

    >>> shown("https://ada:secret@harrow.example/a.jsonl?token=1"), shown("raw/what?.txt")
    ('https://harrow.example/a.jsonl', 'raw/what?.txt')
    """
    if not is_remote(place):
        return place
    start, _, rest = place.partition("://")
    host, slash, path = rest.partition("/")
    if is_web(place):
        host, path = re.split("[?#]", host)[0], re.split("[?#]", path)[0]
    return f"{start.lower()}://{host.rpartition('@')[2] if has_user(place) else host}{slash}{path}"


def has_user(place: str) -> bool:
    """Tell whether an address carries a user name or a password; `container@account` of Azure is none."""
    user = place.partition("://")[2].partition("/")[0].rpartition("@")[0] if is_remote(place) else ""
    return bool(user) and (":" in user or EXTRAS.get(protocol_of(place)) != "az")


def uri_of(place: str | Path) -> str:
    """Name a file: an address as it is shown, a path absolute with links not resolved.

    Where a path is no valid UTF-8, or would read like the member of an archive, it becomes a `file://` URI.
    """
    if isinstance(place, str) and is_remote(place):
        address = shown(place)
        if is_web(place):
            return address.replace("!/", "%21/")
        return address.replace("%", "%25").replace("!/", "%21/") if _MEMBER_SIGN.search(address) else address
    absolute = os.path.normpath(path_of(place).absolute())
    if SURROGATE.search(absolute) or "!/" in absolute:
        return Path(absolute).as_uri().replace("!/", "%21/")
    return absolute


def path_of(uri: str | Path) -> Path:
    """Find the file that `uri_of` named; a Path is itself."""
    if isinstance(uri, str) and uri.startswith("file://"):
        return Path(os.fsdecode(unquote_to_bytes(uri.removeprefix("file://"))))
    return Path(uri)


def address_of(uri: str) -> str:
    """Find the address that `uri_of` named; on the web the escape means the same."""
    return uri.replace("%21/", "!/").replace("%25", "%") if _MEMBER_SIGN.search(uri) and not is_web(uri) else uri


def join(folder: str, name: str) -> str:
    """Name a file in a folder; `name` may have slashes."""
    return f"{folder.rstrip('/')}/{name}"


def has_magic(place: str) -> bool:
    """Tell whether a name holds signs of a glob."""
    return _MAGIC.search(place) is not None


def glob_of(pattern: str | Path) -> tuple[Path, Path]:
    """Cut a local pattern into the folder where it starts and the pattern below that.

    Parts that are there by their very name are no pattern, such as the folder `crawl [2031]`.
    """
    base, parts = Path(), list(Path(pattern).parts)
    while parts and (not has_magic(parts[0]) or os.path.lexists(base / parts[0])):
        base /= parts.pop(0)
    return base, Path(*parts)
