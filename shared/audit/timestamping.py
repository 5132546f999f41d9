"""Tokens of a time-stamping authority (RFC 3161): a stranger's word on when a checkpoint was there.

Only the signer loads this, and only where an authority is configured. A token is asked for at most
once a minute for each log, and nothing waits for one: a checkpoint without it is as good, and the
next one covers the same events.
"""

import logging
import time
from hashlib import sha256

import httpx
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    decode_timestamp_response,
)

EVERY = 60.0
SECONDS = 5.0
GRANTED = (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)

log = logging.getLogger(__name__)


class Authority:
    """Where tokens for one log come from.

    Args:
        url: answers requests of RFC 3161 over HTTP.
        every: seconds from one request to the next, at least.
    """

    def __init__(self, url: str, every: float = EVERY) -> None:
        self._url = url
        self._every = every
        self._again_at = 0.0

    def stamp(self, note: bytes) -> bytes | None:
        """The authority's answer (DER, `openssl ts -verify -in`) over these bytes, if it gave one.

        It was looked at only whether it is an answer to this question. Who trusts it checks it
        with the authority's certificate.
        """
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + self._every
        request = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            answer = httpx.post(
                self._url,
                content=request.as_bytes(),
                headers={"content-type": "application/timestamp-query"},
                timeout=SECONDS,
                trust_env=False,
            )
            answer.raise_for_status()
            response = decode_timestamp_response(answer.content)
        except (httpx.HTTPError, ValueError) as fault:
            log.warning("the time-stamping authority does not answer: %s", type(fault).__name__)
            return None
        if PKIStatus(response.status) not in GRANTED:
            log.warning("the time-stamping authority refuses: %s", response.status)
            return None
        told = response.tst_info
        if (told.nonce, told.message_imprint.message) != (request.nonce, sha256(note).digest()):
            log.error("the time-stamping authority has answered another question")
            return None
        return answer.content
