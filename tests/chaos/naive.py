"""The negative control: a delivery that sends again whatever it does not know, as most do."""

from bot.model.delivery import Absent, Delivery, Finding


def send_again_without_asking() -> None:
    """From now on, in this process, nothing is looked for and no copy is taken back."""
    from adapters.discord.messenger import DiscordMessenger
    from adapters.slack.messenger import SlackMessenger
    from bot.jobs.second_look import SecondLook

    async def absent(_self: object, _delivery: Delivery) -> Finding:
        return Absent()

    async def nothing(_self: object) -> None:
        return None

    SlackMessenger.find = absent  # type: ignore[method-assign]
    DiscordMessenger.find = absent  # type: ignore[method-assign]
    SecondLook.sweep = nothing  # type: ignore[method-assign]
