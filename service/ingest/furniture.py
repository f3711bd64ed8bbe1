"""Why a single line is no part of an article, by its own words and shape: icons, menus, captions, bylines, stamps, appeals."""

import re
from dataclasses import dataclass

from service.ingest import cues

_END = re.compile(r"""[.!?…。؟][\s"'”’»“)\]]*$""")
_SENTENCE = re.compile(r"""[.!?…]["'”’»“)]* +(?=["'“„«(–—-]?\s?[^\W\d_])""")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ICON = re.compile(
    r"\b(?:an? (?:[\w-]+ ){0,3}icon\b|icon (?:of|for|representing|showing|used)"
    r"|(?:close|search|menu|quote|pause|share|play)[ -](?:icon|mark)|icon-[a-z]+|[a-z]+-icon\b"
    r"|icons?\b|ik[oó]n[ay]?\b|ic[oóôò]n[aeos]{0,2}\b|ícone\b|іконк[аи]\b|иконк[аи]\b)",
    re.IGNORECASE,
)
_HASHTAGS = re.compile(r"(?:#[\w-]+[\s,·|]*)+")
_ITEMS = re.compile(r"\s*[|·•›»❘▸▾➤/>⭐★☰]\s*|\s{2,}|\s[–—-]\s")
_CLOCK = re.compile(r"[\d:.,\s/–-]+")
_FIGURES = re.compile(r"\d[\d.,]*")
_TICKER = re.compile(r"\+{2,3}(?:\s|$)")
_SYMBOL = re.compile(r"(?:>>|[▶►▷▸▹➤➜→⬇↓↑☰🔒🔴📸📷🎥🎧🔔👉📈📊✉✍☐🖨])")
_CREDIT_END = re.compile(
    r"\((?:AP|AFP|EPA|PA|TT|dpa|AN|APA|ANSA|EFE|NTB|STT|CTK|ČTK|PAP|ANP|Belga|Ritzau|Lusa|Reuters|Getty|[^()]{0,40}(?:Images|Photo|File|Pool|PA|AP|AFP|EPA"
    r"|Reuters|Getty|Handout|CC BY[^()]*)[^()]{0,30})\)\.?$"
    r"|\b(?:Getty Images|Shutterstock|Handout via [A-Z]\w+|Privatfoto|File Photo|Google Street View|CC BY(?:-[A-Z]{2})*)\)?\.?$"
    r"|(?<=[ .])[^\W\d_a-z][\w.’'-]*(?: [^\W\d_a-z][\w.’'-]*){0,3} ?/ ?"
    r"(?:[A-Z]{2,}[\w .-]{0,24}|[A-Z]\w+(?: [A-Z]\w+)?(?:/[\w ]+)?)$"
)
_COPYRIGHT = re.compile(r"(?:^|\s)(?:©|\(c\)|copyright\b)", re.IGNORECASE)
_CREDIT_SIGN = re.compile(r"(?:^|[\s(.,–—/|])©\s?[^\W\d_]")
_LINK = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}|https?://\S+|www\.\S+")
_BRACKETED = re.compile(r"[(\[][^()\[\]]{1,160}[)\]]\.?")
_TEMPLATE = re.compile(r"\{\{|\}\}|\[\[|\]\]|^\[[\w-]+(?:[ :=].*)?\]$|%[A-Z_]{3,}%")
_QUOTED = re.compile(r"“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|»[^«»]*«|\"[^\"]*\"")
_OPENERS = "\"“„«‘'”’»–—-"
_LINE_MAX, _APPEAL_MAX = 300, 700
_SEARCHED = 4000
"""Characters of a line that are looked at, so that a line of megabytes costs no more than a long one."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a line shows: its cues, its size, and how it opens and closes."""

    text: str
    cues: tuple[cues.Cue, ...]
    words: int
    ends: bool
    """Closes like a sentence."""
    speech: bool
    """Opens with a quotation mark or a dash."""

    @property
    def sentences(self) -> int:
        """How many sentences it seems to hold, at least 1."""
        return 1 + len(_SENTENCE.findall(self.text[:_SEARCHED]))

    @property
    def is_prose(self) -> bool:
        """Whether it is built like a sentence of an article."""
        return self.ends and self.words >= 8

    def groups(self, *modes: str) -> list[str]:
        """Groups of the cues matched in one of these ways."""
        return [cue.group for cue in self.cues if cue.mode in modes]


def look(text: str) -> Look:
    """What the line shows. `text` is stripped and not empty."""
    words = sum(1 for _ in _WORD.finditer(text[:_SEARCHED]))
    ends = bool(_END.search(text[-6:]))
    # What somebody is quoted as saying ("thank you for your support") says nothing about the line itself.
    own = _QUOTED.sub(" ", text[:_SEARCHED]) if ends and words >= 8 else text
    return Look(text, tuple(cues.find(own)), words, ends, text[0] in _OPENERS)


