"""OpenID Connect: the code flow with PKCE, state and nonce, up to the claims of a checked ID token.

OpenID Connect Core 1.0 (sections 3.1.2 and 3.1.3), Discovery 1.0, RFC 7636 (PKCE), RFC 9700.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # has no types
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]  # has no types
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, insert, select

from mentions.errors import NotAllowed, SettingsError, TryAgain
from untagged.accounts.policy import OpenIdLogin
from untagged.accounts.tables import flows

SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""Never `none`, and no HMAC: its key would be the client's secret."""
LONGEST_FLOW = timedelta(minutes=10)
LEEWAY_SECONDS = 60
PATIENCE_SECONDS = 10.0
Claims = Mapping[str, Any]


class Provider(BaseModel):
    """What a provider says of itself."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A login that was begun: what has to come back with it."""

    nonce: str
    verifier: str
    back: str
    onward: str


def begin_flow(
    conn: Connection,
    login: OpenIdLogin,
    provider: Provider,
    *,
    visit: str,
    back: str,
    onward: str,
    now: datetime,
) -> str:
    """Where to send the browser. `back` is our address to which the provider sends it again.

    `visit` is the secret of the browser, so that no other can end what this one began.
    """
    conn.execute(delete(flows).where(flows.c.began_at <= now - LONGEST_FLOW))
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    with _client(login, back) as client:
        address, _ = client.create_authorization_url(
            provider.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
        )
    row = {"state_hash": _hash(state), "visit_hash": _hash(visit), "began_at": now}
    row |= {"nonce": nonce, "verifier": verifier, "back": back, "onward": onward}
    conn.execute(insert(flows).values(row))
    return str(address)


def take_flow(conn: Connection, *, state: str, visit: str, now: datetime) -> Flow:
    """The flow of the state, once. Raises NotAllowed."""
    same = flows.c.state_hash == _hash(state)
    row = conn.execute(select(flows).where(same)).first()
    if row is None or conn.execute(delete(flows).where(same)).rowcount != 1:
        raise NotAllowed("This login was not begun here, or is over. Log in again.")
    if row.visit_hash != _hash(visit) or row.began_at <= now - LONGEST_FLOW:
        raise NotAllowed("This login was begun in another browser, or too long ago. Log in again.")
    return Flow(row.nonce, row.verifier, row.back, row.onward)


def claims_of(login: OpenIdLogin, flow: Flow, code: str, *, now: datetime) -> Claims:
    """Who the provider says it is. Raises NotAllowed for anything that does not fit."""
    provider = discovered(login, now=now)
    with _told("ending the login"), _client(login, flow.back) as client:
        token = client.fetch_token(provider.token_endpoint, code=code, code_verifier=flow.verifier)
        published = client.request("GET", provider.jwks_uri, withhold_token=True)
        keys = KeySet.import_key_set(published.raise_for_status().json())
        return _checked(login, flow, str(token.get("id_token", "")), keys, now=now)


def discovered(login: OpenIdLogin, *, now: datetime) -> Provider:
    """What the issuer publishes, asked once an hour: whoever is not logged in may call for it.

    Raises TryAgain, and NotAllowed if it speaks for another issuer.
    """
    return _discovered(login.issuer, now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=2)
def _discovered(issuer: str, _hour: datetime) -> Provider:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    with _told("asking the login provider"), httpx2.Client(timeout=PATIENCE_SECONDS) as client:
        found = Provider.model_validate_json(client.get(address).raise_for_status().content)
    if found.issuer != issuer:  # Discovery, section 4.3
        raise NotAllowed(
            f"{address} speaks for the issuer {found.issuer}; correct login.oidc in the settings"
        )
    return found


def _checked(
    login: OpenIdLogin, flow: Flow, id_token: str, keys: KeySet, *, now: datetime
) -> Claims:
    claims: dict[str, Any] = jwt.decode(id_token, keys, algorithms=list(SIGNED_BY)).claims
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": login.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": login.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": flow.nonce},
    ).validate(claims)
    # Core, section 3.1.3.7: with several audiences, it has to be made for us.
    if claims.get("azp", login.client_id) != login.client_id or (
        isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims
    ):
        raise NotAllowed("The login provider answered for another program. Log in again.")
    return claims


def _client(login: OpenIdLogin, back: str) -> OAuth2Client:
    secret = os.environ.get(login.client_secret_env) if login.client_secret_env else None
    if login.client_secret_env and not secret:
        raise SettingsError(
            f"login.oidc: set {login.client_secret_env} in the environment or in secrets.env"
        )
    return OAuth2Client(
        client_id=login.client_id,
        client_secret=secret,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        scope=" ".join(login.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
        timeout=PATIENCE_SECONDS,
    )


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Turn what can go wrong with a provider into ours, keeping the cause."""
    try:
        yield
    except (AuthlibBaseError, JoseError) as error:
        raise NotAllowed(
            f"The login provider's answer was refused ({error}). Log in again."
        ) from error
    except (httpx2.HTTPError, KeyError, ValueError) as error:
        raise TryAgain(f"{doing} failed ({type(error).__name__}: {error}); try again") from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
