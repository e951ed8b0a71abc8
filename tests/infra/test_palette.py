"""Any brand colour gives accents that meet WCAG AA, and the stylesheets' tokens do too."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.infra.palette import DEFAULT_BRAND, GROUNDS, contrast, is_brand, notices, palette, properties

CSS = (Path(__file__).parents[2] / "assets" / "careops.css").read_text()
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_every_brand_colour_is_readable_in_both_modes(brand):
    for mode, accents in (("light", palette(brand).light), ("dark", palette(brand).dark)):
        grounds = (*GROUNDS[mode], accents.accent_soft)
        assert contrast(accents.on_accent, accents.accent_solid) >= 4.5
        assert contrast(accents.on_accent, accents.accent_solid_hover) >= 4.5
        assert min(contrast(accents.accent_text, ground) for ground in grounds) >= 4.5
        assert min(contrast(accents.accent_line, ground) for ground in grounds) >= 3.0


def test_a_readable_colour_is_used_exactly_as_given():
    assert palette("#0b6478").light.accent_solid == "#0b6478"
    assert notices("#0b6478") == ()


def test_the_owner_is_told_what_was_changed_and_why():
    assert notices("#ff6b4a")[0].startswith("Buttons use #d34120, a darker shade of #ff6b4a")
    assert notices("#f5c518")[0] == "Buttons keep #f5c518 with dark text, because white text on it is hard to read."


@pytest.mark.parametrize("value", ["red", "#fff", "#0B6478", "#0b6478;}", "0b6478", ""])
def test_only_six_lower_case_hex_digits_are_a_brand(value):
    assert not is_brand(value)
    with pytest.raises(ValueError, match="not a colour"):
        palette(value)


def test_the_stylesheet_starts_from_the_default_brand():
    for mode, accents in (("light", palette(DEFAULT_BRAND).light), ("dark", palette(DEFAULT_BRAND).dark)):
        assert (
            tokens(mode).items()
            >= dict(pair.split(":") for pair in properties(accents).replace("--", "").split(";")).items()
        )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_pair_of_token_and_ground_meets_aa(mode):
    values = tokens(mode)
    low = [(front, ground) for front, ground, need in pairs() if contrast(values[front], values[ground]) < need]
    assert low == []


def tokens(mode: str) -> dict[str, str]:
    """The colour tokens of one mode as the stylesheet writes them."""
    light, dark = CSS.index(":root, .light {"), CSS.index("  .dark {")
    block = CSS[light:dark] if mode == "light" else CSS[dark:]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


def pairs() -> list[tuple[str, str, float]]:
    """Every (front, ground, least contrast) that occurs on a screen."""
    grounds = ("bg", "surface", "surface-2", "sunken", "raised", "fill")
    tones = ("info", "good", "warn", "bad", "here", "mute")
    text = [
        (front, ground, 4.5)
        for front in ("ink", "ink-2", "ink-3", "accent-text")
        for ground in (*grounds, "accent-soft")
    ]
    solid = [("on-accent", "accent-solid", 4.5), ("on-accent", "accent-solid-hover", 4.5), ("on-bad", "bad-solid", 4.5)]
    parts = [("control", "surface", 3.0), ("control", "bg", 3.0)]
    parts += [("accent-line", ground, 3.0) for ground in (*grounds, "accent-soft")]
    for tone in tones:
        soft = f"{tone}-soft"
        text += [(tone, ground, 4.5) for ground in (*grounds, "accent-soft", soft)]
        text += [(front, soft, 4.5) for front in ("ink", "ink-2", "accent-text")]
        parts += [(f"{tone}-part", ground, 3.0) for ground in ("surface", "bg", soft)]
    return text + solid + parts
