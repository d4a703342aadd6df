"""Check digits: whether a number can be a card, an account or a person's, by its own arithmetic."""

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_NIE_DIGITS = {"X": "0", "Y": "1", "Z": "2"}

# Verhoeff's tables: multiplication in the dihedral group of ten, and the permutation of places.
_D5 = tuple(
    tuple(
        (a + b) % 5
        if a < 5 and b < 5
        else 5 + (a + b) % 5
        if a < 5
        else 5 + (a - b) % 5
        if b < 5
        else (a - b) % 5
        for b in range(10)
    )
    for a in range(10)
)
_SHIFT = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def is_card(digits: str) -> bool:
    """13 to 19 digits whose last is their Luhn check digit (ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_iban(compact: str) -> bool:
    """15 to 34 characters whose check digits are right (ISO 13616, modulo 97)."""
    if not 15 <= len(compact) <= 34:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_dni(said: str) -> bool:
    """A Spanish DNI or NIE whose letter is right: the number modulo 23 (Real Decreto 1553/2005)."""
    compact = said.replace("-", "")
    number = _NIE_DIGITS.get(compact[0], compact[0]) + compact[1:-1]
    return number.isdecimal() and _DNI_LETTERS[int(number) % 23] == compact[-1]


def is_cpf(said: str) -> bool:
    """A Brazilian CPF, eleven digits whose last two are weighted sums modulo 11."""
    digits = [int(char) for char in said if char.isdecimal()]
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    return all(
        digits[size]
        == sum(digit * (size + 1 - place) for place, digit in enumerate(digits[:size]))
        * 10
        % 11
        % 10
        for size in (9, 10)
    )


def is_aadhaar(said: str) -> bool:
    """An Indian Aadhaar number, twelve digits with Verhoeff's check digit (UIDAI)."""
    digits = [int(char) for char in said if char.isdecimal()]
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _D5[check][_permuted(digit, place % 8)]
    return check == 0


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = _SHIFT[digit]
    return digit
