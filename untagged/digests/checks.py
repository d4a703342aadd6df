"""What the settings' digests name and there is not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alerts.digests.settings import MAIL_SCHEMES, is_mail
from untagged.yaml_file import Place, known_or_suggested

if TYPE_CHECKING:  # the settings are checked here, and made there
    from untagged.settings import Settings


def dangling_digests(settings: "Settings") -> Iterator[tuple[Place, str]]:
    """Brands, teams and channels that nobody knows, and mail that nothing carries."""
    brands = [brand.name for brand in settings.brands]
    teams = [team.name for team in settings.teams]
    channels = [channel.name for channel in settings.channels]
    carriers = [one.name for one in settings.channels if one.url.startswith(MAIL_SCHEMES)]
    mail = settings.digest_delivery.mail
    if mail and mail not in channels:
        yield ("digest_delivery", "mail"), known_or_suggested(mail, channels)
    elif mail and mail not in carriers:
        yield ("digest_delivery", "mail"), f"{mail!r} is no mail channel; its url is not mailto://…"
    if settings.digest_delivery.domains and not mail:
        said = "people subscribe by mail, and `mail` names no channel that carries it"
        yield ("digest_delivery", "domains"), said
    for number, digest in enumerate(settings.digests):
        place: Place = ("digests", number)
        if digest.brand and digest.brand not in brands:
            yield (*place, "brand"), known_or_suggested(digest.brand, brands)
        if digest.team and digest.team not in teams:
            yield (*place, "team"), known_or_suggested(digest.team, teams)
        for to in digest.to:
            if not is_mail(to) and to not in channels:
                yield (*place, "to"), known_or_suggested(to, channels)
            elif is_mail(to) and not mail:
                said = "goes by mail; name the mail channel that carries it: digest_delivery.mail"
                yield (*place, "to"), f"{to} {said}"
