"""A drill with its parameters: the plan that is configured, to be run as it stands or changed."""

from bot.slack.cards.blocks import Block, escape, section
from bot.slack.modals.form import Asked, Faults, Filled, Form, field, modal, option, options_line, words
from commands.command import CommandOptions

NAME = "drill"
_SIDES = ("LONG", "SHORT")
_PLAN = ("symbol", "side", "qty", "strategy")


def view(asked: Asked) -> Block:
    """The plan, filled in with what the line says and what is configured."""
    plan = {name: asked.given(name) or str(getattr(asked.trader.plan, name)) for name in _PLAN}
    trader = escape(asked.trader.name, 80)
    sides: Block = {"type": "radio_buttons", "options": [option(side) for side in _SIDES]}
    qty: Block = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "initial_value": plan["qty"]}
    blocks = [
        section(f"*Drill {trader}.* One synthetic plan goes in, is followed to the database, and is flattened again."),
        field("symbol", "Symbol", words(plan["symbol"])),
        field("side", "Side", {**sides, "initial_option": option(plan["side"].upper())}),
        field("qty", "Quantity", qty),
        field("strategy", "Strategy", words(plan["strategy"])),
    ]
    return modal(NAME, "Run a drill", "Run the drill", asked.reference, blocks)


def read(filled: Filled) -> str | Faults:
    """Return the line with the whole plan, as it was shown."""
    return options_line(filled, named=_PLAN)


def _never(_: CommandOptions) -> bool:
    return False


FORM = Form(NAME, _PLAN, wanted=_never, view=view, read=read)
