import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.slack.examination import NEEDED, SCOPES
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.commands.platform import Platform
from bot.model.delivery import Refused, Sent
from bot.model.destination import Destination, Workspace
from bot.ports import Messenger
from tests.adapters.arrange import a_delivery
from tests.standins.slack import SlackStandIn
from tests.standins.trouble import Scripted

MANIFEST = Path(__file__).parents[2] / "slack-manifest.yaml"


def test_the_adapter_is_what_the_ports_promise(settings: SlackSettings) -> None:
    platform: Platform = SlackPlatform([settings])
    messenger: Messenger = platform.messenger

    assert messenger is platform.messenger


async def test_signing_in_tells_the_workspace_and_opens_it(settings: SlackSettings, slack: SlackStandIn) -> None:
    platform = SlackPlatform([settings])

    (connection,) = await platform.connect()

    assert (connection.workspace, connection.name, connection.problem) == (
        Workspace("slack", "T1"),
        "Invented Telecom",
        "",
    )
    assert isinstance(await platform.messenger.send(a_delivery(Destination(Workspace("slack", "T1"), "C1"))), Sent)


async def test_a_refused_token_is_a_problem_that_names_its_variable(
    settings: SlackSettings, slack: SlackStandIn
) -> None:
    slack.refusals[slack.bot_token] = "account_inactive"
    platform = SlackPlatform([replace(settings, bot_token_variable="SLACK_BOT_TOKEN_ACME")])

    (connection,) = await platform.connect()
    outcome = await platform.messenger.send(a_delivery(Destination(Workspace("slack", "T1"), "C1")))

    assert connection.workspace is None
    assert not connection.passing
    assert "SLACK_BOT_TOKEN_ACME" in connection.problem
    assert slack.bot_token not in connection.problem
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.reason) == ("workspace", connection.problem)


@pytest.mark.parametrize(
    "trouble", [Scripted(502), "reset before", Scripted(429, {}, {"Retry-After": "9"}), Scripted(body={"ok": True})]
)
async def test_trouble_that_may_pass_is_flagged(
    settings: SlackSettings, slack: SlackStandIn, trouble: Scripted
) -> None:
    slack.fail("auth.test", trouble)

    (connection,) = await SlackPlatform([settings]).connect()

    assert connection.problem
    assert connection.passing


async def test_no_network_is_trouble_that_may_pass(settings: SlackSettings, slack: SlackStandIn) -> None:
    await slack.stop()

    (connection,) = await SlackPlatform([settings]).connect()

    assert connection.passing


async def test_a_healthy_workspace_gives_doctor_nothing_to_do(platform: SlackPlatform) -> None:
    findings = await platform.examine()

    assert [finding.subject for finding in findings] == [
        "Slack bot token (SLACK_BOT_TOKEN)",
        "Slack scopes",
        "Slack app token (SLACK_APP_TOKEN)",
    ]
    assert all(finding.ok for finding in findings)


async def test_doctor_names_every_missing_scope_and_what_it_is_for(
    platform: SlackPlatform, slack: SlackStandIn
) -> None:
    slack.scopes -= {"chat:write", "users:read"}

    missing = {finding.subject: finding for finding in await platform.examine() if not finding.ok}

    assert set(missing) == {"Slack scope chat:write", "Slack scope users:read"}
    assert missing["Slack scope chat:write"].fatal
    assert not missing["Slack scope users:read"].fatal
    assert "whether a person is an admin" in missing["Slack scope users:read"].detail
    assert all("install the app again" in finding.next_step for finding in missing.values())


async def test_doctor_tells_a_refused_token_from_the_other(platform: SlackPlatform, slack: SlackStandIn) -> None:
    slack.refusals[slack.app_token] = "invalid_auth"

    (finding,) = [finding for finding in await platform.examine() if not finding.ok]

    assert finding.fatal
    assert "SLACK_APP_TOKEN" in finding.detail
    assert "xapp-" in finding.next_step


async def test_doctor_takes_an_unreachable_slack_for_a_warning(platform: SlackPlatform, slack: SlackStandIn) -> None:
    await slack.stop()

    findings = await platform.examine()

    assert not [finding for finding in findings if finding.ok or finding.fatal]


def test_the_manifest_asks_for_exactly_the_scopes_that_are_needed_each_with_its_reason() -> None:
    asked = re.findall(r"^      - ([a-z:]+) +# (.+)$", MANIFEST.read_text(), re.MULTILINE)

    assert {scope for scope, _ in asked} == set(SCOPES)
    assert all(reason for _, reason in asked)
    assert set(SCOPES) >= NEEDED


def test_importing_the_package_imports_nothing_of_the_vendors() -> None:
    code = "import sys, adapters.slack, adapters.slack.settings; print([m for m in sys.modules if 'slack_' in m])"

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_bolt_comes_only_with_listening() -> None:
    code = "import sys, adapters.slack.platform; print('slack_bolt' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
