"""The Bolt app: authorised without a look-up, so that an ack never waits for Slack's Web API."""

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import Front
from bot.slack.listeners import register
from bot.slack.work import Work

log = logging.getLogger(__name__)


def build_app(client: AsyncWebClient, front: Front, work: Work, *, signing_secret: str = "") -> AsyncApp:
    """Return the app with all its listeners.

    Args:
        client: carries the bot token; Bolt copies it for each request.
        front: what the listeners work with.
        work: the register of what goes on after the ack; drained by whoever stops the app.
        signing_secret: checks requests in HTTP mode; Socket Mode needs none.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

    logger = logging.getLogger("bot.slack.bolt")
    logger.setLevel(logging.ERROR)  # Bolt warns at each start that `authorize` takes the token's place, as is meant
    app = AsyncApp(name="burnin", logger=logger, client=client, authorize=authorize, signing_secret=signing_secret)
    logger.setLevel(logging.WARNING)
    register(app, front, work)

    async def told(error: Exception) -> None:
        log.error("a listener broke off", exc_info=error)

    app.error(told)
    return app
