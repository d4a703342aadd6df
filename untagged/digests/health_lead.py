"""The lead of a health digest: at most five sentences, which a director reads in a minute."""

from collections.abc import Sequence

from untagged.digests.brand_health import BrandHealth
from untagged.digests.health_findings import NEWS, TERMS, VOICE, Finding, findings, said_before
from untagged.digests.wording import said_count, said_names, said_range, said_share

MOST = 5
MOST_A_BRAND = 3
"""Of several brands, so that one crisis leaves room for what else there is."""


def lead(brands: Sequence[BrandHealth]) -> tuple[str, ...]:
    """At most five sentences, the most important first."""
    news = [one for brand in brands for one in findings(brand) if one.weight >= NEWS]
    if len(brands) == 1:
        (brand,) = brands
        if not news:
            return (_quiet(brand),)
        told = sorted(findings(brand), key=_order)[:MOST]
        return tuple(one.text for one in told)
    loud = {one.brand for one in news if one.about != VOICE}
    quiet = [brand.brand for brand in brands if brand.brand not in loud]
    shown: list[Finding] = []
    for one in sorted(news, key=_order):
        # What one brand gains of the voice others lose, so it is told once.
        is_told = one.about == VOICE and any(other.about == VOICE for other in shown)
        is_enough = sum(other.brand == one.brand for other in shown) >= MOST_A_BRAND
        if not is_told and not is_enough:
            shown.append(one)
    shown += _angriest(brands)
    sentences = [one.text for one in shown[: MOST - bool(quiet)]]
    if quiet:
        said = "Nothing else stood out about" if sentences else "Nothing stood out about"
        sentences.append(f"{said} {said_names(quiet)}.")
    return tuple(sentences)


def _angriest(brands: Sequence[BrandHealth]) -> list[Finding]:
    """Which brand is complained about most, if its range lies above those of all others."""
    told = [(one.sentiment.negative, one.brand) for one in brands if one.sentiment is not None]
    if len(told) < 2:
        return []
    (first, name), *rest = sorted(told, key=lambda one: (-one[0].share, one[1]))
    if any(first.low <= other.high for other, _ in rest):
        return []
    others = said_names([f"{brand} {said_share(one.share)}" for one, brand in rest[:TERMS]])
    said = f"Most negative is what is said of {name}, {said_range(first)}; of {others}"
    return [Finding(NEWS, name, f"{said}.")]


def _order(one: Finding) -> tuple[float, str, str]:
    return -one.weight, one.brand, one.text


def _quiet(brand: BrandHealth) -> str:
    """Of a brand without news: the figures, and that they are no news."""
    if not brand.heard.mentions:
        return f"Nobody mentioned {brand.brand}; {said_before(brand)}."
    said = [f"{brand.brand} was quiet: {said_count(brand.heard.mentions, 'mention')}"]
    said[0] += f" ({said_before(brand)})"
    if brand.sentiment is not None:
        moved = ", unchanged within what can be told" if brand.negative_change else ""
        said.append(f"negative {said_range(brand.sentiment.negative)}{moved}")
    said.append("no spike" if not brand.alerts else "no spike and no alert that was left alone")
    return "; ".join(said) + "."
