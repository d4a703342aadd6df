"""The reader's words for what the rooms name: statuses, kinds, fields, what somebody did.

The rooms and the stores know one English name for each; it is translated where it is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cases.case import SYSTEM
from cases.clocks import Clock
from cases.colliding import Others
from cases.presence import Present
from nlp.spike_shares import Share
from untagged.asked import DATES, Asked
from untagged.bulk import Done
from untagged.languages import ENGLISH, msgid, msgid_about
from untagged.web import spoken
from untagged.web.reader import Reader, catalog

WORDS = frozenset(
    {
        # statuses, priorities and the clocks of cases
        msgid("living"), msgid("open"), msgid("pending"), msgid("snoozed"), msgid("resolved"),
        msgid("merged"), msgid("all"), msgid("low"), msgid("medium"), msgid("high"),
        msgid("urgent"), msgid("FRT"), msgid("NRT"), msgid("RT"),
        # what is said of a post
        msgid("positive"), msgid("neutral"), msgid("negative"), msgid("complaint"),
        msgid("question"), msgid("feature request"), msgid("bug report"), msgid("praise"),
        msgid("purchase intent"), msgid("churn risk"), msgid("incident"), msgid("spam"),
        msgid("other"), msgid("true"), msgid("false"), msgid("yes"), msgid("no"),
        # fields
        msgid("brand"), msgid("sentiment"), msgid("intent"), msgid("lang"), msgid("source"),
        msgid("platform"), msgid("tagged"), msgid("topic"), msgid("author"), msgid("severity"),
        msgid("team"), msgid("agent"), msgid("hour"), msgid("Brand"), msgid("Source"),
        msgid("Team"), msgid("Agent"), msgid("Hour"), msgid("status"), msgid("priority"),
        msgid("snoozed until"), msgid("tags"), msgid("not about"), msgid("day"), msgid("kind"),
        msgid("cluster"), msgid("influence"), msgid("playbook"), msgid("merged into"),
        # reasons of a reading
        msgid("brands"), msgid("intents"), msgid("topics"), msgid("entities"),
        msgid("needs reply"), msgid("abusive"), msgid("sarcastic"), msgid("troll"),
        msgid("contains personal data"), msgid("text"),
        # kinds and signals of alerts
        msgid("crisis"), msgid("spike"), msgid("unanswered"), msgid("watchlist"),
        msgid("influencer"), msgid("trend"), msgid("flatline"), msgid("complaints"),
        msgid("authors"), msgid("stories"), msgid("reach"), msgid("engagement"),
        # a chart
        msgid("counted"), msgid("expected"), msgid("usual range"),
        # what happened to an alert, and to a letter
        msgid("fired"), msgid("fired again"), msgid("worse"), msgid("told"), msgid("silenced"),
        msgid("silence over"), msgid("inhibited"), msgid("inhibition over"),
        msgid("acknowledged"), msgid("unacknowledged"), msgid("assigned"), msgid("reopened"),
        msgid("waiting"), msgid("sent"), msgid("dead"), msgid("held"), msgid("dropped"),
        msgid("delayed"), msgid("refused"),
        # what happened to a case
        msgid("opened"), msgid("claimed"), msgid("released"), msgid("reassigned"),
        msgid("answered"), msgid("answer linked"), msgid("author erased"), msgid("breached"),
        msgid("handed over"), msgid("needs no reply"), msgid("needs a reply"), msgid("noted"),
        msgid("post deleted"), msgid("prioritised"), msgid("survey asked"),
        msgid("took over"), msgid("woken"), msgid("reply kept"), msgid("reply approved"),
        msgid("reply withdrawn"), msgid("reply handed over"), msgid("joined"),
        # what happened to an incident
        msgid("an alert joined"), msgid("a case joined"), msgid("told a channel"),
        msgid("changed the severity"), msgid("took it on"), msgid("handed it over"),
        msgid("renamed it"), msgid("wrote"), msgid("changed what we say"),
        msgid("promised the next update"), msgid("resolved it"), msgid("judged it"),
        msgid("opened it again"), msgid("merged it into another"),
        msgid("merged another into it"), msgid("first post"), msgid("first alert"),
        msgid("peak"), msgid("first answer"), msgid("three times what was expected"),
        # figures of a report
        msgid("first post to first alert"), msgid("three times the expected to first alert"),
        msgid("first alert to acknowledgement"), msgid("first post to first answer"),
        msgid("cases"), msgid("median first response"),
        # users, and what is done with them
        msgid("viewer"), msgid("lead"), msgid("admin"), msgid("added"), msgid("role"),
        msgid("scope"), msgid("profile"), msgid("disabled"), msgid("enabled"),
        msgid("password"), msgid("logged in"), msgid("login refused"), msgid("logged out"),
        msgid("session ended"), msgid("sessions ended"), msgid("token made"),
        msgid("token revoked"), msgid("full name"), msgid("zone"), msgid("language"),
        msgid("teams"), msgid("must change"), msgid("why"), msgid("name"),
        msgid("look at pages of their brands and teams"),
        msgid("take, answer, assign and resolve cases"),
        msgid("take on, hand over and close alerts and incidents"),
        msgid("say that a reading or an alert was right or wrong"),
        msgid("keep alerts quiet"), msgid("try and change rules and routing"),
        msgid("take mentions out as a file"),
        msgid("see and resend what could not be sent, see the quarantine"),
        msgid("users, roles, audit, erasure"),
        # kinds of digests
        msgid("Feature requests"), msgid("Bug reports"), msgid("Churn reasons"),
        msgid("Questions"), msgid("Brand health"), msgid("Team performance"),
        # what happened to the routing
        msgid("saved"), msgid("reset"),
        # sources
        msgid("fine"), msgid("failing"), msgid("resting"), msgid("quiet"), msgid("has not run"),
        # what is erased, and where it is
        msgid("Platform"), msgid("Id"), msgid("Handle"), msgid("Name"), msgid("Posts"),
        msgid("index"), msgid("journal"), msgid("posts that only cases know any more"),
        msgid("notes of colleagues, which stay"),
        msgid("help desks, which keep what they were told"),
        # the search page's lists
        msgid("newest first"), msgid("widest first"), msgid("liveliest first"),
        msgid("best first"), msgid("words"), msgid("value"), msgid("number"), msgid("time"),
        msgid("true or false"), msgid("each mention (watchlist)"),
        msgid("what nobody answers (unanswered)"),
        msgid("when there are unusually many (spike)"),
        msgid("People who are unhappy and not talking to us"),
        msgid("Questions nobody answered"), msgid("Ideas for the product"),
        msgid("Widely read authors"),
        # the tabs over the alerts, and when a rule of the routing opens a case
        msgid("All"), msgid("Crises"), msgid("Spikes"), msgid("Unanswered"), msgid("Watchlist"),
        msgid("Influencers"), msgid("Trends"), msgid("Silent sources"), msgid("always"),
        msgid("for questions"), msgid("never"),
    }
)  # fmt: skip
ABOUT = frozenset(
    {
        msgid_about("alert", "firing"), msgid_about("alert", "acknowledged"),
        msgid_about("alert", "resolved"), msgid_about("alert", "Firing"),
        msgid_about("alert", "Acknowledged"), msgid_about("alert", "Over"),
        msgid_about("permission", "look"), msgid_about("permission", "work"),
        msgid_about("permission", "acknowledge"), msgid_about("permission", "correct"),
        msgid_about("permission", "silence"), msgid_about("permission", "rules"),
        msgid_about("permission", "export"), msgid_about("permission", "operate"),
        msgid_about("permission", "administer"),
    }
)  # fmt: skip
TRANSLATED_VALUES = frozenset({"sentiment", "intent", "tagged", "severity", "kind", "influence"})
"""Fields whose values are words of ours; those of others are names, which stay as they are."""


SENTENCES = (
    msgid("Name or password is wrong."),
    msgid("The old password is wrong."),
    msgid("the new password is the old one; take another"),
    msgid("this link is none of ours; copy it whole"),
    msgid("no case is chosen; tick those that you mean"),
    msgid("choose a number from 1 to 5"),
)
"""What the rooms say to people who are not at home in English: at the login, on a survey."""


def sentence(reader: Reader, text: str) -> str:
    """The reader's words for a whole sentence without values; others stay English."""
    return catalog(reader.language).gettext(text) if text else ""


