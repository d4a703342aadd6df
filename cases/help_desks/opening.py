"""Opening help desks: the settings' models become what talks to them."""

import os
from collections.abc import Iterable, Mapping

from cases.help_desks.jira import JiraDesk
from cases.help_desks.port import HelpDeskPort
from cases.help_desks.salesforce import SalesforceDesk
from cases.help_desks.settings import HelpDesk, Jira, Salesforce, SignedWebhook, Zendesk
from cases.help_desks.webhook import WebhookDesk
from cases.help_desks.zendesk import ZendeskDesk


def open_desks(
    desks: Iterable[HelpDesk], *, environ: Mapping[str, str] = os.environ
) -> dict[str, HelpDeskPort]:
    """Each desk by its name. Nothing is contacted, no secret read, before something is asked."""
    return {desk.name: _opened(desk, environ) for desk in desks}


def _opened(desk: HelpDesk, environ: Mapping[str, str]) -> HelpDeskPort:
    match desk:
        case Zendesk():
            return ZendeskDesk(desk, environ)
        case Salesforce():
            return SalesforceDesk(desk, environ)
        case Jira():
            return JiraDesk(desk, environ)
        case SignedWebhook():
            return WebhookDesk(desk, environ)
