"""The ways to get from a page to its body that are measured side by side: Copydesk and its peers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata, util
from typing import Literal

from bench.corpora import STYLES, decoded, resiliparse_dump
from cleaners import Page, clean_many

Input = Literal["html", "dump", "soup"]

# The line rules of C4 (Raffel et al. 2020, section 2.2): five words or more, and terminal punctuation at the end.
C4_MIN_WORDS = 5
C4_TERMINALS = (".", "!", "?", '"', "\N{RIGHT DOUBLE QUOTATION MARK}")

BLANK_LINES = re.compile(r"\n\s*\n+")


def copydesk(raws: Sequence[bytes | str], *, kind: Literal["html", "text"]) -> list[str]:
    """Clean pages in one batch, as a flow does."""
    return [article.body for article in clean_many(Page(raw, kind=kind) for raw in raws)]


def keep_everything(text: str) -> str:
    """Leave the text alone: what every cleaner has to beat."""
    return text


def c4_lines(text: str) -> str:
    """Keep the lines that C4 keeps."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line.endswith(C4_TERMINALS) and len(line.split()) >= C4_MIN_WORDS)


def trafilatura(html: bytes) -> str:
    """Extract with trafilatura's defaults, comments left out."""
    import trafilatura as peer

    return peer.extract(html, include_comments=False) or ""


def resiliparse_main(html: bytes) -> str:
    """Extract with resiliparse's rules for the main content."""
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(decoded(html), main_content=True, alt_texts=False, list_bullets=False))


def readability(html: bytes) -> str:
    """Extract with the port of Mozilla's old readability, its HTML turned into text."""
    from readability import Document

    text = decoded(html)
    return resiliparse_dump(Document(text).summary()) if text.strip() else ""


def newspaper(html: bytes) -> str:
    """Extract with newspaper4k; the page is handed over, so nothing is fetched."""
    import newspaper as peer

    article = peer.Article("http://page.invalid/", fetch_images=False)
    article.download(input_html=decoded(html))
    article.parse()
    return str(article.text)


def justext(html: bytes) -> str:
    """Extract with jusText and its English stop words."""
    import justext as peer

    paragraphs = peer.justext(html, peer.get_stoplist("English"))
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


TEXT_PEERS: Mapping[str, Callable[[str], str]] = {"keep everything": keep_everything, "C4 line rules": c4_lines}

HTML_PEERS: Mapping[str, tuple[str, Callable[[bytes], str]]] = {
    "trafilatura": ("trafilatura", trafilatura),
    "resiliparse main content": ("resiliparse", resiliparse_main),
    "readability-lxml": ("readability", readability),
    "newspaper4k": ("newspaper", newspaper),
    "jusText": ("justext", justext),
}
"""Name in the table → the module that must be installed, and the extraction."""

DISTRIBUTIONS = {"resiliparse main content": "resiliparse"}


def installed_html_peers() -> list[str]:
    """Find the peers that this environment has."""
    return [name for name, (module, _) in HTML_PEERS.items() if util.find_spec(module)]


def peer_versions(names: Sequence[str]) -> dict[str, str]:
    """Look up the version of each peer."""
    return {name: metadata.version(DISTRIBUTIONS.get(name, name)) for name in names}


def extractions(htmls: Sequence[bytes], source: Input, peers: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Run Copydesk and the peers on pages that come as `source`; give each system's name and its texts.

    A peer that fails on a page gave nothing for it: that is how its user would see it.
    """
    if source == "html":
        yield "Copydesk", copydesk(htmls, kind="html")
        for name in peers:
            yield name, [attempt(HTML_PEERS[name][1], html) for html in htmls]
        return
    texts = [STYLES[source](decoded(html)) for html in htmls]
    yield "Copydesk", copydesk(texts, kind="text")
    for name, extract in TEXT_PEERS.items():
        yield name, [extract(text) for text in texts]


def attempt(extract: Callable[[bytes], str], html: bytes) -> str:
    """Extract with somebody else's code."""
    try:
        return extract(html)
    except Exception:  # noqa: BLE001 - peers raise whatever they like on odd pages, and the comparison goes on
        return ""
