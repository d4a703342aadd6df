"""What the case page shows of colleagues: who is here, who watches, whom notes name."""

from typing import Any

from fastapi import Request

from cases import desk
from cases.addressees import mistyped_in, named_in
from cases.case import PRIORITIES, CaseFile
from untagged.web.page import agent_of, agents_of, clock_now, marked, pipeline_of
from untagged.web.reader import reader_of
from untagged.web.words import others_words


def teamwork_of(request: Request, connection: Any, file: CaseFile, noted: int) -> dict[str, Any]:
    """For `case.html`; `noted` is the note that was written just now, whose slips are told."""
    agent, now, number = agent_of(request), clock_now(), file.case.id
    known = agents_of(pipeline_of(request).settings.teams)
    named = desk.named_by(connection, [note.id for note in file.notes])
    written = next((note for note in file.notes if note.id == noted), None)
    others = desk.others_at(connection, number, agent, now=now)
    watchers = desk.watchers_of(connection, number)
    return {
        "watchers": watchers,
        "is_watching": agent in watchers,
        "others": others,
        "others_said": others_words(reader_of(request), others, now),
        "note_texts": {
            note.id: marked(
                note.text,
                [(one.start, one.end) for one in named_in(note.text, named.get(note.id, []))],
            )
            for note in file.notes
        },
        "unseen": {note.id for note in desk.unseen(connection, agent)},
        "mistyped": mistyped_in(written.text, known) if written else {},
        "noted": noted,
        "priorities": PRIORITIES,
    }
