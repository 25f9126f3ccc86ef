"""What can be said of a wrong answer that no mistake in the bank explains.

Each module has one function, `detect(evidence)`, that gives a Diagnosis or None. The first that
speaks is heard.
"""

from collections.abc import Callable

from course.checking.evidence import Diagnosis, Evidence

Detector = Callable[[Evidence], Diagnosis | None]

DETECTORS: tuple[Detector, ...] = ()


def diagnose(evidence: Evidence, detectors: tuple[Detector, ...] = DETECTORS) -> Diagnosis | None:
    """What the first of the detectors that can say anything says."""
    for detect in detectors:
        try:
            found = detect(evidence)
        except Exception:  # whatever is wrong with a detector, the verdict stands
            continue
        if found:
            return found
    return None
