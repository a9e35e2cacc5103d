"""What else things are called: [aliases] in the configuration."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.config import ConfigurationMistakes, load
from bot.service.declarations import declared_subscriptions

ENVIRONMENT: Mapping[str, str] = {}


def written(folder: Path, text: str) -> Path:
    path = folder / "tocsin.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationMistakes) as caught:
        load(written(folder, text), ENVIRONMENT)
    return caught.value.mistakes


def test_aliases_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, '[aliases]\n"Meng Wanzhou" = ["孟晚舟", " Wanzhou Meng "]\nhuawei = ["华为"]')

    assert load(path, ENVIRONMENT).aliases == {"Meng Wanzhou": ("孟晚舟", "Wanzhou Meng"), "huawei": ("华为",)}


def test_all_that_is_wrong_with_aliases_is_said_at_once_by_its_place(tmp_path: Path) -> None:
    text = """
        [aliases]
        "Meng Wanzhou" = ["孟晚舟", "meng*"]
        "title:meng" = ["a"]
        "华为 AND" = ["huawei"]
        huawei = "华为"
        zte = []
        "" = ["nothing"]
        [stories]
        window = "soon"
    """
    neither = "is neither a word nor a phrase: accepted are words, without the signs and operators of queries"

    assert sorted(mistakes(tmp_path, text)) == sorted(
        [
            'stories.window: is no duration: accepted is a number and s, m, h or d in quotes, such as "90s"',
            f'aliases."Meng Wanzhou"[1]: {neither}',
            f'aliases."title:meng": {neither}',
            f'aliases."华为 AND": {neither}',
            'aliases.huawei: must be a list, ["…", "…"]',
            "aliases.zte: is empty: accepted is at least one",
            f'aliases."": {neither}',
        ]
    )


@pytest.mark.parametrize("text", ["aliases = 3", 'aliases = ["a"]', "[[aliases]]\na = 1"])
def test_what_is_no_section_is_a_mistake(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text) == ("aliases: must be a section, written [aliases]",)


def test_a_declared_query_that_an_alias_makes_too_large_is_a_mistake_that_names_the_alias(tmp_path: Path) -> None:
    others = ", ".join(f'"h{number}"' for number in range(40))
    text = f"""
        [aliases]
        Huawei = [{others}]
        [[subscriptions]]
        query = "zte"
        to = "console"
        [[subscriptions]]
        query = "ban HUAWEI"
        to = "console"
    """

    assert mistakes(tmp_path, text) == (
        "subscriptions[1].query: cannot be read at character 5: A query has at most 32 words and phrases, and the "
        "alias of HUAWEI makes more of this one: make two subscriptions of it, or write `HUAWEI` in backticks, which "
        "no alias widens.",
    )


def test_what_is_wrong_with_an_alias_hides_no_mistake_in_a_query(tmp_path: Path) -> None:
    text = """
        [aliases]
        "huawei*" = ["h"]
        zte = ["z*", "zet te e"]
        [[subscriptions]]
        query = "zte ("
        to = "console"
    """

    assert [line.partition(": ")[0] for line in mistakes(tmp_path, text)] == [
        'aliases."huawei*"',
        "aliases.zte[0]",
        "subscriptions[0].query",
    ]


def test_what_is_declared_reads_with_the_aliases(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [aliases]
        "Meng Wanzhou" = ["孟晚舟"]
        [[subscriptions]]
        query = '"Meng Wanzhou" ban'
        to = "console"
        """,
    )

    (declared,) = declared_subscriptions(load(path, ENVIRONMENT))

    assert declared.query == '"Meng Wanzhou" ban'
    assert declared.normal_form == '("meng wanzhou" OR 孟晚舟) ban'
