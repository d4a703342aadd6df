"""Channels: where notifications go, as the settings name them, and how each is sent.

`url` is any Apprise address (mail, Slack, Teams, Discord, Telegram, ntfy, PagerDuty and the rest);
`webhook` is an http(s) address that gets CloudEvents signed as Standard Webhooks, with the secret
in the environment variable that `secret_env` names.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from alerts.outbox import Sender
from alerts.quoting import address


class Channel(BaseModel):
    """One place that can be told. Its address often holds a secret, so it is never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=100)
    url: str = Field("", repr=False)
    webhook: str = Field("", repr=False)
    secret_env: str = Field("", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, webhook: str) -> str:
        if webhook and not address(webhook):
            raise ValueError("is no http(s) address; write for example https://chat.example/hook")
        return webhook

    @field_validator("url")
    @classmethod
    def _has_a_scheme(cls, url: str) -> str:
        if url and "://" not in url:
            raise ValueError(
                "is no Apprise address; write for example mailto://… or slack://… "
                "(https://github.com/caronc/apprise/wiki lists them)"
            )
        return url

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Channel":
        if bool(self.url) == bool(self.webhook):
            raise ValueError(
                "needs either url (an Apprise address) or webhook (an http(s) address)"
            )
        if self.webhook and not self.secret_env:
            raise ValueError(
                "needs secret_env, the name of the environment variable that holds the secret, "
                "for example CARE_WEBHOOK_SECRET"
            )
        return self


def open_channels(
    channels: Iterable[Channel],
    *,
    environ: Mapping[str, str] = os.environ,
    source: str = "untagged",
    folders: Sequence[Path] = (),
) -> dict[str, Sender]:
    """A sender for each channel, by name. Nothing is contacted before something is sent.

    `source` names this installation in CloudEvents; templates in `folders` come before ours.
    """
    return {channel.name: _opened(channel, environ, source, tuple(folders)) for channel in channels}


def _opened(
    channel: Channel, environ: Mapping[str, str], source: str, folders: tuple[Path, ...]
) -> Sender:
    # Loaded here, because only senders need them: Apprise alone takes half a second.
    if channel.webhook:
        from alerts.webhook import WebhookSender  # noqa: PLC0415 - see above

        return WebhookSender(
            channel.webhook,
            environ=environ,
            secret_env=channel.secret_env,
            source=source,
            folders=folders,
        )
    from alerts.apprise_sender import AppriseSender  # noqa: PLC0415 - see above

    return AppriseSender(channel.url, folders=folders)
