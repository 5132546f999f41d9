"""A sheet of HTML as PDF/A: tagged, its fonts embedded, and the same bytes for the same sheet.

Nothing is fetched but our own static files: no picture, style or font of a document comes from
outside, whatever stands in it.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from shared.web.pages import STATIC

ADDRESS = "https://sheet.invalid/"
"""Where a sheet believes to be; no other address is answered."""

VARIANT = "pdf/a-2a"
"""PDF/A-2, level A: everything that is needed later is inside, and machines can read it aloud."""

TYPES = {".css": "text/css", ".svg": "image/svg+xml"}

for named in ("weasyprint", "fontTools", "fontTools.subset"):
    logging.getLogger(named).setLevel(logging.ERROR)


class NotOurs(ValueError):
    """A sheet asked for something that is no static file of ours."""


class OwnFiles(URLFetcher):
    """Answers for `/static/<name>` and for nothing else."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The file.

        Raises:
            NotOurs: it is none of ours.
        """
        asked = urlsplit(url)
        files = {f"/static/{file.name}": file for file in STATIC.iterdir()}
        file = files.get(asked.path)
        if not url.startswith(ADDRESS) or asked.query or file is None or file.suffix not in TYPES:
            raise NotOurs
        return URLFetcherResponse(url, file.read_bytes(), {"content-type": TYPES[file.suffix]})


def pdf_of(html: str) -> bytes:
    """The sheet as PDF. Its dates are those of its `dcterms` meta tags, and no clock is read."""
    sheet = HTML(string=html, base_url=ADDRESS, url_fetcher=OwnFiles())
    made: bytes = sheet.write_pdf(font_config=FontConfiguration(), pdf_variant=VARIANT)
    return made
