from mentions.brand import Brand
from mentions.mention import Author
from nlp.brand import BrandReader
from nlp.build import build_reader
from tests.nlp.posts import NIMBUS, PELLO, post, read


def names(text, **known):
    return [brand.name for brand in read(text, **known).brands]


def is_tagged(text, **known):
    (brand,) = read(text, **known).brands
    return brand.tagged


def test_a_brand_is_named_with_the_characters_that_name_it():
    (brand,) = read("I like Nimbus Air, really: #NimbusAir").brands
    text = "I like Nimbus Air, really: #NimbusAir"
    assert [text[start:end] for start, end in brand.spans] == ["Nimbus Air", "#NimbusAir"]


def test_a_post_that_names_no_brand_comes_back_with_none():
    assert names("my train is late") == []


def test_several_brands_are_named_in_the_order_of_the_settings():
    assert names("my pello on a nimbus air flight") == ["Nimbus Air", "Pello"]


def test_a_name_without_a_handle_is_untagged():
    assert not is_tagged("nimbus air lost my bag")


def test_an_owned_handle_tags_and_names_the_brand():
    assert is_tagged("@NimbusAir, where is my bag?")
    assert is_tagged("thanks @nimbusair.")


def test_a_longer_handle_is_somebody_else():
    assert names("@nimbusair_fans meet today") == []


def test_a_mail_address_tags_nobody():
    assert not is_tagged("write to me@nimbusair")


def test_a_handle_owned_on_one_platform_tags_there_only():
    assert is_tagged("@care@nimbus.example nimbus air", platform="mastodon")
    assert is_tagged("@care nimbus air", platform="mastodon")
    assert not is_tagged("@care nimbus air", platform="twitter")


def test_a_reply_to_an_owned_account_is_tagged():
    assert is_tagged("nimbus air, still waiting", reply_to="@NimbusAir")
    assert not is_tagged("nimbus air, still waiting", reply_to="12345")


def test_another_meaning_of_the_name_is_left_out_with_the_reason():
    mention = read("What a nimbus, that rain cloud over the bay")
    assert mention.brands == ()
    assert mention.reasons["brands"] == "Nimbus Air left out: 'nimbus' near 'cloud'"


def test_context_words_keep_a_name_that_stands_near_another_meaning():
    assert names("my nimbus flight flew into a cloud") == ["Nimbus Air"]
    assert names("nimbus in the clouds: waiting at the boarding gate under a cloud") == [
        "Nimbus Air"
    ]


def test_an_unmistakable_name_needs_no_context():
    for text in ("nimbus air in a cloud", "#nimbusair cloud", "nimbusair cloud"):
        assert names(text) == ["Nimbus Air"], text


def test_other_meanings_count_only_where_the_settings_name_them():
    assert names("pello in a cloud") == ["Pello"]


def test_a_phrase_of_context_counts_only_as_a_phrase():
    only = NIMBUS.model_copy(update={"not_context": ("rain cloud",)})
    reader = BrandReader([only])
    assert reader.read(post("nimbus, a cloud of rain"), ()).brands
    assert not reader.read(post("nimbus, a rain cloud"), ()).brands


def test_a_query_may_ask_for_a_language():
    reader = build_reader([Brand(name="Acme", query="acme AND lang:de")])
    german, english = reader.read([post("acme ist nicht gut"), post("acme is not good")])
    assert german.brands
    assert not english.brands


def test_a_title_names_a_brand_too():
    assert names("it was late", title="Nimbus Air again") == ["Nimbus Air"]


def test_the_owned_account_is_told_from_its_customers():
    mention = read("Nimbus Air: we are sorry for the delay?", author=Author(handle="@NimbusAir"))
    assert [brand.name for brand in mention.brands] == ["Nimbus Air"]
    assert (mention.needs_reply, mention.severity) == (False, 4)
    assert mention.reasons["needs_reply"] == "own account"
    assert read("Nimbus Air is late", author=Author(handle="nimbusair2")).needs_reply


def test_brands_with_the_same_handle_are_both_addressed():
    twin = PELLO.model_copy(update={"name": "Pello Care", "query": "pellocare"})
    found = BrandReader([PELLO, twin]).read(post("@pellophones help"), ["pellophones"])
    assert [brand.name for brand in found.brands] == ["Pello", "Pello Care"]