def word(reader: Reader, name: str, about: str = "") -> str:
    """The reader's word for a name of ours; a name that is none of ours stays as it is."""
    text = name.replace("_", " ")
    if about and text in ABOUT:
        return reader.pgettext(about, text)
    return reader.gettext(text) if text in WORDS else text


def facet(reader: Reader, value: str, field: str) -> str:
    """A value that posts were counted by; an author's stays as it is written."""
    if field == "author":
        return value
    if field == "lang" and reader.language != ENGLISH:
        return spoken.language_name(reader, value)
    return word(reader, value) if field in TRANSLATED_VALUES else value.replace("_", " ")


def share_name(reader: Reader, share: Share) -> str:
    """'on mastodon', 'in German', 'about the app', 'complaint'."""
    value = share.value.replace("_", " ")
    match share.what:
        case "platform":
            return reader.gettext("on %(platform)s", platform=value)
        case "lang":
            named = spoken.language_name(reader, share.value)
            return reader.gettext("in %(language)s", language=named)
        case "topic":
            return reader.gettext("about %(topic)s", topic=value)
        case "author":
            return reader.gettext("by one author")
        case "intent" | "negative":
            return word(reader, value)


def clock_words(reader: Reader, clock: Clock) -> str:
    """'FRT in 5 min', 'FRT missed by 2 h', 'stopped'."""
    if clock.kind is None or clock.left is None:
        return reader.gettext("stopped")
    promise, span = word(reader, clock.kind), spoken.duration(reader, clock.left)
    if clock.is_breached:
        return reader.gettext("%(promise)s missed by %(span)s", promise=promise, span=span)
    return reader.gettext("%(promise)s in %(span)s", promise=promise, span=span)


