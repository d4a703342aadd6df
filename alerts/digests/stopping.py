"""The link that ends a subscription: signed, so that nobody ends another's, and good for ever.

A JSON Web Token (RFC 7519, HS256) that names the subscription; whoever holds it may end it, as
they got its mail.
"""

import os
from collections.abc import Mapping

import jwt

from mentions.errors import NotFound, SettingsError

SECRET = "UNTAGGED_DIGEST_SECRET"  # noqa: S105  # the variable's name, no secret
"""The environment variable that holds the secret that signs these links."""
LEAST_SECRET = 32
"""Bytes: RFC 7518, 3.2 asks for a key of at least the hash's size."""
PREFIX = "/unsubscribe/"
"""Below it lies nothing else, so that a proxy can let that through from outside."""
_ALGORITHM, _AUDIENCE = "HS256", "digest subscription"


def stop_secret(environ: Mapping[str, str] = os.environ) -> str:
    """The secret. Raises SettingsError where it is not set, or too short to sign with."""
    secret = environ.get(SECRET, "")
    if len(secret.encode()) < LEAST_SECRET:
        raise SettingsError(
            f"every digest that is sent says how to stop it, by a link that is signed: set the "
            f"environment variable {SECRET} to at least {LEAST_SECRET} characters, such as those "
            "of `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"
        )
    return secret


def stop_link(url: str, number: int, *, secret: str) -> str:
    """The address that ends the subscription, below the cockpit's."""
    token = jwt.encode({"sub": str(number), "aud": _AUDIENCE}, secret, algorithm=_ALGORITHM)
    return f"{url.rstrip('/')}{PREFIX}{token}"


def read_stop(token: str, *, secret: str) -> int:
    """The subscription that a link ends. Raises NotFound for one that we did not make."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "aud"]},
        )
        return int(claims["sub"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise NotFound("this link is none of ours; copy it whole") from error
