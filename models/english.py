"""A cheap test whether a text is English: the function words of English against those of other languages in Latin script.

Made for choosing a judge, where a wrong answer costs little: the multilingual judge reads every pair anyway.
"""

import re

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
METADATA = re.compile(r"^.{1,120}? (?:says|denies)(?:, day -?\d+)?: ")
"""What `models.pairtext` puts before a claim; English whatever the claim's language."""

ENGLISH = frozenset(
    """the of and to a an is are was were be been being has have had having do does did that this these those it its he
    she they them their his her we our you your i in on at by for from with without as but or not no nor than
    then there where which who whose when while will would can could may might must should after before between
    about against under over during since until because if so such more most some any all both each other only
    also says said say into out up down off through n't""".split()
)
OTHERS = frozenset(
    """der die das und ist nicht ein eine den dem des zu mit von für auf im sich auch es sie er wurde wird haben hat als
    de het een van en niet dat zijn voor met op aan te door werd ook naar bij uit om
    og er det som på til av ikke med den en et har om var ble blir fra han hun kan seg også etter att är och inte som för ett
    le la les et est une un des du dans pour que qui sur pas au aux par avec ne sont été ce il elle se plus
    el los las y es una del por con para que no se su al lo como más fue han ha
    il lo gli e è un una di che non per con sono del della dei nel alla ha si più
    o os as um uma não do da dos das em para com que por foi na no ao mais
    i w na z do nie się jest że to jak po od za przez o
    a se na je v že s z do pro si by za jsou
    ja on ei se että oli ovat mutta hän kun kuin myös
    és a az nem hogy egy is van meg
    ve bir bu da de için ile olarak
    și în nu este cu la pe care din un o""".split()
) - {
    "a",
    "i",
    "no",
    "on",
    "is",
    "as",
    "to",
    "so",
    "do",
    "by",
    "at",
    "an",
    "in",
    "for",
    "we",
    "he",
    "his",
    "her",
    "was",
    "has",
    "of",
}


def is_english(text: str) -> bool:
    """Whether a text reads as English: more English function words than others, or none of either and plain ASCII letters."""
    words = [w.lower() for w in WORD.findall(METADATA.sub("", text, count=1))]
    if not words:
        return False
    if sum(w.isascii() or "’" in w for w in words) < 0.8 * len(words):
        return False
    english = sum(w in ENGLISH for w in words)
    others = sum(w in OTHERS for w in words)
    return english > others
