"""Talks: questions, answers and comments that were asked for together, and what follows what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from spiders.feed_entry import count
from spiders.json_answer import object_of, text_of
from spiders.stackexchange_post import id_of


@dataclass(frozen=True, slots=True)
class Talks:
    """Posts by their ids, each comment with the question below which it stands."""

    posts: Mapping[str, dict[str, Any]]

    @classmethod
    def of(
        cls, questions: Iterable[object], answers: Iterable[object], comments: Iterable[object]
    ) -> Self:
        """A comment says only which post it is on; one on no known answer is on a question."""
        asked = {text_of(one.get("question_id")): one for one in map(object_of, questions)}
        told = {text_of(one.get("answer_id")): one for one in map(object_of, answers)}
        said = [_placed(comment, asked, told) for comment in map(object_of, comments)]
        every = (*asked.values(), *told.values(), *said)
        return cls({name: post for post in every if (name := id_of(post))})

    def below(self, native_id: str) -> list[dict[str, Any]]:
        """A post and what was said after it and to it, or beside it if it is a comment."""
        own = self.posts[native_id]
        below = [post for post in self.posts.values() if _is_below(post, own) and post is not own]
        return [own, *sorted(below, key=_made)]


def _placed(
    comment: dict[str, Any], asked: Mapping[str, dict[str, Any]], told: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    on = text_of(comment.get("post_id"))
    answer = told.get(on)
    question = text_of(answer.get("question_id")) if answer else on
    link = (answer or asked.get(on, {})).get("link")
    kind = "answer" if answer else "question"
    return {"question_link": link, **comment, "question_id": question, "post_type": kind}


def _is_below(post: dict[str, Any], own: dict[str, Any]) -> bool:
    if "comment_id" in own:
        is_beside = "comment_id" in post and post.get("post_id") == own.get("post_id")
        return is_beside and _made(post) >= _made(own)
    if "answer_id" in own:
        return post.get("post_id") == own["answer_id"] and "comment_id" in post
    return text_of(post.get("question_id")) == text_of(own.get("question_id"))


def _made(post: dict[str, Any]) -> int:
    return count(post.get("creation_date")) or 0
