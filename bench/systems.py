"""The ways to get from a page to its body that are measured side by side: Copydesk and its peers."""

from collections.abc import Callable, Mapping, Sequence
from importlib import metadata, util
from typing import Literal

from bench.corpora import decoded
from bench.styles import goose_leftover, newspaper_leftover, readability_leftover
from cleaners import Article, Page, clean_many
from cleaners.language import language_of

# The line rules of C4 (Raffel et al. 2020, section 2.2): five words or more, and terminal punctuation at the end.
C4_MIN_WORDS = 5
C4_TERMINALS = (".", "!", "?", '"', "\N{RIGHT DOUBLE QUOTATION MARK}")


def cleaned(raws: Sequence[bytes | str], *, kind: Literal["html", "text"]) -> list[Article]:
    """Clean pages in one batch, as a flow does."""
    return list(clean_many(Page(raw, kind=kind) for raw in raws))


def copydesk(raws: Sequence[bytes | str], *, kind: Literal["html", "text"]) -> list[str]:
    """Clean pages in one batch and give their bodies."""
    return [article.body for article in cleaned(raws, kind=kind)]


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
    """Extract with the port of Mozilla's readability."""
    return readability_leftover(decoded(html))


def newspaper(html: bytes) -> str:
    """Extract with newspaper4k."""
    return newspaper_leftover(decoded(html))


def goose(html: bytes) -> str:
    """Extract with goose3."""
    return goose_leftover(decoded(html))


STOP_WORDS = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch",
    "no": "Norwegian_Bokmal", "nb": "Norwegian_Bokmal", "pl": "Polish", "pt": "Portuguese",
    "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
}  # fmt: skip
"""Language of a page → jusText's list of its stop words."""


def justext(html: bytes) -> str:
    """Extract with jusText and the stop words of the page's language.

    For a language that it has no list for it works without, as its documentation advises.
    """
    import justext as peer
    from resiliparse.extract.html2text import extract_plain_text

    name = STOP_WORDS.get(language_of(str(extract_plain_text(decoded(html), main_content=True))) or "en")
    if name:
        paragraphs = peer.justext(html, peer.get_stoplist(name))
    else:
        paragraphs = peer.justext(html, frozenset(), stopwords_low=0, stopwords_high=0)
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


KEEP_EVERYTHING = "keep everything"
TEXT_PEERS: Mapping[str, Callable[[str], str]] = {"C4 line rules": c4_lines, KEEP_EVERYTHING: keep_everything}

HTML_PEERS: Mapping[str, tuple[str, Callable[[bytes], str]]] = {
    "trafilatura": ("trafilatura", trafilatura),
    "readability-lxml": ("readability", readability),
    "newspaper4k": ("newspaper", newspaper),
    "goose3": ("goose3", goose),
    "resiliparse main content": ("resiliparse", resiliparse_main),
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
