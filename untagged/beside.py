"""Beside a case: what else its author said and had, and who they are to the company."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cases.case import CaseFile
from cases.customers.port import Customer
from cases.history import earlier_cases
from mentions.mention import Mention
from untagged.customers import LookedUp, looked_up
from untagged.history import AuthorHistory, history_of
from untagged.lint import Searched
from untagged.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Beside:
    """`history` is None for an author without a name; `record` where nobody looks customers up."""

    history: AuthorHistory | None
    record: LookedUp | None

    @property
    def customer(self) -> Customer | None:
        """Their record, if there is one and it can be read."""
        return self.record.customer if self.record else None

    def to_json(self) -> dict[str, Any]:
        """`author_history`, `customer` and `customer_problem`."""
        return {
            "author_history": self.history.to_json() if self.history else None,
            "customer": self.customer.to_json() if self.customer else None,
            "customer_problem": self.record.problem if self.record else "",
        }


def beside(
    pipeline: Pipeline,
    file: CaseFile,
    mention: Mention | None,
    *,
    now: datetime,
    store: Searched | None = None,
) -> Beside:
    """What is known of the author of the case's post; `mention` is that post, if it is there.

    `store` is the part of the mentions that somebody sees, all of them if it is left out.

    Call it outside of a transaction: a customer service may take its seconds.
    """
    record = looked_up(pipeline.customers, mention)
    history = history_of(
        store or pipeline.store,
        mention,
        own=[post.mention_id for post in file.posts],
        customer=record.customer if record else None,
        now=now,
    )
    if history is not None:
        but = (file.case.id, *file.merged)
        with pipeline.read() as connection:
            found = earlier_cases(connection, [post.id for post in history.posts], but=but)
        history = replace(history, cases=tuple(found))
    return Beside(history, record)
