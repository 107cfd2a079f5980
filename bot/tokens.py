"""Slack's tokens, from the environment only. Read where Slack is used and nowhere else."""

from collections.abc import Mapping

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.errors import ConfigurationError
from bot.settings import SlackMode

_NEEDED: Mapping[SlackMode, Mapping[str, str]] = {
    "socket": {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"},
    "http": {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_SIGNING_SECRET": ""},
}


class Secrets(BaseSettings):
    """The secrets by their usual names; each is empty where it is not set."""

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")

    def bot_token(self) -> str:
        """Return the bot token, which is all that reading takes.

        Raises:
            ConfigurationError: it is missing.
        """
        if not self.slack_bot_token.get_secret_value():
            raise ConfigurationError("SLACK_BOT_TOKEN is not set. Copy it from your app's page and export it.")
        return self.slack_bot_token.get_secret_value()

    def require(self, mode: SlackMode) -> None:
        """See that a mode has what it needs.

        Raises:
            ConfigurationError: a secret is missing or is another kind of token; the text names it, never its value.
        """
        problems = []
        for name, prefix in _NEEDED[mode].items():
            value = getattr(self, name.lower()).get_secret_value()
            if not value:
                problems.append(
                    f"{name} is not set: slack.mode {mode} needs it. Copy it from your app's page and export it."
                )
            elif not value.startswith(prefix):
                problems.append(f"{name} should begin with {prefix}: it looks like another token of the same app.")
        if problems:
            raise ConfigurationError("\n".join(problems))
