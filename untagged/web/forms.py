"""Forms of a page: each carries the session's token, and whoever may not send one does not see it.

Both are done to the finished page and not in the templates, so that none can forget it. No text of
a post is markup there: what looks like a form is one of ours.
"""

import re
from collections.abc import Callable

from markupsafe import escape

_POST_FORM = re.compile(
    r'(?P<begin><form\b(?=[^>]*\bmethod="post")(?:[^>]*\baction="(?P<action>[^"?]*))?[^>]*>)'
    r"(?P<rest>.*?</form>)",
    re.DOTALL,
)


def usable(page: str, *, token: str, own_path: str, may_send: Callable[[str], bool]) -> str:
    """The page with the token in each form that changes something, less those of no use here.

    `may_send` says of a path whether the reader may post to it; a form that names none posts to
    `own_path`. Without a token nobody is logged in, and the page keeps what it has.
    """
    field = f'<input type="hidden" name="csrf" value="{escape(token)}">'

    def kept(form: re.Match[str]) -> str:
        if token and not may_send(form["action"] or own_path):
            return ""
        return form["begin"] + field + form["rest"]

    return _POST_FORM.sub(kept, page)