def reason(seen: Look, probability: float, *, lang: str | None = None) -> str:
    """Why the line is noise, or "" where it may be prose. `probability` is the line model's, in [0, 1]."""
    return _by_shape(seen, probability) or _by_byline(seen, lang) or _by_caption(seen) or _by_cue(seen, probability)


def _by_shape(seen: Look, probability: float) -> str:
    text = seen.text
    if not _LETTER.search(text):
        return "stamp" if len(text) <= 24 and _CLOCK.fullmatch(text) else "menu"
    if len(_ICON.findall(text[:_SEARCHED])) >= max(2, seen.words // 20):
        return "icon"
    if text[0] == "#" and len(text) <= _LINE_MAX and _HASHTAGS.fullmatch(text):
        return "related"
    if _TEMPLATE.search(text) and seen.words <= 14:
        return "template"
    if cues.is_stamp(text) or (seen.words <= 10 and not seen.ends and cues.date_share(text) >= 0.6):
        return "stamp"
    if seen.words <= 12 and not seen.ends and cues.networks(text) >= 2:
        return "share"
    if _is_menu(seen):
        return "menu"
    if _BRACKETED.fullmatch(text) and (seen.words <= 6 or seen.groups("lead")):
        return "sign_off"
    if _COPYRIGHT.match(text) and len(text) <= _LINE_MAX:
        return "rights"
    if not seen.speech and _SYMBOL.match(text) and seen.words <= 30:
        return "related"
    if seen.words <= 24 and not seen.speech and not (seen.is_prose and probability < 0.5) and _has_link(text[:_LINE_MAX]):
        return "contact"
    return ""


def _has_link(text: str) -> bool:
    return ("@" in text or "//" in text or "www." in text) and bool(_LINK.search(text))


def _is_menu(seen: Look) -> bool:
    text = seen.text
    if seen.ends or len(text) > _LINE_MAX:
        return False
    if (2 <= seen.words <= 16 and cues.is_labels(text)) or len(_TICKER.findall(text)) > 1:
        return True
    items = [item for item in _ITEMS.split(text) if item]
    if len(items) < 2 or seen.words < 2 or len(_FIGURES.findall(text)) > 2:
        return False
    short = all(len(item.split()) <= 4 and len(item) <= 34 for item in items)
    return short and (len(items) >= 3 or "|" in text or "›" in text or "»" in text.strip("»"))


def _by_byline(seen: Look, lang: str | None) -> str:
    """A line such as "By Ann Lee, Political editor": a preposition or a label, then names."""
    if seen.speech or seen.words > 16 or len(seen.text) > 140:
        return ""
    rest = cues.after_byline(seen.text, lang)
    if rest is None or not (names := _WORD.findall(rest)[:3]):
        return ""
    capital = all(name[0].isupper() for name in names[:2])
    return "byline" if capital and not (seen.ends and seen.words > 9) else ""


def _by_caption(seen: Look) -> str:
    text = seen.text
    if len(text) > 2 * _LINE_MAX or seen.speech:
        return ""
    if _CREDIT_SIGN.search(text) and len(text) <= _LINE_MAX:
        return "caption"
    if _CREDIT_END.search(text[-90:]) and not _END.search(text.rstrip(")").rstrip()[-3:]) and len(text) <= _LINE_MAX:
        return "caption"
    return "caption" if cues.has_credit(text) else ""


def _by_cue(seen: Look, probability: float) -> str:
    size = len(seen.text)
    if whole := seen.groups("whole"):
        return whole[0]
    firm, hints = seen.groups("inside"), seen.groups("hint")
    if not seen.speech and size <= _LINE_MAX:
        if (start := seen.groups("start")) and not (seen.is_prose and seen.sentences > 2 and probability < 0.5):
            return start[0]
        if lead := seen.groups("lead"):
            stays = (lead[0] == "appeal" and seen.words > 6) or (
                lead[0] == "correction" and seen.is_prose and seen.sentences > 1
            )
            if not stays:
                return lead[0]
            hints = [*hints, lead[0]] if lead[0] == "appeal" else hints
    if size > _APPEAL_MAX:
        return ""
    if seen.speech:
        firm, hints = [], hints + firm
    if firm and (len(firm) + len(hints) > 1 or probability >= 0.05 or seen.words <= 14):
        return firm[0]
    floor = {0: 2.0, 1: 0.97 if seen.is_prose else 0.5, 2: 0.1}.get(len(hints), 0.0)
    return hints[0] if probability >= floor else ""
