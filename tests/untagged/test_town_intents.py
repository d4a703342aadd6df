"""The town's requests are heard; the reader before heard 25 % and was right in 46 %."""

import pytest

from bench.sixty_days import EXAMPLE
from bench.town_intents import read_town
from nlp.build import build_reader
from untagged.settings import load_settings


@pytest.mark.slow
def test_requests_of_a_town_are_heard_and_what_is_heard_is_one():
    settings = load_settings(EXAMPLE).settings
    reader = build_reader(settings.brands, **settings.reading.model_dump())
    meant = read = right = campaign = 0
    for post, mention in read_town(2, reader):
        asks = "feature_request" in post.said.intents and bool(post.said.brands)
        labels = {intent.label for intent in mention.intents} if mention else set()
        is_read = "feature_request" in labels
        meant, read, right = meant + asks, read + is_read, right + (asks and is_read)
        campaign += is_read and "caught fire" in post.said.text
    assert right >= 0.5 * meant
    assert right >= 0.75 * read
    assert campaign <= 5
