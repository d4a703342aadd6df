"""Passwords: how they are hashed, checked, judged and made.

argon2id with 19 MiB, two passes and one lane: OWASP's Password Storage Cheat Sheet. At least 12
characters, no rules of composition, no expiry: NIST SP 800-63B, section 5.1.1.
"""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from mentions.errors import StoreError, UntaggedError

SHORTEST, LONGEST = 12, 200
"""A longer one is refused: whoever is not logged in must not keep the machine busy."""
FEWEST_DIFFERENT = 5
_WORDS = 4
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS = _hasher.hash(secrets.token_urlsafe())


def hashed(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(_plain(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password of the hash; without a hash no, after the same time.

    Raises StoreError for a hash that was damaged.
    """
    try:
        _hasher.verify(kept or _NOBODYS, _plain(password[: LONGEST + 1]))
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as error:
        raise StoreError(
            f"a password's hash cannot be read ({error}); set a new one: untagged users password"
        ) from error
    return kept is not None


def refuse_weak(password: str, *, name: str) -> None:
    """Raise UntaggedError, with what would do, for one that is too short or easily guessed."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise UntaggedError(f"a password has at least {SHORTEST} characters; a few words will do")
    if len(plain) > LONGEST:
        raise UntaggedError(f"a password has at most {LONGEST} characters")
    folded = plain.casefold()
    if name and folded.replace(name.casefold(), "").strip("0123456789!?.-_ ") == "":
        raise UntaggedError("this password is little more than the name; take other words")
    if len(set(folded)) < FEWEST_DIFFERENT:
        raise UntaggedError("this password repeats few characters; take a few words")


def made() -> str:
    """A new password that can be read out: four times six letters, 74 bits by chance."""
    return "-".join(_word() for _ in range(_WORDS))


def _word() -> str:
    pairs = (secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(3))
    return "".join(pairs)


def _plain(password: str) -> str:
    """One form of what keyboards write in several ways (NIST SP 800-63B: NFKC before hashing)."""
    return unicodedata.normalize("NFKC", password)
