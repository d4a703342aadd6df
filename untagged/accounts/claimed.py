"""Users whom a provider of OpenID Connect names: made and kept up to date by what it claims."""

from typing import Any

from sqlalchemy import Connection

from mentions.errors import NotAllowed, UntaggedError
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.accounts.openid import Claims
from untagged.accounts.policy import OpenIdLogin
from untagged.accounts.roles import ROLES, Role
from untagged.accounts.user import User, known_name


def claimed_user(conn: Connection, login: OpenIdLogin, claims: Claims, *, by: By) -> User:
    """The user of the claims, with the role and the scope that they give now.

    Recognised by issuer and subject, never by the name: that one may be given to another person.
    Raises NotAllowed for who gets no role, is disabled, or is called like somebody else.
    """
    values = _values(claims.get(login.claim))
    role = _role(login, values)
    brands = {one for value in values for one in login.brands.get(value, ())}
    teams = {one for value in values for one in login.teams.get(value, ())}
    external_id = f"{claims['iss']} {claims['sub']}"
    user = book.find_external(conn, external_id)
    if user is None:
        return book.add_user(
            conn,
            _free_name(conn, claims.get(login.name_claim)),
            role=role,
            by=by,
            full_name=str(claims.get("name", "")),
            brands=brands,
            teams=teams,
            external_id=external_id,
        )
    if user.is_disabled:
        raise NotAllowed(f"The user {user.name} is disabled here; ask an admin.")
    if user.role != role:
        user = book.set_role(conn, user, role, by=by)
    if (set(user.brands), set(user.teams)) != (brands, teams):
        user = book.set_scope(conn, user, brands=brands, teams=teams, by=by)
    return user


def _role(login: OpenIdLogin, values: list[str]) -> Role:
    given = {login.roles[value] for value in values if value in login.roles}
    if not given:
        raise NotAllowed(
            f"You are known, but nothing in your {login.claim} gives you a role here; ask an admin."
        )
    return max(given, key=ROLES.index)


def _free_name(conn: Connection, said: Any) -> str:
    try:
        name = known_name(said if isinstance(said, str) else "")
    except UntaggedError as error:
        raise NotAllowed(f"The login provider gives you no name for here: {error}") from error
    if book.find_user(conn, name) is not None:
        raise NotAllowed(
            f"There is another user {name} here, who does not log in this way; ask an admin."
        )
    return name


def _values(said: Any) -> list[str]:
    """A claim is one text or several."""
    several = said if isinstance(said, list) else [said]
    return [one for one in several if isinstance(one, str)]
