"""How well a colour is read on another, as WCAG 2 counts it."""

from __future__ import annotations

READABLE = 4.5  # level AA, text of ordinary size
VISIBLE = 3.0  # level AA, lines and marks


def luminance(color: str) -> float:
    """Return the relative luminance of a colour such as ``#1f2328`` or ``#fff``, from 0 to 1."""
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, paper: str) -> float:
    """Return the ratio of their luminances, from 1 to 21."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(ink: str, paper: str, opacity: float) -> str:
    """Return the colour of an ink that lets some of its paper through."""
    mixed = [round(opacity * int(ink[i : i + 2], 16) + (1 - opacity) * int(paper[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
