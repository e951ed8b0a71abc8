"""Turns any brand colour of a workspace into a set of accents that always meets WCAG AA.

Hue is never changed. Lightness moves only as far as contrast needs, chroma only as far as the sRGB gamut
needs. The result holds for the grounds in `assets/careops.css`; `tests/infra/test_palette.py` proves it.
"""

import math
import re
from functools import lru_cache
from typing import Literal, NamedTuple

Mode = Literal["light", "dark"]
DEFAULT_BRAND = "#0b6478"

# Grounds an accent can sit on. Keep in step with the tokens in assets/careops.css.
GROUNDS: dict[Mode, tuple[str, ...]] = {
    "light": ("#ffffff", "#f4f6f6", "#ebefef"),
    "dark": ("#161c1c", "#0f1414", "#0a0e0e", "#1d2525", "#232c2c"),
}
INK: dict[Mode, str] = {"light": "#121a1a", "dark": "#0b1010"}
WHITE = "#ffffff"
AA_TEXT, AA_PART, MARGIN = 4.5, 3.0, 0.05

_HEX = re.compile(r"#[0-9a-f]{6}")


class Oklch(NamedTuple):
    """A colour as perceived lightness (0 to 1), chroma and hue in degrees."""

    light: float
    chroma: float
    hue: float


class Accents(NamedTuple):
    """The six accent tokens of one mode; field names are the custom properties with `_` for `-`."""

    accent_solid: str
    accent_solid_hover: str
    on_accent: str
    accent_soft: str
    accent_text: str
    accent_line: str


class Palette(NamedTuple):
    """The accents of both modes."""

    light: Accents
    dark: Accents


def is_brand(value: str) -> bool:
    """Whether `value` is a colour that may be kept as a brand: `#` and six lower-case hex digits."""
    return _HEX.fullmatch(value) is not None


@lru_cache(maxsize=512)
def palette(brand: str) -> Palette:
    """The accents for a brand colour; a value that is not `#rrggbb` raises ValueError."""
    if not is_brand(brand):
        raise ValueError(f"not a colour: {brand!r}")
    return Palette(light=_light(_to_oklch(brand)), dark=_dark(_to_oklch(brand)))


@lru_cache(maxsize=512)
def notices(brand: str) -> tuple[str, ...]:
    """What to tell the owner beside the colour field; empty when the colour is used exactly as given."""
    accents = palette(brand).light
    said: list[str] = []
    if accents.accent_solid != _hex(*_to_oklch(brand)):
        said.append(f"Buttons use {accents.accent_solid}, a darker shade of {brand}, so white text stays readable.")
    elif accents.on_accent != WHITE:
        said.append(f"Buttons keep {brand} with dark text, because white text on it is hard to read.")
    if contrast(brand, GROUNDS["light"][-1]) < AA_TEXT:
        said.append(f"Links and icons use {accents.accent_text}, because {brand} is too light for text.")
    return tuple(said)


def properties(accents: Accents) -> str:
    """The accents as CSS declarations."""
    return ";".join(f"--{name.replace('_', '-')}:{value}" for name, value in accents._asdict().items())


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(brand: Oklch) -> Accents:
    solid, on = _hex(*brand), WHITE
    if not _readable(on, solid):
        if brand.light > 0.74:
            on = INK["light"]
        else:
            solid = _until(brand, -0.004, (on,), AA_TEXT)
    soft = _hex(0.962, min(brand.chroma, 0.020), brand.hue)
    text = Oklch(min(brand.light, 0.50), min(brand.chroma, 0.15), brand.hue)
    line = Oklch(min(brand.light, 0.62), min(brand.chroma, 0.15), brand.hue)
    grounds = (*GROUNDS["light"], soft)
    return Accents(
        accent_solid=solid,
        accent_solid_hover=_hover(solid, on, brand),
        on_accent=on,
        accent_soft=soft,
        accent_text=_until(text, -0.004, grounds, AA_TEXT),
        accent_line=_until(line, -0.004, grounds, AA_PART),
    )


def _dark(brand: Oklch) -> Accents:
    on = INK["dark"]
    start = brand._replace(light=min(max(brand.light, 0.66), 0.84))
    solid = _hex(*start)
    if not _readable(on, solid):
        solid = _until(brand._replace(light=_to_oklch(solid).light), 0.004, (on,), AA_TEXT)
    soft = _hex(0.285, min(brand.chroma, 0.040), brand.hue)
    text = Oklch(max(brand.light, 0.74), min(brand.chroma, 0.15), brand.hue)
    line = Oklch(max(brand.light, 0.58), min(brand.chroma, 0.15), brand.hue)
    grounds = (*GROUNDS["dark"], soft)
    return Accents(
        accent_solid=solid,
        accent_solid_hover=_hover(solid, on, brand),
        on_accent=on,
        accent_soft=soft,
        accent_text=_until(text, 0.004, grounds, AA_TEXT),
        accent_line=_until(line, 0.004, grounds, AA_PART),
    )


def _hover(solid: str, on: str, brand: Oklch) -> str:
    """A shade further under the pointer: away from the label's colour, else half a step back, else unchanged."""
    light = _to_oklch(solid).light
    step = -0.045 if on == WHITE else 0.04
    for candidate in (light + step, light - step / 2):
        shade = _hex(candidate, brand.chroma, brand.hue)
        if _readable(on, shade):
            return shade
    return solid


def _readable(text: str, ground: str) -> bool:
    return contrast(text, ground) >= AA_TEXT + MARGIN


def _until(start: Oklch, step: float, grounds: tuple[str, ...], ratio: float) -> str:
    """Walk the lightness until the colour reaches `ratio` on every ground."""
    light = start.light
    while 0.0 <= light <= 1.0:
        colour = _hex(light, start.chroma, start.hue)
        if all(contrast(colour, ground) >= ratio + MARGIN for ground in grounds):
            return colour
        light += step
    return "#000000" if step < 0 else WHITE


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _to_oklch(colour: str) -> Oklch:
    """Source: https://bottosson.github.io/posts/oklab/ (matrices)."""
    red, green, blue = (_linear(part) for part in _rgb(colour))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    light = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def _to_linear(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _hex(light: float, chroma: float, hue: float) -> str:
    """The colour as `#rrggbb`, its chroma reduced until it fits sRGB."""
    light = min(max(light, 0.0), 1.0)
    linear = _to_linear(light, _fitting(light, chroma, hue), hue)
    return "#" + "".join(f"{round(255 * _gamma(min(max(part, 0.0), 1.0))):02x}" for part in linear)


def _fitting(light: float, chroma: float, hue: float) -> float:
    if _in_gamut(light, chroma, hue):
        return chroma
    low, high = 0.0, chroma
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if _in_gamut(light, middle, hue) else (low, middle)
    return low


def _in_gamut(light: float, chroma: float, hue: float) -> bool:
    return all(-1e-4 <= part <= 1.0001 for part in _to_linear(light, chroma, hue))
