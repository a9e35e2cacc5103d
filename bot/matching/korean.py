"""The particles that Korean attaches to a word: a closed list, the longest of their kind included."""

PARTICLES = (
    *("은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "만", "로", "으로", "나", "이나", "랑", "이랑"),
    *("에서", "에게", "에게서", "께", "께서", "한테", "한테서", "까지", "부터", "보다", "처럼", "마다", "조차", "마저"),
    *("밖에", "하고", "라고", "이라고", "라는", "이라는", "란", "이란", "라며", "이라며", "이며", "로서", "으로서"),
    *("로써", "으로써", "로부터", "으로부터", "에는", "에도", "에만", "에서는", "에서도", "에서의", "에게는", "에게도"),
    *(
        "으로는",
        "로는",
        "으로도",
        "로도",
        "로의",
        "으로의",
        "와의",
        "과의",
        "와는",
        "과는",
        "까지의",
        "까지도",
        "부터의",
    ),
    *("만의", "만이", "만은", "만을", "보다는", "보다도"),
)

LONGEST_PARTICLE = max(len(particle) for particle in PARTICLES)
_PARTICLES = frozenset(PARTICLES)


def is_hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"


def without_particle(word: str) -> list[str]:
    """What the word may be with one particle taken off, the longest rest first; empty where it bears none."""
    if not is_hangul(word[-1]):
        return []
    most = min(LONGEST_PARTICLE, len(word) - 1)
    return [word[:-length] for length in range(1, most + 1) if word[-length:] in _PARTICLES]