def present_words(reader: Reader, there: Mapping[int, Sequence[Present]]) -> dict[int, str]:
    """'ben is writing an answer; ana is looking', by the number of the case."""
    return {
        number: _several(reader, [_at_it(reader, one.agent, one.is_writing) for one in people])
        for number, people in there.items()
    }


def others_words(reader: Reader, others: Others, now: datetime) -> str:
    """'ben is writing an answer; ana answered 2 min ago', '' if nobody is there."""
    told = [_at_it(reader, who, True) for who in others.writing]
    if others.answered_at is not None:
        ago = spoken.ago(reader, now - max(now - others.answered_at, timedelta(0)), now)
        if others.answered_by == SYSTEM:
            told.append(reader.gettext("an answer was seen %(ago)s", ago=ago))
        else:
            told.append(reader.gettext("%(who)s answered %(ago)s", who=others.answered_by, ago=ago))
    told += [_at_it(reader, who, False) for who in others.looking]
    return _several(reader, told)


def _at_it(reader: Reader, who: str, is_writing: bool) -> str:
    if is_writing:
        return reader.gettext("%(who)s is writing an answer", who=who)
    return reader.gettext("%(who)s is looking", who=who)


def _several(reader: Reader, told: list[str]) -> str:
    return reader.pgettext("between two things that colleagues do", "; ").join(told)


def within_words(reader: Reader, asked: Asked) -> str:
    """The period of a search: 'last 7d', 'from 2026-02-21 00:00 UTC'; dates as they are asked."""
    if asked.period == "all" or (asked.since is None and asked.until is None):
        return reader.gettext("all time")
    if asked.period != DATES:
        return reader.gettext("last %(span)s", span=spoken.spelled(reader, asked.period))
    since, until = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (asked.since, asked.until))
    if since and until:
        return reader.gettext("from %(since)s until %(until)s UTC", since=since, until=until)
    if since:
        return reader.gettext("from %(since)s UTC", since=since)
    return reader.gettext("until %(until)s UTC", until=until)


def done_words(reader: Reader, done: Done) -> str:
    """'3 changed, 1 not changed'."""
    changed, same, refused = len(done.changed), len(done.same), len(done.refused)
    told = [reader.ngettext("%(num)s changed", "%(num)s changed", changed)]
    if same:
        told.append(reader.ngettext("%(num)s were so already", "%(num)s were so already", same))
    if refused:
        told.append(reader.ngettext("%(num)s not changed", "%(num)s not changed", refused))
    return spoken.listed_text(reader, told)
