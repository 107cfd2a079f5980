"""The `files.*` methods of today's upload: reserve, send the bytes, complete."""

from collections.abc import Mapping

from bot.sandbox.workspace.call import Call, Method, invalid_arguments
from bot.sandbox.workspace.chat import thread_of
from bot.sandbox.workspace.file_shelf import StoredFile, describe
from bot.sandbox.workspace.message_content import LONGEST_POST
from bot.sandbox.workspace.state import Json, SlackError

LONGEST_ALT_TEXT = 1000


def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal."""
    name, length = call.needed("filename"), call.number("length", 0)
    if length < 1:
        raise SlackError("missing_argument")
    if len(alt_text := call.text("alt_txt")) > LONGEST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file, ticket = call.desk.files.announce(name, length, alt_text)
    return {"upload_url": f"{call.desk.base_url}/upload/{ticket}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: the files appear, in a channel when one is given.

    The answer does not tell where: Slack shares them after it.
    """
    wanted = call.json("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(w, dict) for w in wanted):
        raise invalid_arguments(["[ERROR] missing required field: files"])
    channels = [call.text("channel_id")] if call.text("channel_id") else _names(call.text("channels"))
    if call.text("thread_ts") and len(channels) != 1:
        raise invalid_arguments(["[ERROR] thread_ts needs one channel"])
    if len(call.text("initial_comment")) > LONGEST_POST:
        raise SlackError("msg_too_long")
    joined = [call.desk.directory.joined(channel) for channel in channels]
    if any(channel.is_archived for channel in joined):
        raise SlackError("is_archived")
    threads = [thread_of(call, channel.id) for channel in joined]
    files = [call.desk.files.complete(str(w.get("id")), w.get("title")) for w in wanted]
    shown = [_shown(call, file) for file in files if file.can_be_shared]
    for channel, thread in zip(joined, threads, strict=True):
        if shown:
            content = {"text": call.text("initial_comment"), "files": shown, **thread}
            call.desk.log.post(channel.id, call.desk.directory.bot_id, content)
    return {"files": [_shown(call, file) for file in files]}


def info(call: Call) -> Json:
    """files.info."""
    return {"file": _shown(call, call.desk.files.get(call.text("file")))}


def _shown(call: Call, file: StoredFile) -> Json:
    return describe(file, call.desk.base_url, call.desk.directory.bot_id)


def _names(channels: str) -> list[str]:
    return [name for name in channels.split(",") if name]


_WRITE = ("files:write",)
METHODS: Mapping[str, Method] = {
    "files.getUploadURLExternal": Method(get_upload_url, _WRITE, tier=4, form_only=True),
    "files.completeUploadExternal": Method(complete_upload, _WRITE, tier=4),
    "files.info": Method(info, ("files:read",), tier=4),
}
