"""spaCy's tokeniser, kept linear, and asked only where a component reads tokens."""

import re
from collections.abc import Callable

from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

LONGEST_RUN = 200
"""Characters without a space that spaCy's tokeniser is asked to take apart. It tries its affixes
at every step of a run: 10,000 emoji in a row took it 9 seconds, 200 take it 5 milliseconds."""

_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}")
_PIECE = re.compile(rf"\w{{1,{LONGEST_RUN}}}|\s+|[^\w\s]")
_READS_NO_TOKENS = "doc._."


class BoundedTokeniser:
    """Tokenises as spaCy does, and a post with endless runs by words and signs alone."""

    def __init__(self, tokenise: Callable[[str], Doc]) -> None:
        self._tokenise = tokenise
        self._vocab: Vocab = tokenise("").vocab

    def __call__(self, text: str) -> Doc:
        """The tokens of a text; `doc.text` is the text."""
        if not _RUN.search(text):
            return self._tokenise(text)
        pieces = _PIECE.findall(text)
        return Doc(self._vocab, words=pieces, spaces=[False] * len(pieces))


def reads_tokens(pipeline: Language) -> bool:
    """Whether any component may look at tokens.

    Ours read `doc._` alone and say so. One that says nothing, or names anything else (`doc.ents`,
    `token.tag`), may. Tokens take 20 µs a post, a tenth of everything; 15 of them go into building
    the Doc, so that tokens of our own would be no cheaper.
    """
    metas = (pipeline.get_pipe_meta(name) for name in pipeline.pipe_names)
    return any(
        not meta.assigns
        or not all(name.startswith(_READS_NO_TOKENS) for name in (*meta.assigns, *meta.requires))
        for meta in metas
    )
