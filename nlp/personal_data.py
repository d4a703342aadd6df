"""Personal data: whether a post gives it away, and of which kinds; see `nlp.personal_places`."""

from spacy.language import Language
from spacy.tokens import Doc

from nlp.personal_places import kinds_of_personal_data, with_orders
from nlp.post import extend, post_of


class PersonalDataComponent:
    """Marks documents that give personal data away."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.contains_personal_data`."""
        post = post_of(doc)
        kinds = with_orders(kinds_of_personal_data(post.raw), post.entities)
        if kinds:
            post.contains_personal_data = True
            post.reasons["contains_personal_data"] = ", ".join(kinds)
        return doc


extend("contains_personal_data", default=False)


@Language.factory(
    "personal_data", assigns=["doc._.contains_personal_data"], requires=["doc._.entities"]
)
def make_personal_data(nlp: Language, name: str) -> PersonalDataComponent:  # noqa: ARG001  spaCy's factory signature
    """Personal data by shape and check digits."""
    return PersonalDataComponent()
