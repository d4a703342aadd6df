"""A Google service account: its key file, and the signed request that a token is given for.

The flow is RFC 7523 (developers.google.com/identity/protocols/oauth2/service-account).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import jwt
from jwt.exceptions import PyJWTError

from mentions.errors import SourceRefused
from spiders.credentials import secret
from spiders.json_answer import object_of, text_of

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VALID_FOR = timedelta(minutes=10)
"""Of the signed request; an hour at most is allowed, and it is used at once."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who asks; `private_key` is PEM and is shown nowhere."""

    email: str
    private_key: str
    key_id: str

    def __repr__(self) -> str:
        return f"ServiceAccount({self.email})"

    def token_request(self, *, scope: str, token_url: str, now: datetime) -> bytes:
        """The form that a token is given for. Raises SourceRefused if the key is none."""
        claims = {
            "iss": self.email,
            "scope": scope,
            "aud": token_url,
            "iat": int(now.timestamp()),
            "exp": int((now + _VALID_FOR).timestamp()),
        }
        headers = {"kid": self.key_id} if self.key_id else None
        try:
            signed = jwt.encode(claims, self.private_key, algorithm="RS256", headers=headers)
        except (ValueError, TypeError, PyJWTError):
            # The cause is left out: it may quote the key.
            raise SourceRefused(
                "the private_key of the service account is no RSA key; download the JSON key anew"
            ) from None
        return urlencode({"grant_type": _GRANT, "assertion": signed}).encode()


def service_account(variable: str) -> ServiceAccount:
    """The account in the environment variable: its JSON key, or the path of the file with it.

    Raises SourceRefused with what to do.
    """
    said = secret(variable)
    if not said.startswith("{"):
        try:
            said = Path(said).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise SourceRefused(
                f"the file that {variable} names cannot be read; put the path of the service"
                " account's JSON key there, or the JSON itself"
            ) from error
    try:
        key = object_of(json.loads(said))
    except ValueError:
        key = {}
    email, private_key = text_of(key.get("client_email")), text_of(key.get("private_key"))
    if not email or not private_key:
        raise SourceRefused(
            f"{variable} holds no JSON key of a service account (with client_email and"
            " private_key); make one in the Google Cloud console"
        )
    return ServiceAccount(email, private_key, text_of(key.get("private_key_id")))
